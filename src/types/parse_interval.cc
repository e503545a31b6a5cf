#include <array>
#include <cctype>
#include <limits>

#include "types/calendar.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

struct Unit {
  std::string_view name;  // singular
  int32_t months, days;
  int64_t us;
};
constexpr std::array kUnits = std::to_array<Unit>({
    {"millennium", 12'000, 0, 0},
    {"mil", 12'000, 0, 0},
    {"century", 1'200, 0, 0},
    {"cent", 1'200, 0, 0},
    {"c", 1'200, 0, 0},
    {"decade", 120, 0, 0},
    {"dec", 120, 0, 0},
    {"year", 12, 0, 0},
    {"yr", 12, 0, 0},
    {"y", 12, 0, 0},
    {"quarter", 3, 0, 0},
    {"month", 1, 0, 0},
    {"mon", 1, 0, 0},
    {"week", 0, 7, 0},
    {"w", 0, 7, 0},
    {"day", 0, 1, 0},
    {"d", 0, 1, 0},
    {"hour", 0, 0, kMicrosecondsPerHour},
    {"hr", 0, 0, kMicrosecondsPerHour},
    {"h", 0, 0, kMicrosecondsPerHour},
    {"minute", 0, 0, kMicrosecondsPerMinute},
    {"min", 0, 0, kMicrosecondsPerMinute},
    {"m", 0, 0, kMicrosecondsPerMinute},
    {"second", 0, 0, kMicrosecondsPerSecond},
    {"sec", 0, 0, kMicrosecondsPerSecond},
    {"s", 0, 0, kMicrosecondsPerSecond},
    {"millisecond", 0, 0, 1'000},
    {"msec", 0, 0, 1'000},
    {"ms", 0, 0, 1'000},
    {"microsecond", 0, 0, 1},
    {"usec", 0, 0, 1},
    {"us", 0, 0, 1},
});

// Singular or plural, any case; nullptr: unknown.
const Unit* find_unit(std::string_view name) {
  std::string lower;
  for (const char c : name) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower == "millennia" || lower == "millenia") lower = "millennium";
  if (lower == "centuries") lower = "century";
  for (const bool plural : {false, true}) {  // ms is no plural of m
    if (plural && !lower.ends_with('s')) break;
    if (plural) lower.pop_back();
    for (const Unit& unit : kUnits)
      if (lower == unit.name) return &unit;
  }
  return nullptr;
}

class IntervalReader {
 public:
  explicit IntervalReader(std::string_view text) : text_(text) {}

  std::optional<Interval> read() {
    bool any = false;
    skip_blanks();
    if (at_ < text_.size() && text_[at_] == '@') ++at_;
    while (skip_blanks(), at_ < text_.size()) {
      if (any && !has_clock_ && is_ago(text_.substr(at_))) {
        total_ = {-total_.months, -total_.days, -total_.us};
        break;
      }
      if (!read_part(!any)) return std::nullopt;
      any = true;
    }
    const bool fits =
        total_.months >= std::numeric_limits<int32_t>::min() && total_.months <= std::numeric_limits<int32_t>::max() &&
        total_.days >= std::numeric_limits<int32_t>::min() && total_.days <= std::numeric_limits<int32_t>::max() &&
        total_.us >= std::numeric_limits<int64_t>::min() && total_.us <= std::numeric_limits<int64_t>::max();
    if (!any || !fits) return std::nullopt;
    return Interval{static_cast<int32_t>(total_.months), static_cast<int32_t>(total_.days),
                    static_cast<int64_t>(total_.us)};
  }

 private:
  // A number with its sign as value * 10^-fraction_digits.
  struct Number {
    int128 value = 0;
    int128 unit = 1;  // 10^fraction digits
    bool negative = false;
  };

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == ',')) ++at_;
  }
  bool at_digit() const { return at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; }

  std::optional<Number> take_number() {
    constexpr int kDigitsMax = 19;
    Number number;
    if (at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+')) number.negative = text_[at_++] == '-';
    skip_blanks();
    int digits = 0;
    for (; at_digit() && digits < kDigitsMax; ++digits) number.value = number.value * 10 + (text_[at_++] - '0');
    if (at_ < text_.size() && text_[at_] == '.') {
      ++at_;
      for (; at_digit() && number.unit < 1'000'000'000; ++digits) {
        number.value = number.value * 10 + (text_[at_++] - '0');
        number.unit *= 10;
      }
      while (at_digit()) ++at_;
    }
    if (digits == 0 || at_digit()) return std::nullopt;
    return number;
  }

  static bool is_ago(std::string_view word) {
    while (word.ends_with(' ')) word.remove_suffix(1);
    return word.size() == 3 && std::tolower(static_cast<unsigned char>(word[0])) == 'a' &&
           std::tolower(static_cast<unsigned char>(word[1])) == 'g' &&
           std::tolower(static_cast<unsigned char>(word[2])) == 'o';
  }

  // "3 days", "1.5 hours" or a time of day behind a sign; a number that is all there is counts seconds.
  bool read_part(bool first) {
    const std::optional<Number> number = take_number();
    if (!number) return false;
    if (at_ < text_.size() && text_[at_] == ':') return number->unit == 1 && read_clock(*number);
    skip_blanks();
    const size_t begin = at_;
    while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
    const bool alone = first && begin == text_.size();
    const Unit* unit = find_unit(alone ? "second" : text_.substr(begin, at_ - begin));
    if (unit == nullptr) return false;
    add(*number, *unit);
    return true;
  }

  void add(const Number& number, const Unit& unit) {
    constexpr int64_t kDaysPerMonth = 30;
    const int128 value = number.negative ? -number.value : number.value;
    // Fractions run over into the next smaller part: of a year into months, of a month into days of 30 a month.
    const int128 months = value * unit.months;
    total_.months += months / number.unit;
    const int128 days = value * unit.days + (unit.months == 1 ? months % number.unit * kDaysPerMonth : 0);
    total_.days += days / number.unit;
    total_.us += (value * unit.us + days % number.unit * kMicrosecondsPerDay) / number.unit;
  }

  bool read_clock(const Number& hours) {
    has_clock_ = true;
    int128 us = hours.value * kMicrosecondsPerHour;
    ++at_;
    const std::optional<Number> minutes = take_number();
    if (!minutes || minutes->negative || minutes->unit != 1 || minutes->value > 59) return false;
    us += minutes->value * kMicrosecondsPerMinute;
    if (at_ < text_.size() && text_[at_] == ':') {
      ++at_;
      const std::optional<Number> seconds = take_number();
      if (!seconds || seconds->negative || seconds->value >= 60 * seconds->unit) return false;
      us += seconds->value * kMicrosecondsPerSecond / seconds->unit;
    }
    total_.us += hours.negative ? -us : us;
    return true;
  }

  struct Total {
    int128 months = 0, days = 0, us = 0;
  };
  const std::string_view text_;
  size_t at_ = 0;
  bool has_clock_ = false;
  Total total_;
};

}  // namespace

std::optional<Interval> parse_interval(std::string_view text) {
  constexpr size_t kTextBytesMax = 256;
  if (text.size() > kTextBytesMax) return std::nullopt;
  return IntervalReader(text).read();
}

}  // namespace headrace
