// fuse/place_decodes.h — where the columns of a source that decodes late are decoded.
#pragma once

#include "fuse/stage.h"

namespace headrace {

// Puts a Decode in front of the first step that reads a column, where a filter lies before it; behind the last step where only
// the sink reads it. Columns that are read before any filter are given at once. The stage has no cuts yet.
void place_decodes(Stage& stage);

}  // namespace headrace
