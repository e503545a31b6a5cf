// Any bytes as SQL and as an expression: an answer or an error, never a crash; what parses as an expression prints as text
// that parses again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "expr/parse.h"
#include "frontend/sql/statement.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  const auto statements = headrace::parse_sql(text);
  CHECK(statements.ok() || !statements.error().message.empty());
  const auto expression = headrace::parse_expression(text);
  if (expression.ok()) {
    const auto again = headrace::parse_expression(headrace::to_text(*expression.value()));
    CHECK(again.ok() || again.error().code == headrace::ErrorCode::kLimit);
  }
  return 0;
}
