#include "kernel/date/format.h"

#include <cstring>

#include "kernel/date/calendar.h"

namespace headrace::kernel {

namespace {

constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kSpecifiers = "aAwudbBhmyYHIpMSfgnzZjUWcxXGV%";
constexpr std::string_view kWithoutZeros = "dmyHIMSj";  // what may follow %-

// One piece of a format: a literal byte, or a specifier.
struct Piece {
  char byte;
  bool is_specifier;
  bool without_zeros;
};

// Reads pieces one after the other; bad() once one says nothing.
class Format {
 public:
  explicit Format(std::string_view text) : text_(text) {}
  bool next(Piece& piece) {
    if (at_ >= text_.size()) return false;
    if (text_[at_] != '%') {
      piece = {text_[at_++], false, false};
      return true;
    }
    const bool dash = at_ + 1 < text_.size() && text_[at_ + 1] == '-';
    const size_t letter = at_ + (dash ? 2 : 1);
    if (letter >= text_.size() || (dash ? kWithoutZeros : kSpecifiers).find(text_[letter]) == std::string_view::npos) {
      bad_ = true;
      return false;
    }
    piece = {text_[letter], true, dash};
    at_ = letter + 1;
    return true;
  }
  bool bad() const { return bad_; }
  size_t position() const { return at_; }

 private:
  std::string_view text_;
  size_t at_ = 0;
  bool bad_ = false;
};

// What strftime writes, kept on the stack; formats are short, and what does not fit is counted only.
class Writer {
 public:
  static constexpr size_t kBytesMax = 512;
  void put(char byte) {
    if (size_ < kBytesMax) bytes_[size_] = byte;
    ++size_;
  }
  void put(std::string_view text) {
    for (const char byte : text) put(byte);
  }
  // At least `digits` digits.
  void put(int64_t number, int digits) {
    if (number < 0) put('-');
    const uint64_t size = number < 0 ? uint64_t{0} - static_cast<uint64_t>(number) : static_cast<uint64_t>(number);
    char text[20];
    int count = 0;
    for (uint64_t rest = size; rest != 0 || count < digits; rest /= 10)
      text[count++] = static_cast<char>('0' + rest % 10);
    while (count > 0) put(text[--count]);
  }
  size_t size() const { return size_; }
  const char* bytes() const { return bytes_; }

 private:
  size_t size_ = 0;
  char bytes_[kBytesMax];
};

// Weeks since the year's first day of that kind (0: Sunday, 1: Monday).
int64_t week_from(int32_t date, int64_t first) {
  return (day_of_year(date) + 6 - floor_modulo(day_of_week(date) - first, 7)) / 7;
}

void write_date(const CivilDate& civil, Writer& to) {
  to.put(civil.year, 4);
  to.put('-');
  to.put(civil.month, 2);
  to.put('-');
  to.put(civil.day, 2);
}

void write_time(int64_t us, Writer& to) {
  to.put(us / kMicrosecondsPerHour, 2);
  to.put(':');
  to.put(us / kMicrosecondsPerMinute % 60, 2);
  to.put(':');
  to.put(us / kMicrosecondsPerSecond % 60, 2);
}

void write_time_piece(const Piece& piece, int64_t us, Writer& to) {
  const int two = piece.without_zeros ? 1 : 2;
  const int64_t hour = us / kMicrosecondsPerHour;
  const int64_t fraction = us % kMicrosecondsPerSecond;
  switch (piece.byte) {
    case 'H': return to.put(hour, two);
    case 'I': return to.put((hour + 11) % 12 + 1, two);
    case 'p': return to.put(hour < 12 ? "AM" : "PM");
    case 'M': return to.put(us / kMicrosecondsPerMinute % 60, two);
    case 'S': return to.put(us / kMicrosecondsPerSecond % 60, two);
    case 'f': return to.put(fraction, 6);
    case 'g': return to.put(fraction / 1000, 3);
    case 'n': return to.put(fraction * 1000, 9);
    case 'z': return to.put("+00");
    case 'X': return write_time(us, to);
    case '%': return to.put('%');
    default: return;
  }
}

void write_piece(const Piece& piece, int32_t date, int64_t us, Writer& to) {
  const CivilDate civil = civil_from_days(date);
  const int two = piece.without_zeros ? 1 : 2;
  switch (piece.byte) {
    case 'a': return to.put(kDays[day_of_week(date)].substr(0, 3));
    case 'A': return to.put(kDays[day_of_week(date)]);
    case 'w': return to.put(day_of_week(date), 1);
    case 'u': return to.put(iso_day_of_week(date), 1);
    case 'd': return to.put(civil.day, two);
    case 'b':
    case 'h': return to.put(kMonths[civil.month - 1].substr(0, 3));
    case 'B': return to.put(kMonths[civil.month - 1]);
    case 'm': return to.put(civil.month, two);
    case 'y': return to.put(floor_modulo(civil.year, 100), two);
    case 'Y': return to.put(civil.year, 4);
    case 'j': return to.put(day_of_year(date), piece.without_zeros ? 1 : 3);
    case 'U': return to.put(week_from(date, 0), 2);
    case 'W': return to.put(week_from(date, 1), 2);
    case 'G': return to.put(iso_year(date), 4);
    case 'V': return to.put(week(date), 2);
    case 'x': return write_date(civil, to);
    case 'c':
      write_date(civil, to);
      to.put(' ');
      return write_time(us, to);
    default: return write_time_piece(piece, us, to);
  }
}

// --- reading

struct Parts {
  int64_t year = 1900, month = 1, day = 1, hour = 0, minute = 0, second = 0, ns = 0;
  int64_t day_of_year = 0;  // 0: not given
  int64_t offset_minutes = 0;
  int afternoon = -1;  // of a 12-hour clock: 0, 1; -1: a 24-hour clock
  bool twelve_hours = false;
};

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) { skip_blanks(); }

  bool at_end() const { return at_ == text_.size(); }
  bool take(char byte) {
    if (at_end() || text_[at_] != byte) return false;
    ++at_;
    return true;
  }
  void skip_blanks() {
    while (!at_end() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
  }
  // One to `digits_max` digits; how many there were.
  int number(int digits_max, int64_t& value) {
    int digits = 0;
    value = 0;
    while (digits < digits_max && !at_end() && text_[at_] >= '0' && text_[at_] <= '9') {
      value = value * 10 + (text_[at_++] - '0');
      ++digits;
    }
    return digits;
  }
  bool number_in(int digits_max, int64_t low, int64_t high, int64_t& value) {
    return number(digits_max, value) > 0 && value >= low && value <= high;
  }
  // The index of the name that stands here, in any case: the whole one where it does, else its first `short_bytes`; -1: none.
  template <size_t kCount>
  int name(const std::string_view (&names)[kCount], size_t short_bytes) {
    for (const bool whole : {true, false})
      for (size_t i = 0; i < kCount; ++i)
        if (take_word(whole ? names[i] : names[i].substr(0, short_bytes))) return static_cast<int>(i);
    return -1;
  }
  bool take_word(std::string_view word) {
    if (text_.size() - at_ < word.size()) return false;
    for (size_t i = 0; i < word.size(); ++i)
      if ((text_[at_ + i] | 0x20) != (word[i] | 0x20)) return false;
    at_ += word.size();
    return true;
  }
  // Digits behind the point of a second, as ns; beyond `digits_max` they belong to no number.
  bool fraction(int digits_max, int64_t& ns) {
    int64_t value = 0;
    int digits = number(digits_max, value);
    if (digits == 0) return false;
    for (; digits < 9; ++digits) value *= 10;
    ns = value;
    return true;
  }
  // +HH, +HHMM, +HH:MM, or Z.
  bool offset(int64_t& minutes) {
    if (take('Z')) return true;
    const bool is_negative = take('-');
    if (!is_negative && !take('+')) return false;
    int64_t hour = 0, minute = 0;
    if (number(2, hour) != 2) return false;
    if (take(':') && number(2, minute) != 2) return false;
    if (minute == 0) number(2, minute);
    if (hour > 24 || minute > 59) return false;
    minutes = (hour * 60 + minute) * (is_negative ? -1 : 1);
    return true;
  }
  bool year(int64_t& value) {
    const bool is_negative = take('-');
    if (number(4, value) == 0) return false;  // so that %Y%m%d reads 20240209
    if (is_negative) value = -value;
    return true;
  }

 private:
  std::string_view text_;
  size_t at_ = 0;
};

bool read_time_piece(char specifier, Reader& from, Parts& parts) {
  switch (specifier) {
    case 'H': return from.number_in(2, 0, 23, parts.hour);
    case 'I': parts.twelve_hours = true; return from.number_in(2, 1, 12, parts.hour);
    case 'p': parts.afternoon = from.take_word("PM") ? 1 : 0; return parts.afternoon == 1 || from.take_word("AM");
    case 'M': return from.number_in(2, 0, 59, parts.minute);
    case 'S': return from.number_in(2, 0, 59, parts.second);
    case 'f': return from.fraction(9, parts.ns);
    case 'g': return from.fraction(3, parts.ns);
    case 'n': return from.fraction(9, parts.ns);
    case 'z': return from.offset(parts.offset_minutes);
    case 'Z': return from.take_word("UTC") || from.take_word("GMT");
    case '%': return from.take('%');
    default: return false;
  }
}

bool read_piece(char specifier, Reader& from, Parts& parts) {
  int64_t number = 0;
  switch (specifier) {
    case 'Y': return from.year(parts.year);
    case 'y':
      if (!from.number_in(2, 0, 99, number)) return false;
      parts.year = number + (number < 69 ? 2000 : 1900);
      return true;
    case 'm': return from.number_in(2, 1, 12, parts.month);
    case 'd': return from.number_in(2, 1, 31, parts.day);
    case 'j': return from.number_in(3, 1, 366, parts.day_of_year);
    case 'b':
    case 'h':
    case 'B': {
      const int month = from.name(kMonths, 3);
      parts.month = month + 1;
      return month >= 0;
    }
    case 'a':
    case 'A': return from.name(kDays, 3) >= 0;
    case 'w': return from.number_in(1, 0, 6, number);
    case 'u': return from.number_in(1, 1, 7, number);
    case 'U':
    case 'W': return from.number_in(2, 0, 53, number);
    case 'c':
    case 'x': {
      if (!from.year(parts.year) || !from.take('-') || !from.number_in(2, 1, 12, parts.month) || !from.take('-') ||
          !from.number_in(2, 1, 31, parts.day))
        return false;
      if (specifier == 'x') return true;
      if (!from.take(' ')) return false;
      [[fallthrough]];
    }
    case 'X':
      return from.number_in(2, 0, 23, parts.hour) && from.take(':') && from.number_in(2, 0, 59, parts.minute) &&
             from.take(':') && from.number_in(2, 0, 59, parts.second);
    default: return read_time_piece(specifier, from, parts);
  }
}

int64_t moment_of(Parts parts, Faults& faults) {
  if (parts.twelve_hours) parts.hour = parts.hour % 12 + (parts.afternoon == 1 ? 12 : 0);
  if (parts.day_of_year > 0) {
    const bool exists = parts.day_of_year <= (is_leap_year(parts.year) ? 366 : 365);
    faults.add_if(Faults::kBadCast, !exists);
    const int64_t days = first_day_of_year(parts.year) + parts.day_of_year - 1;
    const CivilDate civil = civil_from_days(static_cast<int32_t>(days));
    parts.month = civil.month;
    parts.day = civil.day;
  }
  const auto month = static_cast<int32_t>(parts.month);
  faults.add_if(Faults::kBadCast, parts.day > days_in_month(parts.year, month));
  if (faults.bits != 0) return 0;
  const int64_t us = parts.hour * kMicrosecondsPerHour +
                     (parts.minute - parts.offset_minutes) * kMicrosecondsPerMinute +
                     parts.second * kMicrosecondsPerSecond + parts.ns / 1000;
  return as_timestamp(days_from_civil(parts.year, month, static_cast<int32_t>(parts.day)), us, faults);
}

}  // namespace

namespace {

// `ns` are those behind the last whole µs.
StringRef written_moment(int64_t us, int64_t ns, const StringRef& format, Faults& faults, KernelContext& context) {
  const int32_t date = day_of(us);
  const int64_t time = us_of_day(us);
  Format pieces(format.view());
  Writer written;
  for (Piece piece{}; pieces.next(piece);) {
    if (piece.is_specifier && piece.byte == 'n') {
      written.put(time % kMicrosecondsPerSecond * 1'000 + ns, 9);
    } else if (piece.is_specifier) {
      write_piece(piece, date, time, written);
    } else {
      written.put(piece.byte);
    }
  }
  faults.add_if(Faults::kBadArgument, pieces.bad() || written.size() > Writer::kBytesMax);
  if (faults.bits != 0) return {};
  NewText result(written.size(), faults, context);
  if (result.bytes() == nullptr) return {};
  if (written.size() > 0) std::memcpy(result.bytes(), written.bytes(), written.size());
  return result.text();
}

}  // namespace

StringRef strftime(int64_t us, StringRef format, Faults& faults, KernelContext& context) noexcept {
  return written_moment(us, 0, format, faults, context);
}
StringRef strftime_of_ns(int64_t ns, StringRef format, Faults& faults, KernelContext& context) noexcept {
  return written_moment(floor_divide(ns, 1'000), floor_modulo(ns, 1'000), format, faults, context);
}

int64_t strptime(StringRef text, StringRef format, Faults& faults) noexcept {
  Format pieces(format.view());
  Reader from(text.view());
  Parts parts;
  bool matches = true;
  for (Piece piece{}; matches && pieces.next(piece);) {
    if (piece.is_specifier) {
      matches = read_piece(piece.byte, from, parts);
    } else if (piece.byte == ' ') {
      from.skip_blanks();
    } else {
      matches = from.take(piece.byte);
    }
  }
  from.skip_blanks();
  faults.add_if(Faults::kBadArgument, pieces.bad());
  faults.add_if(Faults::kBadCast, !pieces.bad() && (!matches || !from.at_end()));
  return faults.bits != 0 ? 0 : moment_of(parts, faults);
}

std::string time_format_error(std::string_view format) {
  Format pieces(format);
  for (Piece piece{}; pieces.next(piece);) {
  }
  if (!pieces.bad()) return "";
  const std::string_view rest = format.substr(pieces.position());
  return rest.size() < 2 ? "the format ends with %"
                         : "no specifier begins with '" + std::string(rest.substr(0, 2)) + "'";
}

}  // namespace headrace::kernel
