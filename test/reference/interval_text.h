// reference/interval_text.h — intervals to text and text to intervals.
#pragma once

#include <string>
#include <string_view>

#include "reference/datum.h"

namespace headrace::reference {

std::string interval_text(const Interval& value);
// Counts with units, one after the other, and at most a clock: 1 year 2 months -3 days 04:05:06.5. A fault when it is none.
Datum read_interval(std::string_view text);

}  // namespace headrace::reference
