// io/unique_names.h — every column once, for tables and files.
#pragma once

#include "types/schema.h"

namespace headrace {

// A second column of a name gets a number: a, a_1, a_2 … Case does not tell names apart.
Schema with_unique_names(Schema schema);

}  // namespace headrace
