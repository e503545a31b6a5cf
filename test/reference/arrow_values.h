// reference/arrow_values.h — Arrow arrays as values, one at a time.
#pragma once

#include <arrow/api.h>

#include "reference/datum.h"

namespace headrace::reference {

// Throw an Error for types that we do not have.
Type type_of(const arrow::DataType& type);
Datum value_at(const arrow::Array& array, int64_t row);

}  // namespace headrace::reference
