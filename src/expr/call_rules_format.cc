// format('{:>8.2f} {}', a, b) and printf('%8.2f %s', a, b): the literal text's pieces and the values, put together.
#include <charconv>

#include <fmt/format.h>

#include "expr/call_rules.h"
#include "expr/coerce.h"
#include "kernel/text/format_value.h"

namespace headrace {

namespace {

constexpr size_t kAnyCount = SIZE_MAX;

// The text that is being put together.
class Pieces {
 public:
  void add(char byte) { plain_ += byte; }
  void add(ExprPtr piece) {
    flush();
    pieces_.push_back(std::move(piece));
  }
  Result<ExprPtr> joined(TextPosition where) {
    if (!plain_.empty() || pieces_.empty()) {
      pieces_.push_back(text_literal(std::move(plain_)));
      plain_.clear();
    }
    ExprPtr result = pieces_[0];
    for (size_t i = 1; i < pieces_.size(); ++i) {
      TRY(longer, resolve_call("concat", {result, pieces_[i]}, where));
      result = longer;
    }
    return result;
  }

 private:
  void flush() {
    if (!plain_.empty()) pieces_.push_back(text_literal(std::move(plain_)));
    plain_.clear();
  }

  std::string plain_;
  Arguments pieces_;
};

// One value by a field of kernel/text/format_value.h; an empty one: as CAST does.
Result<ExprPtr> formatted(std::string_view name, const ExprPtr& value, std::string field, TextPosition where) {
  if (field.empty()) return cast_expr(value, kUtf8, where);
  const Type type = value->type;
  const bool whole = is_integer(type) || (is_decimal(type) && type.scale == 0);
  const kernel::FormatKind kind = whole              ? kernel::FormatKind::kInteger
                                  : is_numeric(type) ? kernel::FormatKind::kFloat
                                                     : kernel::FormatKind::kText;
  const std::string error = kernel::format_error(field, kind);
  if (!error.empty())
    return type_error(where, fmt::format("{} cannot write {} as '{}': {}", name, to_text(type), field, error));
  TRY(argument, cast_expr(value, whole ? decimal(38, 0) : is_numeric(type) ? kFloat64 : kUtf8, where));
  return exact_call("format_value", {argument, text_literal(std::move(field))}, kUtf8, where);
}

Result<const std::string*> literal_format(std::string_view name, const Arguments& arguments, TextPosition where) {
  const std::string* text = literal_text(*arguments[0]);
  if (text == nullptr) return type_error(where, fmt::format("{} expects its first argument as a literal text", name));
  return text;
}

Error no_value(std::string_view name, std::string_view field, TextPosition where) {
  return type_error(where, fmt::format("{} has no value for '{}'", name, field),
                    name == "format" ? "{} takes the next value, {0} the first" : "each field takes the next value");
}

Result<ExprPtr> format(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(text, literal_format(name, arguments, where));
  Pieces pieces;
  size_t next = 1;
  for (size_t at = 0; at < text->size(); ++at) {
    const char byte = (*text)[at];
    const bool twice = (byte == '{' || byte == '}') && at + 1 < text->size() && (*text)[at + 1] == byte;
    if (byte != '{' || twice) {
      pieces.add(byte);
      at += twice ? 1 : 0;
      continue;
    }
    const size_t end = std::min(text->find('}', at), text->size());
    const std::string_view inside(text->data() + at + 1, end - at - 1);
    const size_t colon = std::min(inside.find(':'), inside.size());
    const std::string_view number = inside.substr(0, colon);
    size_t index = number.empty() ? next++ : kAnyCount;
    if (!number.empty()) {
      const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), index);
      index = error == std::errc() && stop == number.data() + number.size() ? index + 1 : kAnyCount;
    }
    if (end == text->size() || index >= arguments.size()) return no_value(name, fmt::format("{{{}}}", inside), where);
    std::string field(colon < inside.size() ? inside.substr(colon + 1) : "");
    if (field.starts_with('t') && field.size() > 1) field.erase(0, 1);  // {:t,}
    TRY(piece, formatted(name, arguments[index], std::move(field), where));
    pieces.add(piece);
    at = end;
  }
  return pieces.joined(where);
}

// %[flags][width][.precision]type as a field.
struct PrintfField {
  std::string field;
  size_t end;  // behind the type
};
std::optional<PrintfField> read_printf(std::string_view text, size_t at) {
  std::string sign, group, align = ">", zero, alternate;
  for (; at < text.size(); ++at) {
    const char flag = text[at];
    if (flag == '-')
      align = "<";
    else if (flag == '+' || flag == ' ')
      sign = flag;
    else if (flag == '#')
      alternate = "#";
    else if (flag == '0')
      zero = "0";
    else if (flag == ',' || flag == '\'' || flag == '_')
      group = flag;
    else
      break;
  }
  const size_t digits = at;
  while (at < text.size() && ((text[at] >= '0' && text[at] <= '9') || text[at] == '.')) ++at;
  std::string_view size = text.substr(digits, at - digits);
  while (at < text.size() && (text[at] == 'l' || text[at] == 'h')) ++at;
  if (at >= text.size()) return std::nullopt;
  const char type = text[at] == 'i' || text[at] == 'u' ? 'd' : text[at];
  if (zero == "0" && align == ">") align.clear();
  const size_t point = std::min(size.find('.'), size.size());
  std::string precision(size.substr(point));
  if (precision == ".") precision = ".0";
  return PrintfField{align + sign + alternate + zero + std::string(size.substr(0, point)) + group + precision + type,
                     at + 1};
}

Result<ExprPtr> printf(std::string_view name, Arguments arguments, TextPosition where) {
  TRY(text, literal_format(name, arguments, where));
  Pieces pieces;
  size_t next = 1;
  for (size_t at = 0; at < text->size();) {
    const bool percent = (*text)[at] == '%';
    const bool twice = percent && at + 1 < text->size() && (*text)[at + 1] == '%';
    if (!percent || twice) {
      pieces.add((*text)[at]);
      at += twice ? 2 : 1;
      continue;
    }
    const std::optional<PrintfField> field = read_printf(*text, at + 1);
    if (!field || next >= arguments.size()) return no_value(name, text->substr(at, field ? field->end - at : 2), where);
    ExprPtr value = arguments[next++];
    if (field->field.back() == 's') {
      TRY(written, cast_expr(value, kUtf8, where));
      value = written;
    }
    TRY(piece, formatted(name, value, field->field, where));
    pieces.add(piece);
    at = field->end;
  }
  return pieces.joined(where);
}

constexpr CallRule kRules[] = {
    {"format", 1, kAnyCount, format},
    {"printf", 1, kAnyCount, printf},
};

}  // namespace

std::span<const CallRule> format_rules() { return kRules; }

}  // namespace headrace
