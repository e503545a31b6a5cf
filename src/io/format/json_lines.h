// io/format/json_lines.h — the records of a block, one after the other, as tokens. Lines are indexed some 64 KiB at a time, so that text and tokens stay
// in the cache; other records one by one.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/format/json_blocks.h"
#include "io/format/json_cursor.h"
#include "io/format/json_index.h"

namespace headrace {

// A record at its first token.
struct JsonRecordText {
  JsonCursor cursor;
  JsonFlaw flaw;  // of the text as such; its offset is in the record, as the cursor's is not
  uint32_t begin = 0;  // of the record in the block
  uint32_t skipped = 0;  // in front of the record in the text of the cursor
};

// One thread at a time. The block outlives it.
class JsonRecordTexts {
 public:
  explicit JsonRecordTexts(JsonIndex& index) : index_(index) {}

  void begin(const JsonBlock& block);
  // The next record that is not blank; false: there is none. kLimit: memory for a long one.
  Result<bool> next(JsonRecordText& record);
  // What was taken last, of which the cursor is somewhere; its text.
  std::string_view finish(const JsonRecordText& record);

 private:
  Result<bool> next_line(JsonRecordText& record);
  Status index_lines();

  JsonIndex& index_;
  const JsonBlock* block_ = nullptr;
  size_t next_ = 0;  // of the records that are no lines
  std::string_view text_;  // that is indexed, in the block
  JsonTokens tokens_;
  JsonPlace place_;
  uint32_t line_ = 0;  // where the next one begins in text_
};

}  // namespace headrace
