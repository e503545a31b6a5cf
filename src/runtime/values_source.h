// runtime/values_source.h — rows of literals, as VALUES gives them: one morsel, in their order.
#pragma once

#include <memory>

#include "fuse/stage.h"
#include "runtime/operator.h"

namespace headrace {

// Copies the rows. `spec` may go.
std::unique_ptr<Source> make_values_source(const ValuesSource& spec);

}  // namespace headrace
