// types/sql_name.h — what SQL calls a type.
#pragma once

#include <string>

#include "types/type.h"

namespace headrace {

// DuckDB's name, which parse_type reads too: INTEGER, DECIMAL(15,2), VARCHAR[], STRUCT(a INTEGER, "b c" DATE), ENUM('x', 'y').
// kNullType: "NULL" in quotes.
std::string sql_name(Type type);

}  // namespace headrace
