// io/format/json_type_guess.h — the shape of JSON values that nobody declared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "io/format/csv_type_guess.h"
#include "io/format/json_options.h"
#include "io/format/json_values.h"

namespace headrace {

// What looking at a sample takes along.
struct JsonGuessing {
  const JsonOptions& options;
  JsonRoom& room;
  uint32_t keys_left;  // that may still be new, anywhere: a file cannot make us hold more
};

// Looks at value after value. A shape keeps what each of them says:
//   numbers          as those of CSV: int64, decimal(38, 0) beyond it, float64, decimal(38, s) where float64 would change digits
//   true and false   bool
//   strings          date, timestamp, timestamptz where one says its zone, time; utf8 otherwise
//   arrays           lists
//   objects          structs of all keys seen; a map where there are none, where on average a key is in less than
//                    field_appearance_threshold of the objects, or where map_inference_threshold keys have one type
//   several of these, deeper than maximum_depth, or with too many keys: utf8 with the value's JSON; nothing but nulls: utf8
class JsonTypeGuess {
 public:
  // The value at the cursor, of a text that is well-formed.
  void look_at(JsonCursor& cursor, JsonGuessing& guessing, uint32_t depth);
  JsonShape shape(const JsonOptions& options) const;

  bool only_objects() const { return kinds_ == kObject || kinds_ == 0; }  // or nulls
  bool any() const { return kinds_ != 0; }
  // Of objects: whether they are better a map.
  bool is_map(const JsonOptions& options) const;
  const std::vector<std::string>& keys() const { return keys_; }
  const JsonTypeGuess& field(size_t index) const { return *fields_[index]; }

 private:
  enum Kind : uint32_t { kNumber = 1, kBoolean = 2, kString = 4, kArray = 8, kObject = 16, kTooMuch = 32 };

  void look_at_object(JsonCursor& cursor, JsonGuessing& guessing, uint32_t depth);
  JsonShape object_shape(const JsonOptions& options) const;

  uint32_t kinds_ = 0;
  uint64_t seen_ = 0, values_ = 0;  // with nulls, and without
  CsvTypeGuess numbers_, strings_;
  std::unique_ptr<JsonTypeGuess> element_;
  std::vector<std::string> keys_;
  std::vector<std::unique_ptr<JsonTypeGuess>> fields_;
  std::unordered_map<std::string, size_t> places_;  // of keys
};

// Names of columns or fields for keys: not empty, distinct in any case.
std::vector<std::string> json_names(const std::vector<std::string>& keys);

}  // namespace headrace
