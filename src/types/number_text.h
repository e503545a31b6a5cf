// types/number_text.h — values as text, into a caller's buffer: what tables, CSV and CAST(… AS utf8) print.
// Every writer puts at most kNumberTextBytesMax bytes at `to`, without a final zero, and returns the end.
#pragma once

#include <cstddef>
#include <cstdint>

#include "types/interval.h"
#include "types/type.h"

namespace headrace {

inline constexpr size_t kNumberTextBytesMax = 320;  // a decimal of scale 255 out of range is the longest

char* write_int64(int64_t value, char* to);
char* write_uint64(uint64_t value, char* to);
char* write_decimal(int128 unscaled, uint8_t scale, char* to);  // all `scale` digits: "-0.50"
// The shortest digits that read back to the same bits; from 1e-4 up to 1e16 without an exponent, as Python's repr:
// "3.0", "0.0001", "1e+16", "-0.0", "nan", "inf", "-inf".
char* write_double(double value, char* to);
char* write_float(float value, char* to);  // the same for the bits of a float: 0.1, not 0.10000000149011612
char* write_date(int32_t days, char* to);       // "1998-09-02", "-0001-12-31", "12345-01-01"
char* write_timestamp(int64_t us, char* to);    // "2013-01-01 05:00:00", "… 05:00:00.000001"

char* write_timestamp_ns(int64_t ns,
                         char* to);  // "… 05:00:00.000000001"
char* write_time(int64_t us, char* to);         // "05:00:00", "24:00:00"
// As DuckDB: "1 year 2 months -3 days 04:05:06.5", "00:00:00" for nothing.
char* write_interval(const Interval& interval, char* to);

}  // namespace headrace
