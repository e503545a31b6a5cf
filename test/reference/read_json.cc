// JSON lines, one value after the other, by recursive descent. It knows well-formed text alone: anything else is a record of nulls.
#include <optional>

#include "reference/cast.h"
#include "reference/tables.h"
#include "types/nested_type.h"

namespace headrace::reference {
namespace {

struct Json {
  char kind = '0';  // 'n' null, '0' a number or truth value, '"', '[' or '{'
  std::string text;  // of a string its characters, else as written
  std::vector<std::string> keys;
  std::vector<Json> items;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Json> whole() {
    std::optional<Json> value = take_value();
    skip_blanks();
    return at_ == text_.size() ? value : std::nullopt;
  }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\r') ++at_;
  }
  bool accept(char symbol) {
    skip_blanks();
    if (peek() != symbol) return false;
    ++at_;
    return true;
  }

  // Of the escapes those that the data has.
  std::optional<std::string> take_string() {
    std::string value;
    if (!accept('"')) return std::nullopt;
    while (peek() != '"') {
      if (at_ >= text_.size()) return std::nullopt;
      char letter = text_[at_++];
      if (letter == '\\') {
        letter = text_[at_++];
        if (letter == 'u') {
          const auto point = std::stoul(std::string(text_.substr(at_, 4)), nullptr, 16);
          at_ += 4;
          if (point < 0x80 || point > 0x7FF) refuse("JSON: an escape that the reference does not read");
          value += static_cast<char>(0xC0 | point >> 6);
          letter = static_cast<char>(0x80 | (point & 0x3F));
        } else if (letter != '"' && letter != '\\' && letter != '/') {
          refuse("JSON: an escape that the reference does not read");
        }
      }
      value += letter;
    }
    ++at_;
    return value;
  }

  std::optional<Json> take_value() {
    skip_blanks();
    const size_t begin = at_;
    Json value;
    if (peek() == '"') {
      std::optional<std::string> text = take_string();
      if (!text) return std::nullopt;
      value.kind = '"';
      value.text = *text;
      return value;
    }
    if (peek() == '[' || peek() == '{') {
      if (!take_items(value)) return std::nullopt;
    } else {
      while (at_ < text_.size() && std::string_view(",]} ").find(peek()) == std::string_view::npos) ++at_;
      if (at_ == begin) return std::nullopt;
    }
    value.text = text_.substr(begin, at_ - begin);
    if (value.text == "null") value.kind = 'n';
    return value;
  }

  bool take_items(Json& value) {
    value.kind = text_[at_++];
    const char end = value.kind == '[' ? ']' : '}';
    if (accept(end)) return true;
    do {
      if (value.kind == '{') {
        std::optional<std::string> key = take_string();
        if (!key || !accept(':')) return false;
        value.keys.push_back(*key);
      }
      std::optional<Json> item = take_value();
      if (!item) return false;
      value.items.push_back(*item);
    } while (accept(','));
    return accept(end);
  }

  const std::string_view text_;
  size_t at_ = 0;
};

Datum datum_of(const Json& json, Type type) {
  if (json.kind == 'n') return null();
  std::vector<Datum> fields;
  if (type.id == TypeId::kList) {
    if (json.kind != '[') return fault(Fault::kBadCast);
    for (const Json& item : json.items) fields.push_back(datum_of(item, element_type(type)));
  } else if (type.id == TypeId::kStruct) {
    if (json.kind != '{') return fault(Fault::kBadCast);
    for (const NestedField& field : fields_of(type)) {
      fields.push_back(null());
      for (size_t key = 0; key < json.keys.size(); ++key)
        if (json.keys[key] == field.name) fields.back() = datum_of(json.items[key], field.type);
    }
  } else if (type.id == TypeId::kMap) {
    if (json.kind != '{') return fault(Fault::kBadCast);
    for (size_t key = 0; key < json.keys.size(); ++key) {
      fields.push_back(cast({json.keys[key]}, kUtf8, key_type(type)));
      fields.push_back(datum_of(json.items[key], mapped_type(type)));
    }
  } else {
    return json.kind == '[' || json.kind == '{' ? Datum{json.text} : cast({json.text}, kUtf8, type);
  }
  for (const Datum& field : fields)
    if (field.is_fault()) return field;
  return of_fields(std::move(fields));
}

}  // namespace

std::shared_ptr<const Table> read_json(const std::string& text,
                                       const std::vector<std::pair<std::string, Type>>& columns) {
  auto table = std::make_shared<Table>();
  for (const auto& [name, type] : columns) table->scope.push_back({"", name, type});
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    const std::optional<Json> record = Parser(line).whole();
    Row row;
    for (const auto& [name, type] : columns) {
      row.push_back(null());
      if (!record) continue;
      for (size_t key = 0; key < record->keys.size(); ++key)
        if (record->keys[key] == name) row.back() = datum_of(record->items[key], type);
      if (row.back().is_fault()) row.back() = null();
    }
    table->rows.push_back(std::move(row));
  }
  return table;
}

}  // namespace headrace::reference
