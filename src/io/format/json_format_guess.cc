// How the records of a JSON file lie.
#include "io/format/json_cursor.h"
#include "io/format/json_file.h"

namespace headrace {
namespace {

struct Line {
  bool blank = false, complete = false;
  char first = '\0';
};

Result<Line> look_at_line(std::string_view text, JsonIndex& index) {
  Line line;
  JsonTokens tokens;
  TRY(flaw, index.build(text, tokens));
  if (flaw.expected != nullptr) return line;
  line.blank = tokens.count == 0;
  if (line.blank) return line;
  JsonCursor cursor(tokens);
  line.first = cursor.peek();
  line.complete = cursor.skip_value() && cursor.at_end();
  return line;
}

}  // namespace

// A first line that is one value: lines, but for one array that is all of the file. Else it is an array, when it begins as one; lines with
// bad ones among them, when most of the lines are objects; else values.
Result<JsonFormat> guess_json_format(std::string_view text, bool whole, MemoryBudget& budget) {
  JsonIndex index(budget);
  const size_t first_at = text.find_first_not_of(" \t\r\n");
  if (first_at == std::string_view::npos) return JsonFormat::kAuto;
  const bool bracket = text[first_at] == '[';
  uint32_t lines = 0, objects = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    const bool cut = end == std::string_view::npos && !whole;
    TRY(line, look_at_line(text.substr(at, end - at), index));
    at = end == std::string_view::npos ? text.size() : end + 1;
    if (line.blank || (cut && lines > 0)) continue;
    ++lines;
    objects += line.complete && line.first == '{' ? 1 : 0;
    if (lines == 1 && line.complete) {
      const bool one = whole && text.find_first_not_of(" \t\r\n", at) == std::string_view::npos;
      return line.first == '[' && one ? JsonFormat::kArray : JsonFormat::kLines;
    }
    if (bracket) return JsonFormat::kArray;
  }
  if (objects * 2 > lines) return JsonFormat::kLines;
  return text[first_at] == '{' || text[first_at] == '"' ? JsonFormat::kValues : JsonFormat::kLines;
}

}  // namespace headrace
