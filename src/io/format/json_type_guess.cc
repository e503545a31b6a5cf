#include "io/format/json_type_guess.h"

#include <fmt/format.h>

#include <optional>

#include "io/unique_names.h"
#include "types/nested_type.h"

namespace headrace {
namespace {

bool is_moment(Type type) { return type == kDate || type == kTime || type == kTimestamp || type == kTimestampTz; }

JsonShape guessed(Type type, bool as_json = false) {
  JsonShape shape = json_shape(type);
  shape.as_json = as_json;
  shape.guessed = true;
  return shape;
}

JsonShape guessed_list(JsonShape element) {
  JsonShape shape;
  shape.type = list_of(element.type);
  shape.guessed = true;
  shape.keys = {"element"};
  shape.inside.push_back(std::move(element));
  return shape;
}

bool is_same(const JsonShape& left, const JsonShape& right) {
  if (left.type != right.type || left.as_json != right.as_json || left.keys != right.keys) return false;
  for (size_t index = 0; index < left.inside.size(); ++index)
    if (!is_same(left.inside[index], right.inside[index])) return false;
  return true;
}

// What values of both shapes are read as.
JsonShape united(const JsonShape& left, const JsonShape& right) {
  if (is_same(left, right)) return left;
  const auto is_number = [](const JsonShape& shape) { return shape.type == kInt64 || shape.type == kFloat64; };
  if (is_number(left) && is_number(right)) return guessed(kFloat64);
  const auto is_text = [](const JsonShape& shape) {
    return !shape.as_json && (shape.type == kUtf8 || is_moment(shape.type));
  };
  return guessed(kUtf8, !(is_text(left) && is_text(right)));
}

}  // namespace

void JsonTypeGuess::look_at(JsonCursor& cursor, JsonGuessing& guessing, uint32_t depth) {
  const JsonOptions& options = guessing.options;
  ++seen_;
  if (cursor.accept_null()) return;
  ++values_;
  const char first = cursor.peek();
  if ((first == '{' || first == '[') && depth >= options.depth_max) {
    kinds_ |= kTooMuch;
    cursor.skip_value();
  } else if (first == '{') {
    kinds_ |= kObject;
    look_at_object(cursor, guessing, depth + 1);
  } else if (first == '[') {
    kinds_ |= kArray;
    if (element_ == nullptr) element_ = std::make_unique<JsonTypeGuess>();
    cursor.advance();
    if (cursor.accept(']')) return;
    do element_->look_at(cursor, guessing, depth + 1);
    while (cursor.accept(','));
    cursor.advance();
  } else if (first == '"') {
    kinds_ |= kString;
    std::string_view text;
    if (take_json_text(cursor, guessing.room, text) != JsonTaken::kValue) return;
    const CsvField field{text.data(), static_cast<uint32_t>(text.size()), true, false, false};
    strings_.look_at(field, options.formats);
  } else {
    const std::string_view text = cursor.take_scalar();
    kinds_ |= first == 't' || first == 'f' ? kBoolean : kNumber;
    const CsvField field{text.data(), static_cast<uint32_t>(text.size()), true, false, false};
    if (first != 't' && first != 'f') numbers_.look_at(field, options.formats);
  }
}

void JsonTypeGuess::look_at_object(JsonCursor& cursor, JsonGuessing& guessing, uint32_t depth) {
  cursor.advance();
  if (cursor.accept('}')) return;
  size_t likely = 0;
  do {
    std::string_view text;
    if (take_json_text(cursor, guessing.room, text) != JsonTaken::kValue) return;
    cursor.advance();
    if (likely >= keys_.size() || keys_[likely] != text) {
      const auto known = places_.find(std::string(text));
      if (known == places_.end() && guessing.keys_left == 0) {
        kinds_ |= kTooMuch;
        cursor.skip_value();
        continue;
      }
      likely = known == places_.end() ? keys_.size() : known->second;
      if (known == places_.end()) {
        --guessing.keys_left;
        places_.emplace(text, likely);
        keys_.emplace_back(text);
        fields_.push_back(std::make_unique<JsonTypeGuess>());
      }
    }
    fields_[likely++]->look_at(cursor, guessing, depth);
  } while (cursor.accept(','));
  cursor.advance();
}

bool JsonTypeGuess::is_map(const JsonOptions& options) const {
  if (keys_.empty()) return true;
  double occurrences = 0;
  for (const auto& field : fields_) occurrences += static_cast<double>(field->seen_);
  if (occurrences / static_cast<double>(keys_.size()) < options.field_appearance * static_cast<double>(values_))
    return true;
  if (keys_.size() < options.map_keys) return false;
  std::optional<JsonShape> one;
  for (const auto& field : fields_) {
    if (!field->any()) continue;
    const JsonShape shape = field->shape(options);
    if (one && !is_same(*one, shape)) return false;
    one = shape;
  }
  return true;
}

JsonShape JsonTypeGuess::object_shape(const JsonOptions& options) const {
  JsonShape shape;
  shape.guessed = true;
  if (is_map(options)) {
    std::optional<JsonShape> value;
    for (const auto& field : fields_)
      if (field->any()) value = value ? united(*value, field->shape(options)) : field->shape(options);
    shape.keys = {"key", "value"};
    shape.inside = {guessed(kUtf8), value.value_or(guessed(kUtf8, true))};
    shape.type = map_of(kUtf8, shape.inside[1].type);
    return shape;
  }
  const std::vector<std::string> names = json_names(keys_);
  std::vector<NestedField> fields;
  for (size_t index = 0; index < keys_.size(); ++index) {
    shape.inside.push_back(fields_[index]->shape(options));
    fields.push_back({names[index], shape.inside.back().type});
  }
  shape.keys = keys_;
  shape.type = struct_of(std::move(fields));
  return shape;
}

JsonShape JsonTypeGuess::shape(const JsonOptions& options) const {
  switch (kinds_) {
    case 0: return guessed(kUtf8);
    case kBoolean: return guessed(kBool);
    case kNumber: return guessed(numbers_.type());
    case kString: return guessed(is_moment(strings_.type()) ? strings_.type() : kUtf8);
    case kArray: return guessed_list(element_->shape(options));
    case kObject: return object_shape(options);
    default: return guessed(kUtf8, true);
  }
}

std::vector<std::string> json_names(const std::vector<std::string>& keys) {
  UniqueNames taken(UniqueNames::Case::kTellsNot);
  std::vector<std::string> names;
  for (size_t index = 0; index < keys.size(); ++index)
    names.push_back(taken.take(keys[index].empty() ? fmt::format("column{}", index) : keys[index]));
  return names;
}

}  // namespace headrace
