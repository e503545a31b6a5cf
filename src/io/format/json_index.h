// io/format/json_index.h — where the tokens of one JSON text begin: the first stage of simdjson, which also looks at every byte
// (UTF-8, strings that are closed, no control character in them), chosen for the processor at run time.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/error.h"
#include "state/budget.h"

namespace headrace {

// Structural characters outside strings, opening quotes, and first characters of anything else that is not blank.
struct JsonTokens {
  const char* text = nullptr;
  const uint32_t* at = nullptr;  // [count + 1]; at[count] is the size of the text
  uint32_t count = 0;
};

// Text that is not well-formed: where, and what was expected there; nullptr: nothing was wrong yet.
struct JsonFlaw {
  uint32_t at = 0;
  const char* expected = nullptr;
  const char* found = nullptr;  // nullptr: the text at `at` says it
};

// One thread at a time.
class JsonIndex {
 public:
  explicit JsonIndex(MemoryBudget& budget);
  ~JsonIndex();
  JsonIndex(const JsonIndex&) = delete;
  JsonIndex& operator=(const JsonIndex&) = delete;

  // The tokens of the text, until the next call; a blank text has none. The flaw's `expected` is nullptr when all is well. Of less than 4 GiB.
  // Four bytes are taken for each byte of the longest text: kLimit when they do not fit the budget.
  Result<JsonFlaw> build(std::string_view text, JsonTokens& tokens);

 private:
  Status make_room(uint64_t bytes);

  struct Stage;  // hides the library
  std::unique_ptr<Stage> stage_;
  Reservation reservation_;
};

}  // namespace headrace
