// io/format/json_splitter.h — where the values of a JSON array, or of values one behind the other, begin and end, in a text that
// comes in pieces. Only brackets, quotes, and what stands between the values is looked at: the values themselves are anyone's to check.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "io/format/json_cursor.h"

namespace headrace {

struct JsonSpan {
  uint32_t begin, end;
};

class JsonSplitter {
 public:
  explicit JsonSplitter(bool array) : phase_(array ? Phase::kOpen : Phase::kValue), array_(array) {}

  // Scans text[from, size), of which what is in front of `from` was scanned before, and appends the values that end in it. The flaw's `expected` is
  // nullptr when all is well.
  JsonFlaw scan(std::string_view text, uint64_t from, std::vector<JsonSpan>& values);
  // The text that was scanned moved forward by `bytes`, which belong to values that were given.
  void drop(uint64_t bytes) { begin_ -= begin_ < bytes ? begin_ : bytes; }
  // Behind the last byte of the file: gives a last value that nothing ended. The flaw says what is missing.
  JsonFlaw finish(std::string_view text, std::vector<JsonSpan>& values);

 private:
  enum class Phase : uint8_t { kOpen, kFirst, kValue, kBehind, kClosed, kNested, kScalar };

  const char* between(char symbol, uint64_t at);  // a clause when the symbol is not expected there
  bool ends_scalar(char symbol) const;
  bool pass_nested(std::string_view text, size_t& at);
  void give(uint64_t end, std::vector<JsonSpan>& values);

  Phase phase_;
  const bool array_;
  bool in_string_ = false;
  uint64_t begin_ = 0;  // of the value
  uint64_t depth_ = 0;  // of brackets in it
};

}  // namespace headrace
