// fuse/place_decodes.h — where the columns of a source that decodes late are decoded.
#pragma once

#include <vector>

#include "fuse/stage.h"

namespace headrace {

// Puts a Decode in front of the first step that reads a column, where a filter lies before it; behind the last step where only
// the sink reads it. Columns that are read before any filter are given at once. The stage has no cuts yet.
void place_decodes(Stage& stage);

// By column of the source: whether a step decodes it, so that the source does not give it at once.
std::vector<bool> decoded_columns(const Stage& stage);

}  // namespace headrace
