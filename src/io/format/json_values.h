// io/format/json_values.h — JSON values as the bytes of a type. A scalar is what its text says by the rules of types/parse_value.h,
// whether the file has it in quotes or not; a number may also be written with an exponent or a fraction of zeros. Text is a string's
// characters, and of any other value the text that the file has.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/format/csv_dialect.h"
#include "io/format/json_cursor.h"
#include "io/format/json_shape.h"
#include "state/arena.h"

namespace headrace {

enum class JsonTaken {
  kValue,
  kNull,
  kMalformed,  // the text is not JSON: the cursor's flaw
  kUnfit,  // well-formed, but no value of the shape: JsonRoom::unfit; the cursor is behind it
  kNoMemory,
};

// A value that is not one of its type, for the error.
struct JsonUnfit {
  std::string_view text;  // as the file has it
  Type type;  // that it does not fit
  const char* why = "";  // "": it is another value; else a clause, such as that a key is there twice
};

// What converting needs beside the text. One thread at a time.
struct JsonRoom {
  const CsvDialect* formats;  // of dates and timestamps
  Arena* arena;  // for text that is not in the file as it is, and nested values
  std::string scratch;
  std::string number;
  JsonUnfit unfit = {};
};

// Non-null values of fixed width. `to`: width_bytes of the type. False: it is none.
bool parse_json_scalar(const JsonShape& shape, std::string_view text, JsonRoom& room, void* to);
// The text of a string, whose escapes are read.
JsonTaken take_json_text(JsonCursor& cursor, JsonRoom& room, std::string_view& text);
// utf8 out of any value, or binary out of a string; a null is left to the caller.
JsonTaken take_json_bytes(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string_view& text);
// A list, struct or map, appended as the bytes of types/nested_value.h.
JsonTaken take_json_nested(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, std::string& to);
// A scalar of the shape's type; `to` as in parse_json_scalar.
JsonTaken take_json_scalar(JsonCursor& cursor, const JsonShape& shape, JsonRoom& room, void* to);

// The common forms, which mean the same to parse_json_scalar; `to` as there. False: it is another form. Of a number as it stands in a block's text,
// eight bytes in front of which may be read.
bool store_plain_json_number(const JsonShape& shape, std::string_view text, void* to);
// date, timestamp and timestamptz
bool store_plain_json_moment(Type type, std::string_view text, const CsvDialect& formats, void* to);

JsonTaken unfit_json(JsonRoom& room, std::string_view text, Type type, const char* why = "");

}  // namespace headrace
