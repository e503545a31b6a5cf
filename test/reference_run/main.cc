// Answers each query on stdin (one a line; no line breaks inside) by the reference: a line of JSON each,
// {"types": […], "ordered": true, "rows": [[…], …]} with every value as text or null, or {"error": "…"}.
#include <iostream>
#include <string>

#include <fmt/format.h>

#include "reference/datum.h"
#include "reference/reference.h"
#include "reference/text_form.h"

namespace headrace {
namespace {

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text) {
    if (letter == '"' || letter == '\\') result += '\\';
    if (static_cast<unsigned char>(letter) < 0x20)
      result += fmt::format("\\u{:04x}", letter);
    else
      result += letter;
  }
  return result + "\"";
}

std::string json_of(const reference::Answer& answer) {
  std::string types, rows;
  for (const Column& column : answer.schema) types += (types.empty() ? "" : ",") + quoted(to_text(column.type));
  for (const auto& row : answer.rows) {
    std::string values;
    for (const Value& value : row) {
      if (!values.empty()) values += ',';
      values += value.is_null() ? "null" : quoted(reference::text_of(reference::from_value(value), value.type));
    }
    rows += (rows.empty() ? "[" : ",[") + values + "]";
  }
  return fmt::format(R"({{"types":[{}],"ordered":{},"rows":[{}]}})", types, answer.ordered, rows);
}

}  // namespace
}  // namespace headrace

int main() {
  for (std::string sql; std::getline(std::cin, sql);) {
    const auto answer = headrace::reference::run_reference(sql);
    std::cout << (answer.ok() ? headrace::json_of(answer.value())
                              : fmt::format(R"({{"error":{}}})", headrace::quoted(answer.error().message)))
              << std::endl;
  }
}
