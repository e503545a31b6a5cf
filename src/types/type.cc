#include "types/type.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/limits.h"
#include "base/nearest_name.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

struct TypeName {
  std::string_view name;
  TypeId id;
};

// The first name of each type is its own. int8 is a number of bits, as int32 and int64 are; DuckDB's int1, int2 … count bytes.
constexpr TypeName kTypeNames[] = {
    {"null", TypeId::kNull},
    {"bool", TypeId::kBool},
    {"boolean", TypeId::kBool},
    {"logical", TypeId::kBool},
    {"int8", TypeId::kInt8},
    {"tinyint", TypeId::kInt8},
    {"int1", TypeId::kInt8},
    {"int16", TypeId::kInt16},
    {"smallint", TypeId::kInt16},
    {"int2", TypeId::kInt16},
    {"short", TypeId::kInt16},
    {"int32", TypeId::kInt32},
    {"int", TypeId::kInt32},
    {"integer", TypeId::kInt32},
    {"int4", TypeId::kInt32},
    {"signed", TypeId::kInt32},
    {"int64", TypeId::kInt64},
    {"bigint", TypeId::kInt64},
    {"long", TypeId::kInt64},
    {"uint8", TypeId::kUInt8},
    {"utinyint", TypeId::kUInt8},
    {"uint16", TypeId::kUInt16},
    {"usmallint", TypeId::kUInt16},
    {"uint32", TypeId::kUInt32},
    {"uinteger", TypeId::kUInt32},
    {"uint64", TypeId::kUInt64},
    {"ubigint", TypeId::kUInt64},
    {"float32", TypeId::kFloat32},
    {"float", TypeId::kFloat32},
    {"float4", TypeId::kFloat32},
    {"real", TypeId::kFloat32},
    {"float64", TypeId::kFloat64},
    {"double", TypeId::kFloat64},
    {"float8", TypeId::kFloat64},
    {"double precision", TypeId::kFloat64},
    {"decimal", TypeId::kDecimal64},
    {"numeric", TypeId::kDecimal64},
    {"dec", TypeId::kDecimal64},
    {"hugeint", TypeId::kDecimal64},
    {"int128", TypeId::kDecimal64},
    {"date", TypeId::kDate},
    {"time", TypeId::kTime},
    {"time without time zone", TypeId::kTime},
    {"timestamp", TypeId::kTimestamp},
    {"datetime", TypeId::kTimestamp},
    {"timestamp_us", TypeId::kTimestamp},
    {"timestamp without time zone", TypeId::kTimestamp},
    {"timestamp_ns", TypeId::kTimestampNs},
    {"timestamptz", TypeId::kTimestampTz},
    {"timestamp with time zone", TypeId::kTimestampTz},
    {"interval", TypeId::kInterval},
    {"utf8", TypeId::kUtf8},
    {"varchar", TypeId::kUtf8},
    {"text", TypeId::kUtf8},
    {"string", TypeId::kUtf8},
    {"char", TypeId::kUtf8},
    {"bpchar", TypeId::kUtf8},
    {"binary", TypeId::kBinary},
    {"blob", TypeId::kBinary},
    {"bytea", TypeId::kBinary},
    {"varbinary", TypeId::kBinary},
    {"enum", TypeId::kEnum},
    {"list", TypeId::kList},
    {"struct", TypeId::kStruct},
    {"row", TypeId::kStruct},
    {"map", TypeId::kMap},
};

constexpr size_t kTypeTextBytesMax = 64 * 1024;
constexpr uint32_t kTypeDepthMax = 32;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

Error invalid(std::string message, std::string hint) {
  return {ErrorCode::kInvalidPlan, std::move(message), "", std::move(hint)};
}

Error unknown_type(std::string_view text) {
  const std::string shown(text.substr(0, 64));
  std::string_view nearest = kTypeNames[1].name;
  size_t fewest = SIZE_MAX;
  for (const TypeName& known : kTypeNames) {
    if (known.id == TypeId::kNull) continue;
    const size_t edits = edit_distance(lower(shown), known.name);
    if (edits < fewest) {
      fewest = edits;
      nearest = known.name;
    }
  }
  return invalid(
      fmt::format("unknown type '{}'", shown),
      fmt::format("did you mean {}? types are bool, int8 to int64, uint8 to uint64, float32, float64, decimal(p,s), "
                  "date, time, timestamp, timestamp_ns, timestamptz, interval, utf8, binary, enum('a', …), t[], "
                  "struct(name t, …), map(t, t)",
                  nearest));
}

// type := name [ "(" … ")" ] { "[" [digits] "]" }. Positions are bytes of the text.
class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<Type> whole() {
    TRY(type, parse(0));
    skip_blanks();
    // Nothing can be declared as null, or cast to it; inside other types plans have it.
    if (at_ != text_.size() || type == kNullType) return unknown_type(text_);
    return type;
  }

 private:
  void skip_blanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool accept(char symbol) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != symbol) return false;
    ++at_;
    return true;
  }
  std::string word() {
    skip_blanks();
    const size_t begin = at_;
    const auto is_letter = [](unsigned char c) { return std::isalnum(c) != 0 || c == '_' || c >= 0x80; };
    while (at_ < text_.size() && is_letter(static_cast<unsigned char>(text_[at_]))) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }
  // 'text' or "text" with the quote doubled inside. Nothing: not quoted, or not closed.
  std::optional<std::string> quoted(char quote) {
    if (!accept(quote)) return std::nullopt;
    std::string result;
    while (at_ < text_.size()) {
      const char letter = text_[at_++];
      if (letter != quote) {
        result += letter;
      } else if (at_ < text_.size() && text_[at_] == quote) {
        result += letter;
        ++at_;
      } else {
        return result;
      }
    }
    return std::nullopt;
  }
  std::optional<uint32_t> number() {
    skip_blanks();
    uint32_t value = 0;
    const auto [stop, failure] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (failure != std::errc{}) return std::nullopt;
    at_ = static_cast<size_t>(stop - text_.data());
    return value;
  }

  // The longest known name of several words: "double precision", "timestamp with time zone".
  const TypeName* name() {
    std::string so_far;
    const TypeName* found = nullptr;
    size_t end = at_;
    for (int words = 0; words < 4; ++words) {
      const std::string next = lower(word());
      if (next.empty()) break;
      so_far += (so_far.empty() ? "" : " ") + next;
      const auto* known = std::find_if(std::begin(kTypeNames), std::end(kTypeNames),
                                       [&](const TypeName& candidate) { return candidate.name == so_far; });
      if (known == std::end(kTypeNames)) continue;
      found = known;
      end = at_;
    }
    at_ = end;
    return found;
  }

  Result<Type> parse(uint32_t depth) {
    if (depth > kTypeDepthMax) return invalid("a type is nested too deeply", "use at most 32 levels");
    const std::optional<std::string> in_quotes = quoted('"');
    const TypeName* known = in_quotes == "NULL" ? &kTypeNames[0] : in_quotes ? nullptr : name();
    if (known == nullptr) return unknown_type(text_);
    const bool huge = known->name == "hugeint" || known->name == "int128";
    const Result<Type> base = huge ? decimal(limits::kDecimalPrecisionMax, 0) : arguments_of(known->id, depth);
    if (!base.ok()) return base.error();
    Type type = base.value();
    while (accept('[')) {
      if (number())
        return invalid("lists of a fixed length are no type here", "leave out the number between the brackets");
      if (!accept(']')) return unknown_type(text_);
      if (++depth > kTypeDepthMax) return invalid("a type is nested too deeply", "use at most 32 levels");
      type = list_of(type);
    }
    return type;
  }

  Result<Type> arguments_of(TypeId id, uint32_t depth) {
    switch (id) {
      case TypeId::kDecimal64: return parse_decimal();
      case TypeId::kEnum: return parse_enum();
      case TypeId::kStruct: return parse_struct(depth);
      case TypeId::kMap: {
        if (!accept('(')) return unknown_type(text_);
        TRY(key, parse(depth + 1));
        if (!accept(',')) return unknown_type(text_);
        TRY(value, parse(depth + 1));
        if (!accept(')')) return unknown_type(text_);
        return map_of(key, value);
      }
      case TypeId::kList: {
        if (!accept('(')) return unknown_type(text_);
        TRY(element, parse(depth + 1));
        if (!accept(')')) return unknown_type(text_);
        return list_of(element);
      }
      default: break;
    }
    if (!accept('(')) return Type{id};
    // varchar(n) does not limit, as in DuckDB; a timestamp's digits are those that we keep.
    const bool counted =
        id == TypeId::kUtf8 || id == TypeId::kBinary || id == TypeId::kTimestamp || id == TypeId::kTime;
    if (!counted || !number() || !accept(')')) return unknown_type(text_);
    return Type{id};
  }

  Result<Type> parse_decimal() {
    if (!accept('(')) return decimal(18, 3);
    const std::optional<uint32_t> precision = number();
    const std::optional<uint32_t> scale = accept(',') ? number() : 0;
    if (!precision || !scale || !accept(')')) return unknown_type(text_);
    if (*precision < 1 || *precision > limits::kDecimalPrecisionMax || *scale > *precision) {
      const uint32_t nearest = std::clamp(*precision, 1U, limits::kDecimalPrecisionMax);
      return invalid(fmt::format("'{}' is no decimal type: expected decimal(p,s) with 1 <= p <= {} and 0 <= s <= p",
                                 text_.substr(0, 64), limits::kDecimalPrecisionMax),
                     fmt::format("write decimal({},{})", nearest, std::min(*scale, nearest)));
    }
    return decimal(static_cast<uint8_t>(*precision), static_cast<uint8_t>(*scale));
  }

  Result<Type> parse_enum() {
    std::vector<std::string> values;
    if (!accept('(')) return unknown_type(text_);
    do {
      const std::optional<std::string> value = quoted('\'');
      if (!value) return invalid("an enum lists its values in quotes", "write enum('small', 'large')");
      if (std::find(values.begin(), values.end(), *value) != values.end())
        return invalid(fmt::format("an enum has the value '{}' twice", *value), "");
      values.push_back(*value);
    } while (accept(','));
    if (!accept(')')) return unknown_type(text_);
    return enum_of(std::move(values));
  }

  Result<Type> parse_struct(uint32_t depth) {
    std::vector<NestedField> fields;
    if (!accept('(')) return unknown_type(text_);
    do {
      std::optional<std::string> name = quoted('"');
      if (!name) name = word();
      if (name->empty()) return invalid("a struct's field needs a name", "write struct(a int32, b utf8)");
      for (const NestedField& field : fields)
        if (lower(field.name) == lower(*name))
          return invalid(fmt::format("a struct has the field '{}' twice", *name), "");
      TRY(type, parse(depth + 1));
      fields.push_back({std::move(*name), type});
    } while (accept(','));
    if (!accept(')')) return unknown_type(text_);
    return struct_of(std::move(fields));
  }

  const std::string_view text_;
  size_t at_ = 0;
};

bool is_plain_name(const std::string& name) {
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
         std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '_'; });
}

std::string doubled(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char letter : text) {
    if (letter == quote) result += quote;
    result += letter;
  }
  return result + quote;
}

std::string nested_text(Type type) {
  std::string inside;
  for (const NestedField& field : fields_of(type)) {
    if (!inside.empty()) inside += ", ";
    if (type.id == TypeId::kEnum) inside += doubled(field.name, '\'');
    if (type.id == TypeId::kStruct) inside += (is_plain_name(field.name) ? field.name : doubled(field.name, '"')) + " ";
    if (type.id != TypeId::kEnum) inside += to_text(field.type);
  }
  switch (type.id) {
    case TypeId::kList: return inside + "[]";
    case TypeId::kMap: return "map(" + inside + ")";
    case TypeId::kEnum: return "enum(" + inside + ")";
    default: return "struct(" + inside + ")";
  }
}

}  // namespace

uint32_t width_bytes(TypeId id) {
  switch (layout_of(id)) {
    case TypeId::kBool:
    case TypeId::kInt8:
    case TypeId::kUInt8: return 1;
    case TypeId::kInt16:
    case TypeId::kUInt16: return 2;
    case TypeId::kInt32:
    case TypeId::kUInt32:
    case TypeId::kFloat32: return 4;
    case TypeId::kInt64:
    case TypeId::kUInt64:
    case TypeId::kFloat64: return 8;
    case TypeId::kDecimal128:
    case TypeId::kInterval:
    case TypeId::kUtf8: return 16;
    default: break;
  }
  CHECK(false && "the null type has no width");
  return 0;
}

std::string to_text(Type type) {
  if (is_decimal(type) && type.precision == 0) return "decimal";
  if (is_decimal(type)) return fmt::format("decimal({},{})", type.precision, type.scale);
  if (type.nested != nullptr) return nested_text(type);
  for (const TypeName& known : kTypeNames) {
    if (known.id == type.id) return std::string(known.name);
  }
  CHECK(false && "a type of an unknown id");
  return {};
}

Result<Type> parse_type(std::string_view text) {
  if (text.size() > kTypeTextBytesMax) return unknown_type(text);
  return TypeParser(text).whole();
}

}  // namespace headrace
