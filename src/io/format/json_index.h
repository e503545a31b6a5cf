// io/format/json_index.h — where the tokens of JSON text begin: 64 bytes at a time, for three instruction sets.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "state/accounted_array.h"
#include "state/buffer.h"

namespace headrace {

// A text's brackets, colons and commas outside strings, opening quotes, and first characters of anything else that is not blank; of lines also
// their line feeds. Ascending.
struct JsonTokens {
  const char* text = nullptr;
  const uint32_t* at = nullptr;  // [count + 1]; at[count] is the size of the text
  uint32_t count = 0;
  const uint32_t* escapes = nullptr;  // backslashes, but for those behind another one; ended by UINT32_MAX
};

// Text that is not well-formed: where, and what was expected there; nullptr: nothing was wrong yet.
struct JsonFlaw {
  uint32_t at = 0;
  const char* expected = nullptr;
  const char* found = nullptr;  // nullptr: the text at `at` says it
};

enum class JsonLevel : uint8_t { kV2, kV3, kV4 };  // of x86-64
JsonLevel json_level();  // of this processor, or what HEADRACE_INSTRUCTION_SET allows

// One thread at a time.
class JsonIndex {
 public:
  explicit JsonIndex(MemoryBudget& budget, JsonLevel level = json_level())
      : budget_(budget), level_(level), reservation_(budget, "json reader") {}

  // Of one value, of less than 4 GiB; the tokens stay until the next call. The flaw is that of a string, or of bytes that are not UTF-8.
  // Four bytes are taken for each byte of the longest text, and for each backslash and each byte that strings may not hold: kLimit when
  // they do not fit the budget.
  Result<JsonFlaw> build(std::string_view text, JsonTokens& tokens);

  // Of lines, where a string ends with its line at the latest. Line by line the flaw is line_flaw's.
  Status build_lines(std::string_view text, JsonTokens& tokens);
  // Of the line [begin, end) of that text. Lines in the order of the text.
  JsonFlaw line_flaw(uint32_t begin, uint32_t end);
  // All lines are, and none need be asked for.
  bool is_fine() const { return bad_.size() == 1; }

 private:
  Status scan(std::string_view text, bool lines, JsonTokens& tokens);

  MemoryBudget& budget_;
  const JsonLevel level_;
  std::shared_ptr<Buffer> places_;  // of tokens
  Reservation reservation_;
  AccountedArray<uint32_t> escapes_{reservation_};
  AccountedArray<uint32_t> bad_{reservation_};  // where lines are not well-formed, or may be; ended by UINT32_MAX
  size_t next_bad_ = 0;
  std::string_view text_;
};

}  // namespace headrace
