// app/slt/answer.h — what a query gave, held against what a file expects.
#pragma once

#include <headrace/session.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/slt/record.h"

namespace headrace::slt {

// By rows; every value as it is displayed, nullopt for NULL.
struct Answer {
  std::vector<std::string> types;  // "int64", … by column
  std::vector<std::vector<std::optional<std::string>>> rows;
};

// Values are compared in two spellings, and either may agree: SQLite's (I whole numbers, R with three decimals, T text
// without unprintable characters) and their own display. NULL is NULL, '' is (empty).
enum class Spelling : uint8_t { kSqlite, kOwn };

// One string a value, row by row, in the order that the record's sort mode asks for.
std::vector<std::string> spelled(const Answer& answer, const Record& record, Spelling spelling);

// Whether `text` matches a pattern as a whole; nullopt: the pattern cannot be used.
using Matches = std::function<std::optional<bool>(const std::string& text, const std::string& pattern)>;

// Nothing: they agree. Otherwise one line that says how they differ.
std::optional<std::string> difference(const Answer& answer, const Record& record, const Matches& matches);

// "N values hashing to H" over the values, each followed by a newline.
std::string hash_of(const std::vector<std::string>& values);

// The same for an error's text: it must hold what is expected, or match <REGEX>:….
bool is_expected_error(const std::string& error, const Record& record, const Matches& matches);

}  // namespace headrace::slt
