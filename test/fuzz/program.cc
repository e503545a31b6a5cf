// Any bytes as a plan's text and as a program's: an answer or an error, never a crash; what is valid prints as text that reads
// back as valid, and to the same text.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "plan/parse.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  const std::string_view text(reinterpret_cast<const char*>(data), bytes);
  headrace::DeclaredTables tables;
  CHECK(tables.declare("table orders [id: int64, total: float64?, name: utf8?, price: decimal(15,2)] rows 1000").ok());
  const auto plan = headrace::parse_plan(text, tables);
  if (plan.ok()) {
    const auto again = headrace::parse_plan(headrace::to_text(*plan.value()), tables);
    CHECK(again.ok() || again.error().code == headrace::ErrorCode::kLimit);
  }
  const auto program = headrace::parse_program(text, tables);
  if (program.ok()) {
    CHECK(headrace::verify(program.value()).ok());
    const std::string printed = headrace::to_text(program.value());
    const auto again = headrace::parse_program(printed, tables);
    CHECK(again.ok() && headrace::to_text(again.value()) == printed);
  }
  return 0;
}
