// kernel/date/format.h — timestamps written and read by a format.
//
// %Y %y year (%y: 69 to 99 are 19xx), %G %V ISO year and week, %m %b %h %B month, %d day, %j day of the year, %a %A weekday, %w (0:
// Sunday) %u (1: Monday), %U %W weeks from the first Sunday or Monday, %H %I %p hour, %M minute, %S second, %f µs, %g ms,
// %n ns, %z +00, %Z nothing, %c date and time, %x date, %X time, %% a percent sign. %-d and the like: without leading zeros. Names
// of months and days are English, and read in any case.
#pragma once

#include <string>
#include <string_view>

#include "kernel/date.h"
#include "kernel/text/new_text.h"

namespace headrace::kernel {

// An unknown specifier is a bad argument.
StringRef strftime(int64_t us, StringRef format, Faults& faults, KernelContext& context) HEADRACE_HOST(strftime);
StringRef strftime_of_ns(int64_t ns, StringRef format, Faults& faults, KernelContext& context)
    HEADRACE_HOST(strftime_of_ns);
// Text that does not match, or stands for no date, is a bad cast. What the format lacks is that of 1900-01-01 00:00. Blanks
// before the text are skipped; %z moves the time to UTC.
int64_t strptime(StringRef text, StringRef format, Faults& faults) HEADRACE_HOST(strptime);

inline StringRef strftime_of_date(int32_t date, StringRef format, Faults& faults, KernelContext& context) {
  const int64_t us = as_timestamp(date, 0, faults);
  return faults.bits != 0 ? StringRef() : strftime(us, format, faults, context);
}
// Why a format says nothing; empty: it does.
std::string time_format_error(std::string_view format);

}  // namespace headrace::kernel
