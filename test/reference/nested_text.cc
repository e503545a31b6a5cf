#include "reference/nested_text.h"

#include <algorithm>
#include <optional>

#include "reference/bind.h"
#include "reference/cast.h"
#include "reference/nested.h"
#include "reference/text_form.h"
#include "types/nested_type.h"

namespace headrace::reference {
namespace {

Type field_type(Type type, size_t index) {
  const auto fields = fields_of(type);
  return fields[index % fields.size()].type;
}

std::string between_quotes(const std::string& text, bool backslashes) {
  std::string result = "'";
  for (const char letter : text) {
    if (letter == '\'' || (backslashes && letter == '\\')) result += backslashes ? '\\' : '\'';
    result += letter;
  }
  return result + "'";
}

std::string field_text(const Datum& field, Type type) {
  if (field.is_null()) return "NULL";
  const std::string text = text_of(field, type);
  if (is_nested(type.id)) return text;
  const bool special = text.find_first_of(",'\"[]{}=:\\") != std::string::npos ||
                       std::any_of(text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; });
  const bool bare = !text.empty() && text.front() != ' ' && text.back() != ' ' && text != "NULL" && text != "null";
  return special || !bare ? between_quotes(text, true) : text;
}

// Reads one value off the front of the text; throws a Faulted when there is none.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  Datum whole(Type type) {
    Datum value = nested(type);
    skip();
    if (!rest_.empty()) throw broken();
    return value;
  }

 private:
  static Faulted broken() { return {static_cast<uint32_t>(Fault::kBadCast)}; }
  void skip() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n"), rest_.size())); }
  bool take(char symbol) {
    skip();
    if (!rest_.starts_with(symbol)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char symbol) {
    if (!take(symbol)) throw broken();
  }

  // Between quotes, or up to one of `ends`; nullopt: NULL.
  std::optional<std::string> word(std::string_view ends) {
    skip();
    if (!rest_.starts_with('\'') && !rest_.starts_with('"')) {
      const size_t size = std::min(rest_.find_first_of(ends), rest_.size());
      std::string text(rest_.substr(0, size));
      rest_.remove_prefix(size);
      text.erase(text.find_last_not_of(' ') + 1);
      if (text.empty()) throw broken();
      if (text == "NULL" || text == "null") return std::nullopt;
      return text;
    }
    const char quote = rest_.front();
    std::string text;
    for (rest_.remove_prefix(1); !rest_.empty(); rest_.remove_prefix(1)) {
      const bool doubled = rest_.size() > 1 && rest_[0] == quote && rest_[1] == quote;
      if (doubled || (rest_[0] == '\\' && rest_.size() > 1)) {
        rest_.remove_prefix(1);
      } else if (rest_[0] == quote) {
        rest_.remove_prefix(1);
        return text;
      }
      text += rest_[0];
    }
    throw broken();
  }

  Datum field(Type type, std::string_view ends) {
    skip();
    if (is_nested(type.id) && (rest_.starts_with('[') || rest_.starts_with('{'))) return nested(type);
    const auto text = word(ends);
    if (!text) return null();
    if (is_nested(type.id)) throw broken();
    const Datum value = cast({*text}, kUtf8, type);
    if (value.is_fault()) throw broken();
    return value;
  }

  Datum nested(Type type) {
    const char end = type.id == TypeId::kList ? ']' : '}';
    expect(type.id == TypeId::kList ? '[' : '{');
    std::vector<Datum> fields(type.id == TypeId::kStruct ? fields_of(type).size() : 0, null());
    if (take(end)) return of_fields(std::move(fields));
    do {
      if (type.id == TypeId::kList) fields.push_back(field(element_type(type), ",]"));
      if (type.id == TypeId::kStruct) named_field(type, fields);
      if (type.id == TypeId::kMap) entry(type, fields);
    } while (take(','));
    expect(end);
    return of_fields(std::move(fields));
  }

  void named_field(Type type, std::vector<Datum>& fields) {
    const auto name = word(":");
    expect(':');
    for (size_t i = 0; name && i < fields.size(); ++i)
      if (fields_of(type)[i].name == *name) {
        fields[i] = field(fields_of(type)[i].type, ",}");
        return;
      }
    throw broken();
  }

  void entry(Type type, std::vector<Datum>& entries) {
    const Datum key = field(key_type(type), "=");
    expect('=');
    for (size_t i = 0; i < entries.size(); i += 2)
      if (compare_fields(entries[i], key) == 0) throw broken();
    if (key.is_null()) throw broken();
    entries.push_back(key);
    entries.push_back(field(mapped_type(type), ",}"));
  }

  std::string_view rest_;
};

}  // namespace

std::string nested_text(const Datum& value, Type type) {
  std::string text;
  for (size_t i = 0; i < value.fields().size(); ++i) {
    const bool mapped = type.id == TypeId::kMap && i % 2 == 1;
    if (i > 0) text += mapped ? "=" : ", ";
    if (type.id == TypeId::kStruct) text += between_quotes(fields_of(type)[i].name, false) + ": ";
    text += field_text(value.fields()[i], field_type(type, i));
  }
  return type.id == TypeId::kList ? "[" + text + "]" : "{" + text + "}";
}

Datum read_nested(std::string_view text, Type type) {
  try {
    return Reader(text).whole(type);
  } catch (const Faulted& broken) {
    return {broken};
  }
}

namespace {

bool share_name(Type from, Type to) {
  for (const NestedField& one : fields_of(from))
    for (const NestedField& other : fields_of(to))
      if (same_name(one.name, other.name)) return true;
  return false;
}

// Where a struct's field comes from: by its name when the structs share any, else by its place; nothing: it becomes null.
std::optional<size_t> source_of(size_t field, Type from, Type to) {
  const auto place_of = [&](const std::string& name) -> std::optional<size_t> {
    for (size_t i = 0; i < fields_of(from).size(); ++i)
      if (same_name(fields_of(from)[i].name, name)) return i;
    return std::nullopt;
  };
  return share_name(from, to) ? place_of(fields_of(to)[field].name) : field;
}

}  // namespace

bool has_nested_cast(Type from, Type to) {
  if (from.id != to.id) return false;
  if (from.id == TypeId::kStruct && !share_name(from, to) &&
      (fields_of(from).size() != fields_of(to).size() || (!is_row(from) && !is_row(to))))
    return false;
  for (size_t i = 0; i < fields_of(to).size(); ++i) {
    const auto source = from.id == TypeId::kStruct ? source_of(i, from, to) : i;
    if (!source) continue;
    if (*source >= fields_of(from).size() || !has_cast(field_type(from, *source), field_type(to, i))) return false;
  }
  return true;
}

Datum cast_nested(const Datum& value, Type from, Type to) {
  const bool is_struct = to.id == TypeId::kStruct;
  std::vector<Datum> fields;
  for (size_t i = 0; i < (is_struct ? fields_of(to).size() : value.fields().size()); ++i) {
    const auto source = is_struct ? source_of(i, from, to) : i;
    const Datum field = source ? value.fields()[*source] : null();
    fields.push_back(field.is_null() ? field : cast(field, field_type(from, *source), field_type(to, i)));
    if (fields.back().is_fault()) return fault(Fault::kBadCast);
  }
  return of_fields(std::move(fields));
}

}  // namespace headrace::reference
