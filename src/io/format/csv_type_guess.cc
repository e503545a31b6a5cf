#include "io/format/csv_type_guess.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "io/format/csv_values.h"
#include "types/number_text.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

constexpr uint32_t kBoolBit = 1, kInt64Bit = 2, kNumberBit = 4, kDateBit = 8, kTimestampBit = 16, kTimeBit = 32;
constexpr uint32_t kAllBits = 63;
constexpr uint8_t kDecimalDigitsMax = 38;
constexpr size_t kFloatDigitsSafe = 12;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of [+-]digits[.digits]; nothing: another form.
struct Digits {
  std::string_view before, behind;  // behind without zeros at its end
  bool point;
};

std::optional<Digits> digits_of(std::string_view text) {
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  const size_t before = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), is_digit) - text.begin());
  Digits digits{text.substr(0, before), {}, before < text.size()};
  if (digits.point) {
    if (text[before] != '.') return std::nullopt;
    digits.behind = text.substr(before + 1);
    if (!std::all_of(digits.behind.begin(), digits.behind.end(), is_digit)) return std::nullopt;
    while (digits.behind.ends_with('0')) digits.behind.remove_suffix(1);
  }
  return digits;
}

}  // namespace

std::optional<uint8_t> parse_guessed_bool(std::string_view text) {
  return text == "0" || text == "1" ? std::nullopt : parse_csv_bool(text);
}

bool is_padded_number(std::string_view text) {
  if (text.starts_with('+')) return true;
  if (text.starts_with('-')) text.remove_prefix(1);
  return text.size() > 1 && text[0] == '0' && is_digit(text[1]);
}

bool keeps_digits(std::string_view text, double value) {
  if (text.size() <= kFloatDigitsSafe) return true;
  const std::optional<Digits> written = digits_of(text);
  if (!written || written->before.size() <= kFloatDigitsSafe) return true;
  const double size = value < 0 ? -value : value;
  if (written->behind.empty() && written->before.size() <= kDecimalDigitsMax) {
    int128 whole = 0;
    for (const char c : written->before) whole = whole * 10 + (c - '0');
    if (static_cast<int128>(size) == whole) return true;
  }
  char printed[kNumberTextBytesMax];
  const auto end = std::to_chars(printed, printed + sizeof printed, size, std::chars_format::fixed).ptr;
  const std::optional<Digits> read = digits_of({printed, static_cast<size_t>(end - printed)});
  return size < 0x1p53 && read && read->before == written->before && read->behind == written->behind;
}

void CsvTypeGuess::look_at_digits(std::string_view field, const CsvDialect& dialect) {
  std::string room;
  const std::string_view text = with_point(field, dialect, room);
  const std::optional<double> value = parse_float64(text);
  const std::optional<Digits> digits = digits_of(text);
  if (digits) {
    point_ |= digits->point;
    digits_before_ = std::max(digits_before_, static_cast<uint32_t>(digits->before.size()));
    digits_behind_ = std::max(digits_behind_, static_cast<uint32_t>(digits->behind.size()));
  } else {
    plain_ = false;
  }
  float_keeps_ = float_keeps_ && value && keeps_digits(text, *value);
  if (!value || is_padded_number(text)) candidates_ &= ~(kNumberBit | kInt64Bit);
}

void CsvTypeGuess::look_at(const CsvField& field, const CsvDialect& dialect) {
  if ((any_ && candidates_ == 0) || is_null_field(field, dialect, /*is_text=*/false)) return;
  const std::string_view text = field.view();
  if (!any_) candidates_ = kAllBits;
  any_ = true;
  any_digit_ |= std::any_of(text.begin(), text.end(), is_digit);
  const auto drop_unless = [&](uint32_t bit, auto&& holds) {
    if ((candidates_ & bit) != 0 && !holds()) candidates_ &= ~bit;
  };
  drop_unless(kBoolBit, [&] { return parse_guessed_bool(text).has_value(); });
  drop_unless(kInt64Bit, [&] { return parse_int64(text).has_value(); });
  if ((candidates_ & kNumberBit) != 0) look_at_digits(text, dialect);
  drop_unless(kDateBit, [&] { return parse_csv_date(text, dialect).has_value(); });
  const bool formatted =
      !dialect.date_format.empty() || !dialect.timestamp_format.empty();  // else each date is a timestamp
  if (formatted || (candidates_ & kDateBit) == 0)
    drop_unless(kTimestampBit, [&] { return is_timestamp(text, dialect); });
  drop_unless(kTimeBit, [&] { return parse_time(text).has_value(); });
}

bool CsvTypeGuess::is_timestamp(std::string_view text, const CsvDialect& dialect) {
  if (!dialect.timestamp_format.empty()) return parse_csv_timestamp(text, dialect).has_value();
  zone_ |= text.ends_with('Z') || !parse_timestamp(text).has_value();
  return parse_timestamp_tz(text).has_value();
}

Type CsvTypeGuess::number() const {
  const bool whole = plain_ && !point_;
  if (float_keeps_ && !whole) return kFloat64;
  if (!plain_ || digits_before_ + digits_behind_ > kDecimalDigitsMax) return kUtf8;
  return decimal(kDecimalDigitsMax, static_cast<uint8_t>(digits_behind_));
}

Type CsvTypeGuess::type() const {
  if (!any_) return kUtf8;
  if ((candidates_ & kBoolBit) != 0) return kBool;
  if ((candidates_ & kInt64Bit) != 0) return kInt64;
  if ((candidates_ & kNumberBit) != 0) return any_digit_ ? number() : kUtf8;
  if ((candidates_ & kDateBit) != 0) return kDate;
  if ((candidates_ & kTimestampBit) != 0) return zone_ ? kTimestampTz : kTimestamp;
  return (candidates_ & kTimeBit) != 0 ? kTime : kUtf8;
}

}  // namespace headrace
