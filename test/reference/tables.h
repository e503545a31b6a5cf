// reference/tables.h — files as tables of the reference, read without src/io.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reference/relation.h"

namespace headrace::reference {

// CSV of the plain kind: comma, header, "" inside quotes; an unquoted empty field is null. A column's type is the first of
// bool (true, false), int64, float64, date, timestamp that all its fields are, else utf8; or what `types` says. Throws an Error.
using ColumnTypes = std::map<std::string, Type>;
std::shared_ptr<const Table> read_csv(const std::string& text, const ColumnTypes& types = {});

// A record a line, as read_json with on_error = 'null': what is no value of its column, and all of a line that is no JSON, is null.
std::shared_ptr<const Table> read_json(const std::string& text,
                                       const std::vector<std::pair<std::string, Type>>& columns);

// By the name's ending, from the current directory; parquet through Arrow's own reader. Of options types = {'x': 'int32'} of CSV, columns of
// .ndjson, and on_error = 'null' beside them.
// Read once per process.
std::shared_ptr<const Table> read_file(const FileRef& file);

}  // namespace headrace::reference
