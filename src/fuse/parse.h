// fuse/parse.h — the text form of programs (to_text in fuse/stage.h), read back.
#pragma once

#include <string_view>

#include "fuse/stage.h"
#include "plan/catalog.h"

namespace headrace {

// A program that passed verify(); files and tables are looked up in the catalogue. Prices of cuts are not part of the text.
// kInvalidPlan with line and column. Errors of Catalog::open_file are passed on.
Result<Program> parse_program(std::string_view text, Catalog& catalog);

}  // namespace headrace
