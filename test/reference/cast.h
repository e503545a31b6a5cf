// reference/cast.h — CAST between any two types that have one.
#pragma once

#include "reference/datum.h"

namespace headrace::reference {

bool has_cast(Type from, Type to);
// `value` is neither null nor fault; requires has_cast.
Datum cast(const Datum& value, Type from, Type to);

// Whether the integer lies in the type: int32, int64, decimal digits, date, timestamp.
bool fits(const BigInteger& value, Type type);

}  // namespace headrace::reference
