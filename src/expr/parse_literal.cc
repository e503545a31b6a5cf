// Numbers by DuckDB's rules, and intervals.
#include <fmt/format.h>
#include <array>
#include <charconv>
#include <limits>

#include "base/limits.h"
#include "expr/parse_parts.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

// As written: −2147483648 is the negative of an int64.
bool in_int32(int64_t value) {
  return value > std::numeric_limits<int32_t>::min() && value <= std::numeric_limits<int32_t>::max();
}

// 0x…, 0o… or 0b… as decimal digits; nothing: more than 38 of them. Other numbers: without underscores.
std::optional<std::string> decimal_digits(std::string_view token) {
  std::string digits(token);
  std::erase(digits, '_');
  const char letter = digits.size() > 1 ? static_cast<char>(digits[1] | 0x20) : '0';
  const int radix = letter == 'x' ? 16 : letter == 'o' ? 8 : letter == 'b' ? 2 : 10;
  if (radix == 10) return digits;
  int128 value = 0;
  for (const char c : std::string_view(digits).substr(2)) {
    const int digit = c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
    if (__builtin_mul_overflow(value, int128{radix}, &value) || __builtin_add_overflow(value, int128{digit}, &value))
      return std::nullopt;
  }
  return decimal_to_text(value, 0);
}

// The value of a number token with its sign; nothing: too large for a float64.
std::optional<Value> number_value(const std::string& text) {
  const std::string_view unsigned_text = std::string_view(text).substr(text[0] == '-' ? 1 : 0);
  const bool exponent = unsigned_text.find_first_of("eE") != std::string_view::npos;
  const size_t point = unsigned_text.find('.');
  if (!exponent && point == std::string_view::npos)
    if (const auto integer = parse_int64(text)) {
      if (in_int32(*integer)) return Value{kInt32, static_cast<int32_t>(*integer)};
      return Value{kInt64, *integer};
    }
  const bool fraction = point != std::string_view::npos;
  const size_t digits = unsigned_text.size() - (fraction ? 1 : 0);
  if (!exponent && digits <= limits::kDecimalPrecisionMax) {
    const size_t scale = fraction ? unsigned_text.size() - point - 1 : 0;
    const size_t precision = fraction ? digits : limits::kDecimalPrecisionMax;  // integers beyond int64
    const Type type = decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
    return Value{type, *parse_decimal(text, type.precision, type.scale)};
  }
  if (const auto value = parse_float64(text)) return Value{kFloat64, *value};
  return std::nullopt;
}

constexpr std::string_view kUnits[] = {"year", "quarter", "month",  "week",        "day",
                                       "hour", "minute",  "second", "millisecond", "microsecond"};
constexpr std::string_view kUnitNames =
    "year, quarter, month, week, day, hour, minute, second, millisecond or microsecond";

// The unit at the cursor, singular or plural, any case; empty: none.
std::string_view unit_at(const TokenCursor& cursor, size_t ahead = 0) {
  if (cursor.peek(ahead).kind != TokenKind::kWord) return {};
  const std::string_view word = cursor.peek(ahead).text;
  for (const std::string_view unit : kUnits) {
    const bool plural = word.size() == unit.size() + 1 && (word.back() == 's' || word.back() == 'S');
    if (equal_words(plural ? word.substr(0, word.size() - 1) : word, unit)) return unit;
  }
  return {};
}

}  // namespace

Result<Parsed> ExpressionParser::parse_number(bool negative) {
  const TextPosition where = cursor_.where();
  if (negative) cursor_.take();
  const Token token = cursor_.take();
  const auto digits = decimal_digits(token.text);
  const auto value = digits ? number_value((negative ? "-" : "") + *digits) : std::nullopt;
  if (!value) return cursor_.error(token.where, fmt::format("{} is too large for float64", describe(token)));
  return Parsed{literal(*value, where)};
}

bool ExpressionParser::at_interval() const {
  const auto literal_at = [&](size_t ahead) {
    return cursor_.peek(ahead).kind == TokenKind::kString || cursor_.peek(ahead).kind == TokenKind::kNumber;
  };
  return cursor_.at_word("interval") &&
         (literal_at(1) || (cursor_.at_symbol("-", 1) && cursor_.peek(2).kind == TokenKind::kNumber &&
                            cursor_.peek(3).kind == TokenKind::kWord));
}

// INTERVAL '1 year 2 months', '3' DAY, 3 DAY, -3 DAY: a literal.
Result<Parsed> ExpressionParser::parse_interval() {
  const TextPosition where = cursor_.take().where;
  std::string text = cursor_.accept_symbol("-") ? "-" : "";
  const Token token = cursor_.take();
  text += unquoted(token);
  if (const std::string_view unit = unit_at(cursor_); !unit.empty()) {
    const size_t point = text.find('.');
    const bool number =
        point != std::string::npos && text.find_first_not_of("0123456789", point + 1) == std::string::npos;
    if (number && unit != "second" && unit != "millisecond")  // whole ones, as DuckDB has it
      text = point == 0 || text[point - 1] == '-' ? "0" : text.substr(0, point);
    text += fmt::format(" {}", to_lower(cursor_.take().text));
    if (cursor_.at_word("to"))
      return cursor_.unsupported(cursor_.where(), "an interval from one unit to another is not supported",
                                 "name each unit: INTERVAL '1 year 2 months'");
  } else if (token.kind == TokenKind::kNumber) {
    return cursor_.expected(kUnitNames);
  }
  if (cursor_.at_symbol("(") && cursor_.peek(1).kind == TokenKind::kNumber && cursor_.at_symbol(")", 2))
    for (int i = 0; i < 3; ++i) cursor_.take();  // a precision, which nobody needs
  const std::optional<Interval> interval = headrace::parse_interval(text);
  if (!interval)
    return cursor_.error(token.where, fmt::format("expected an interval like '90 days', found {}", describe(token)),
                         fmt::format("units are {}", kUnitNames));
  return Parsed{literal(Value{kInterval, *interval}, where)};
}

bool ExpressionParser::at_bytes() const {
  const Token& next = cursor_.peek(1);
  return cursor_.at_word("x") && next.kind == TokenKind::kString && next.text.starts_with('\'') &&
         next.text.data() == cursor_.peek().text.data() + 1;
}

// x'0aff': two digits a byte.
Result<Parsed> ExpressionParser::parse_bytes() {
  const TextPosition where = cursor_.take().where;
  const std::string digits = unquoted(cursor_.take());
  std::string bytes;
  bool good = digits.size() % 2 == 0;
  for (size_t at = 0; good && at < digits.size(); at += 2) {
    unsigned byte = 0;
    good = std::from_chars(&digits[at], &digits[at] + 2, byte, 16).ptr == &digits[at] + 2;
    bytes += static_cast<char>(byte);
  }
  if (!good) return cursor_.error(where, "x'…' holds hexadecimal digits, two for each byte", "write x'0aff'");
  return Parsed{literal(Value{kBinary, std::move(bytes)}, where)};
}

// INTERVAL (x + 1) DAY: the unit behind the parentheses tells it from a function.
bool ExpressionParser::at_computed_interval() const {
  if (!cursor_.at_word("interval") || !cursor_.at_symbol("(", 1)) return false;
  size_t ahead = 2;
  for (size_t depth = 1; depth > 0; ++ahead) {
    if (cursor_.peek(ahead).kind == TokenKind::kEnd) return false;
    if (cursor_.at_symbol("(", ahead)) ++depth;
    if (cursor_.at_symbol(")", ahead)) --depth;
  }
  return !unit_at(cursor_, ahead).empty();
}

Result<Parsed> ExpressionParser::parse_computed_interval() {
  const TextPosition where = cursor_.take().where;
  cursor_.take();
  TRY(count, parse(kLoosest));
  TRY_STATUS(cursor_.expect_symbol(")"));
  const std::string_view unit = unit_at(cursor_);
  if (unit.empty()) return cursor_.expected(kUnitNames);
  cursor_.take();
  return call_of(fmt::format("to_{}s", unit), std::array{count}, where);
}

}  // namespace headrace
