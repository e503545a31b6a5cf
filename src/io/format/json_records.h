// io/format/json_records.h — the records of one block, each walked over once: the values that are wanted go to their columns.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/format/json_blocks.h"
#include "io/format/json_column.h"
#include "io/format/json_lines.h"

namespace headrace {

inline constexpr uint32_t kJsonNoColumn = ~0u;

// A record that is no row as it stands. What there is about it.
struct JsonBadRecord {
  JsonFlaw flaw = {};  // expected != nullptr: not well-formed; the offset is in the record
  uint32_t column = kJsonNoColumn;  // else the first, in the order of the columns, that does not fit
  std::string text = {};  // what stands there
  Type type = kNullType;  // that it does not fit: the column's, or of something inside
  const char* why = "";  // as in JsonUnfit
  uint32_t columns_unfit = 0;
};

enum class JsonRecord : uint8_t { kRow, kBad, kNoMemory };

// The keys of objects, by where they stood in the one before: records of a file mostly look alike.
class JsonKeys {
 public:
  // Column numbers of the keys.
  explicit JsonKeys(const std::vector<std::string>& keys);

  void begin() { likely_ = 0; }
  // The column of the key, or kJsonNoColumn, where the text behind an opening quote is that of the key that is likely next, and a quote: moves on.
  // False: it is another one. 16 bytes may be read at `at`.
  bool accept(const char* at, uint32_t& column) {
    if (likely_ >= known_.size() || !known_[likely_].is(at)) return false;
    column = known_[likely_++].column;
    return true;
  }
  uint32_t find(std::string_view key);

 private:
  struct Known {
    std::string key;
    uint64_t words[2] = {0, 0}, masks[2] = {0, 0};  // of keys up to 16 bytes
    uint32_t column = kJsonNoColumn;
    bool written_as_it_is = true;  // nothing in it would be escaped
    // Byte by byte: the text may end before the key does, with a byte that no such key has.
    bool is_long(const char* at) const {
      size_t same = 0;
      while (same < key.size() && at[same] == key[same]) ++same;
      return same == key.size() && at[same] == '"';
    }
    bool is(const char* at) const {
      if (key.size() > sizeof words) return written_as_it_is && is_long(at);
      uint64_t found[2];
      std::memcpy(found, at, sizeof found);
      const bool same = (((found[0] ^ words[0]) & masks[0]) | ((found[1] ^ words[1]) & masks[1])) == 0;
      return same && at[key.size()] == '"' && written_as_it_is;
    }
  };

  static constexpr size_t kKnownMax = 4'096;
  std::unordered_map<std::string, uint32_t> columns_;
  std::unordered_map<std::string, size_t> places_;  // in known_
  std::vector<Known> known_;
  size_t likely_ = 0;
};

// One thread at a time.
class JsonRecords {
 public:
  // `keys`: of the columns. `checked`: a value that does not fit one makes the record bad; in others it is null. `whole`: records are
  // not objects with these keys; the one column takes each as it is.
  JsonRecords(std::vector<JsonColumn> columns, const std::vector<std::string>& keys, std::vector<uint8_t> checked,
              bool whole, MemoryBudget& budget)
      : columns_(std::move(columns)),
        checked_(std::move(checked)),
        keys_(keys),
        whole_(whole),
        index_(budget),
        texts_(index_) {}

  std::vector<JsonColumn>& columns() { return columns_; }
  JsonRecordTexts& texts() { return texts_; }

  // The record's values become row `row`. Of a bad one none do, but with `nulls` it is one: without the values that do not fit, and all null when it is
  // not well-formed. kJsonPaddingBytes behind the text may be read.
  JsonRecord read(JsonRecordText& record, uint32_t row, bool nulls, JsonRoom& room, JsonBadRecord& bad);

 private:
  bool take_key(JsonCursor& cursor, JsonRoom& room, uint32_t& column);
  bool walk(JsonCursor& cursor, uint32_t row, bool nulls, JsonRoom& room, JsonBadRecord& bad);
  bool take(JsonCursor& cursor, uint32_t column, uint32_t row, bool nulls, JsonRoom& room, JsonBadRecord& bad);

  std::vector<JsonColumn> columns_;
  const std::vector<uint8_t> checked_;
  JsonKeys keys_;
  const bool whole_;
  JsonIndex index_;
  JsonRecordTexts texts_;
  bool out_of_memory_ = false;
};

}  // namespace headrace
