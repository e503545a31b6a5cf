#include "types/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "base/nearest_name.h"

namespace headrace {
namespace {

struct TypeName {
  std::string_view name;
  TypeId id;
};

// The first name of each type is its own.
constexpr TypeName kTypeNames[] = {
    {"null", TypeId::kNull},
    {"bool", TypeId::kBool},
    {"boolean", TypeId::kBool},
    {"logical", TypeId::kBool},
    {"int32", TypeId::kInt32},
    {"int", TypeId::kInt32},
    {"integer", TypeId::kInt32},
    {"int4", TypeId::kInt32},
    {"signed", TypeId::kInt32},
    {"int64", TypeId::kInt64},
    {"bigint", TypeId::kInt64},
    {"int8", TypeId::kInt64},
    {"long", TypeId::kInt64},
    {"float64", TypeId::kFloat64},
    {"double", TypeId::kFloat64},
    {"float8", TypeId::kFloat64},
    {"double precision", TypeId::kFloat64},
    {"decimal", TypeId::kDecimal},
    {"numeric", TypeId::kDecimal},
    {"dec", TypeId::kDecimal},
    {"date", TypeId::kDate},
    {"timestamp", TypeId::kTimestamp},
    {"datetime", TypeId::kTimestamp},
    {"timestamp without time zone", TypeId::kTimestamp},
    {"utf8", TypeId::kUtf8},
    {"varchar", TypeId::kUtf8},
    {"text", TypeId::kUtf8},
    {"string", TypeId::kUtf8},
    {"char", TypeId::kUtf8},
    {"bpchar", TypeId::kUtf8},
};

// Without outer spaces, inner runs of them as one, in lower case.
std::string normalised(std::string_view text) {
  std::string result;
  for (const char letter : text) {
    const auto code = static_cast<unsigned char>(letter);
    if (std::isspace(code) != 0) {
      if (!result.empty() && result.back() != ' ') result += ' ';
    } else {
      result += static_cast<char>(std::tolower(code));
    }
  }
  if (!result.empty() && result.back() == ' ') result.pop_back();
  return result;
}

Error unknown_type(std::string_view text) {
  const std::string shown(text.substr(0, 64));
  std::string_view nearest = kTypeNames[1].name;
  size_t fewest = SIZE_MAX;
  for (const TypeName& known : kTypeNames) {
    if (known.id == TypeId::kNull) continue;
    const size_t edits = edit_distance(normalised(shown), known.name);
    if (edits < fewest) {
      fewest = edits;
      nearest = known.name;
    }
  }
  return {.code = ErrorCode::kInvalidPlan,
          .message = fmt::format("unknown type '{}'", shown),
          .where = "",
          .hint = fmt::format(
              "did you mean {}? types are bool, int32, int64, float64, decimal(p,s), date, timestamp, utf8", nearest)};
}

// "(15, 2)" → {15, 2}; empty: not numbers in parentheses.
std::vector<uint32_t> numbers_in(std::string_view parenthesised) {
  std::vector<uint32_t> numbers;
  const char* next = parenthesised.data();
  const char* const end = next + parenthesised.size();
  char expected = '(';
  while (true) {
    while (next < end && *next == ' ') ++next;
    if (next == end || *next != expected) break;
    ++next;
    while (next < end && *next == ' ') ++next;
    uint32_t number = 0;
    const auto [stop, failure] = std::from_chars(next, end, number);
    if (failure != std::errc{}) return {};
    numbers.push_back(number);
    next = stop;
    expected = ',';
  }
  if (next == end || *next != ')' || next + 1 != end) return {};
  return numbers;
}

Result<Type> decimal_of(std::string_view text, const std::vector<uint32_t>& numbers) {
  if (numbers.empty()) return decimal(18, 3);
  const uint32_t precision = numbers[0];
  const uint32_t scale = numbers.size() > 1 ? numbers[1] : 0;
  if (numbers.size() > 2 || precision < 1 || precision > limits::kDecimalPrecisionMax || scale > precision) {
    return Error{
        .code = ErrorCode::kInvalidPlan,
        .message = fmt::format("'{}' is no decimal type: expected decimal(p,s) with 1 <= p <= {} and 0 <= s <= p",
                               text.substr(0, 64), limits::kDecimalPrecisionMax),
        .where = "",
        .hint = fmt::format("write decimal({},{})", std::clamp(precision, 1U, limits::kDecimalPrecisionMax),
                            std::min(scale, std::clamp(precision, 1U, limits::kDecimalPrecisionMax)))};
  }
  return decimal(static_cast<uint8_t>(precision), static_cast<uint8_t>(scale));
}

}  // namespace

uint32_t width_bytes(TypeId id) {
  switch (id) {
    case TypeId::kNull: break;
    case TypeId::kBool: return 1;
    case TypeId::kInt32:
    case TypeId::kDate: return 4;
    case TypeId::kInt64:
    case TypeId::kFloat64:
    case TypeId::kTimestamp: return 8;
    case TypeId::kDecimal:
    case TypeId::kUtf8: return 16;
  }
  CHECK(false && "the null type has no width");
  return 0;
}

std::string to_text(Type type) {
  if (type.id == TypeId::kDecimal) return fmt::format("decimal({},{})", type.precision, type.scale);
  for (const TypeName& known : kTypeNames) {
    if (known.id == type.id) return std::string(known.name);
  }
  CHECK(false && "a type of an unknown id");
  return {};
}

Result<Type> parse_type(std::string_view text) {
  if (text.size() > 256) return unknown_type(text);
  const std::string full = normalised(text);
  const std::string_view whole = full;
  const size_t open = std::min(whole.find('('), whole.size());
  const std::string_view arguments = whole.substr(open);
  std::string_view name = whole.substr(0, open);
  while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
  const auto* known = std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                                   [&](const TypeName& candidate) { return candidate.name == name; });
  // Nothing can be declared as null, or cast to it.
  if (known == std::end(kTypeNames) || known->id == TypeId::kNull) return unknown_type(text);
  const std::vector<uint32_t> numbers = numbers_in(arguments);
  if (!arguments.empty() && numbers.empty()) return unknown_type(text);
  if (known->id == TypeId::kDecimal) return decimal_of(text, numbers);
  // varchar(n) does not limit, as in DuckDB.
  if (!arguments.empty() && !(known->id == TypeId::kUtf8 && numbers.size() == 1)) return unknown_type(text);
  return Type{known->id};
}

}  // namespace headrace
