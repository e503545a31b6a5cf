// kernel/zone.h — time zones of the IANA database, by cctz. A zone is named as there: "Europe/Zurich", "UTC", "Etc/GMT+5".
#pragma once

#include <cstdint>
#include <string_view>

#include "kernel/faults.h"
#include "types/string_ref.h"

namespace headrace::kernel {

bool is_time_zone(std::string_view name);

extern "C" {
// Between an instant and the clock of a zone, both in µs. A clock time that comes twice is the later instant; one that is
// skipped is read with the offset before the change, as ICU and DuckDB do. kBadCast: no such zone.
uint32_t headrace_rt_clock_of_instant(int64_t instant_us, const StringRef* zone, int64_t* clock_us) noexcept;
uint32_t headrace_rt_instant_of_clock(int64_t clock_us, const StringRef* zone, int64_t* instant_us) noexcept;
}

inline int64_t clock_of_instant(int64_t instant_us, StringRef zone, Faults& faults) {
  int64_t result = 0;
  faults.bits |= headrace_rt_clock_of_instant(instant_us, &zone, &result);
  return result;
}
inline int64_t instant_of_clock(int64_t clock_us, StringRef zone, Faults& faults) {
  int64_t result = 0;
  faults.bits |= headrace_rt_instant_of_clock(clock_us, &zone, &result);
  return result;
}

}  // namespace headrace::kernel
