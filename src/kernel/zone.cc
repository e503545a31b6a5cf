#include "kernel/zone.h"

#include <cctz/time_zone.h>

#include <map>
#include <optional>
#include <string>

#include "types/calendar.h"

namespace headrace::kernel {
namespace {

using Seconds = cctz::time_point<cctz::seconds>;

// Zones that this thread has met; cctz keeps what it loads for the process.
const cctz::time_zone* zone_named(std::string_view name) {
  thread_local std::map<std::string, std::optional<cctz::time_zone>, std::less<>> known;
  auto at = known.find(name);
  if (at == known.end()) {
    constexpr size_t kNameBytesMax = 64;
    constexpr size_t kKnownMax = 1'024;
    if (known.size() > kKnownMax) known.clear();
    cctz::time_zone zone;
    // A path would read any file as a zone, and so would "file:…"; "libc:…" is the process's own.
    const bool plain = name.size() <= kNameBytesMax && !name.starts_with('/') && name.find("..") == name.npos &&
                       name.find(':') == name.npos;
    const bool found = plain && cctz::load_time_zone(std::string(name), &zone);
    at = known.emplace(name, found ? std::optional(zone) : std::nullopt).first;
  }
  return at->second ? &*at->second : nullptr;
}

}  // namespace

bool is_time_zone(std::string_view name) { return zone_named(name) != nullptr; }

extern "C" uint32_t headrace_rt_clock_of_instant(int64_t instant_us, const StringRef* name,
                                                 int64_t* clock_us) noexcept {
  const cctz::time_zone* zone = zone_named(name->view());
  if (zone == nullptr) return Faults::kBadCast;
  const int64_t seconds = floor_divide(instant_us, kMicrosecondsPerSecond);
  const auto local = zone->lookup(Seconds(cctz::seconds(seconds)));
  const bool outside = __builtin_add_overflow(instant_us, int64_t{local.offset} * kMicrosecondsPerSecond, clock_us);
  return outside ? uint32_t{Faults::kOutOfRange} : 0;
}

extern "C" uint32_t headrace_rt_instant_of_clock(int64_t clock_us, const StringRef* name,
                                                 int64_t* instant_us) noexcept {
  const cctz::time_zone* zone = zone_named(name->view());
  if (zone == nullptr) return Faults::kBadCast;
  const int64_t seconds = floor_divide(clock_us, kMicrosecondsPerSecond);
  const auto found = zone->lookup(cctz::civil_second() + seconds);
  const auto instant = found.kind == cctz::time_zone::civil_lookup::REPEATED ? found.post : found.pre;
  const int64_t offset = seconds - instant.time_since_epoch().count();
  const bool outside = __builtin_sub_overflow(clock_us, offset * kMicrosecondsPerSecond, instant_us);
  return outside ? uint32_t{Faults::kOutOfRange} : 0;
}

}  // namespace headrace::kernel
