#include "reference/interval_text.h"

#include <cctype>
#include <map>
#include <optional>
#include <regex>

#include <fmt/format.h>

#include "reference/calendar.h"
#include "reference/cast.h"

namespace headrace::reference {
namespace {

struct Unit {
  int64_t months, days, us;
};

std::optional<Unit> unit_named(std::string name) {
  static const std::map<std::string, Unit> units = {
      {"millennium", {12'000, 0, 0}},
      {"mil", {12'000, 0, 0}},
      {"century", {1'200, 0, 0}},
      {"cent", {1'200, 0, 0}},
      {"c", {1'200, 0, 0}},
      {"decade", {120, 0, 0}},
      {"dec", {120, 0, 0}},
      {"year", {12, 0, 0}},
      {"y", {12, 0, 0}},
      {"quarter", {3, 0, 0}},
      {"month", {1, 0, 0}},
      {"mon", {1, 0, 0}},
      {"week", {0, 7, 0}},
      {"day", {0, 1, 0}},
      {"d", {0, 1, 0}},
      {"hour", {0, 0, 3'600'000'000}},
      {"h", {0, 0, 3'600'000'000}},
      {"minute", {0, 0, 60'000'000}},
      {"min", {0, 0, 60'000'000}},
      {"m", {0, 0, 60'000'000}},
      {"second", {0, 0, 1'000'000}},
      {"sec", {0, 0, 1'000'000}},
      {"s", {0, 0, 1'000'000}},
      {"millisecond", {0, 0, 1'000}},
      {"ms", {0, 0, 1'000}},
      {"microsecond", {0, 0, 1}},
      {"us", {0, 0, 1}},
  };
  for (char& letter : name) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  if (name == "millennia") name = "millennium";
  if (name == "centuries") name = "century";
  auto found = units.find(name);
  if (found == units.end() && name.ends_with('s')) found = units.find(name.substr(0, name.size() - 1));
  return found == units.end() ? std::nullopt : std::optional(found->second);
}

struct Total {
  BigInteger months, days, us;
};

// `number`: [-]digits[.digits]. What is a part of a month counts in days of 30 a month, what is a part of a day in µs.
void add_count(const std::string& number, const Unit& unit, Total& total) {
  const bool negative = number.starts_with('-');
  const size_t point = std::min(number.find('.'), number.size());
  std::string digits;
  for (const char letter : number)
    if (letter >= '0' && letter <= '9') digits += letter;
  const size_t behind = point == number.size() ? 0 : number.size() - point - 1;
  const BigInteger one = BigInteger::power_of_ten(static_cast<uint32_t>(behind));
  const BigInteger count = negative ? -BigInteger::from_digits(digits) : BigInteger::from_digits(digits);
  const auto [months, part_of_month] = BigInteger::divide(count * BigInteger(unit.months), one);
  const BigInteger in_days =
      count * BigInteger(unit.days) + (unit.months == 1 ? part_of_month * BigInteger(30) : BigInteger(0));
  const auto [days, part_of_day] = BigInteger::divide(in_days, one);
  total.months = total.months + months;
  total.days = total.days + days;
  total.us = total.us + BigInteger::divide(count * BigInteger(unit.us) + part_of_day * BigInteger(kDayUs), one).first;
}

bool add_clock(const std::smatch& clock, Total& total) {
  const BigInteger minutes = BigInteger::from_digits(clock[3].str());
  const std::string seconds = clock[4].matched ? clock[4].str() : "0";
  if (BigInteger(59) < minutes || BigInteger(59) < BigInteger::from_digits(seconds)) return false;
  std::string fraction = (clock[5].str() + "000000").substr(0, 6);
  const BigInteger us = ((BigInteger::from_digits(clock[2].str()) * BigInteger(60) + minutes) * BigInteger(60) +
                         BigInteger::from_digits(seconds)) *
                            BigInteger(1'000'000) +
                        BigInteger::from_digits(fraction);
  total.us = total.us + (clock[1].str() == "-" ? -us : us);
  return true;
}

std::string count_text(int64_t count, const std::string& unit) {
  if (count == 0) return "";
  return fmt::format("{} {}{} ", count, unit, count == 1 || count == -1 ? "" : "s");
}

}  // namespace

std::string interval_text(const Interval& value) {
  std::string text =
      count_text(value.months / 12, "year") + count_text(value.months % 12, "month") + count_text(value.days, "day");
  if (value.us != 0 || text.empty()) {
    const BigInteger us = BigInteger(value.us).magnitude();
    const auto [seconds, fraction] = BigInteger::divide(us, BigInteger(1'000'000));
    const int64_t whole = seconds.to_int64();
    text += fmt::format("{}{:02}:{:02}:{:02}", value.us < 0 ? "-" : "", whole / 3600, whole / 60 % 60, whole % 60);
    if (!fraction.is_zero()) text += fmt::format(".{:06}", fraction.to_int64());
    if (!fraction.is_zero()) text = text.substr(0, text.find_last_not_of('0') + 1);
    return text;
  }
  text.pop_back();
  return text;
}

Datum read_interval(std::string_view written) {
  static const std::regex clock(R"(^\s*([-+]?)(\d{1,19}):(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?(?=[\s,]|$))");
  static const std::regex part(R"(^\s*([-+]?)\s*(\d+(?:\.\d*)?|\.\d+)\s*([A-Za-z]+))");
  static const std::regex blanks(R"(^[\s,]*$)");
  static const std::regex alone(R"(^[\s,]*([-+]?)\s*(\d+(?:\.\d*)?|\.\d+)[\s,]*$)");
  static const std::regex ago(R"(^([^:]*[A-Za-z][\s,]+)ago\s*$)", std::regex::icase);
  static const std::regex at_sign(R"(^[\s,]*@)");
  std::string text = std::regex_replace(std::string(written), at_sign, "");
  Total total;
  std::smatch whole;
  const bool turned = std::regex_match(text, whole, ago);
  if (turned) text = std::string(whole[1].str());
  if (std::regex_match(text, whole, alone)) text = whole[1].str() + whole[2].str() + " s";
  if (std::regex_match(text, blanks)) return fault(Fault::kBadCast);
  while (!std::regex_match(text, blanks)) {
    text.erase(0, text.find_first_not_of(" ,"));
    std::smatch match;
    if (std::regex_search(text, match, clock)) {
      if (!add_clock(match, total)) return fault(Fault::kBadCast);
    } else if (std::regex_search(text, match, part)) {
      const auto unit = unit_named(match[3].str());
      if (!unit) return fault(Fault::kBadCast);
      add_count((match[1].str() == "-" ? "-" : "") + match[2].str(), *unit, total);
    } else {
      return fault(Fault::kBadCast);
    }
    text = match.suffix().str();
  }
  if (turned) total = {-total.months, -total.days, -total.us};
  if (!fits(total.months, kInt32) || !fits(total.days, kInt32) || !fits(total.us, kInt64))
    return fault(Fault::kBadCast);
  return {Interval{static_cast<int32_t>(total.months.to_int64()), static_cast<int32_t>(total.days.to_int64()),
                   total.us.to_int64()}};
}

}  // namespace headrace::reference
