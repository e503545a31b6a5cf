// reference/tables.h — files as tables of the reference, read without src/io.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "reference/relation.h"

namespace headrace::reference {

// CSV of the plain kind: comma, header, "" inside quotes; an unquoted empty field is null. A column's type is the first of
// bool (true, false), int64, float64, date, timestamp that all its fields are, else utf8; or what `types` says. Throws an Error.
using ColumnTypes = std::map<std::string, Type>;
std::shared_ptr<const Table> read_csv(const std::string& text, const ColumnTypes& types = {});

// By the name's ending, from the current directory; parquet through Arrow's own reader. Of options only types = {'x': 'int32'}.
// Read once per process.
std::shared_ptr<const Table> read_file(const FileRef& file);

}  // namespace headrace::reference
