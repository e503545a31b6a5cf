// fuse/source_rows.h — how many rows a source gives, where that is known before it is read.
#pragma once

#include <cstdint>
#include <optional>

#include "fuse/stage.h"

namespace headrace {

// nullopt: files do not say, other stages make them, or they come from outside.
std::optional<uint64_t> known_rows(const SourceSpec& source);

}  // namespace headrace
