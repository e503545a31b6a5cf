// Functions of texts a second time, on vectors of code points. Regular expressions are those of the C++ library: the cases keep to
// what both syntaxes mean. Digests, Jaro's measures and percent signs of addresses are not said twice; unit tests hold them
// against published values.
#include <algorithm>
#include <regex>
#include <set>

#include "reference/code_points.h"
#include "reference/definitions.h"

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;
using Points = std::vector<std::string>;

std::string joined(const Points& points, size_t from, size_t to) {
  std::string text;
  for (size_t i = from; i < std::min(to, points.size()); ++i) text += points[i];
  return text;
}
std::string joined(const Points& points) { return joined(points, 0, points.size()); }

// An integer argument, no larger than any text.
int64_t count_of(const Datum& value) {
  const BigInteger limit(int64_t{1} << 40);
  const BigInteger& number = value.integer();
  if (limit < number) return int64_t{1} << 40;
  return number < -limit ? -(int64_t{1} << 40) : number.to_int64();
}

Datum side(const Term& call, const Arguments& a) {
  const Points points = code_points(a[0].text());
  const auto size = static_cast<int64_t>(points.size());
  const int64_t count = count_of(a[1]);
  const int64_t kept = std::clamp<int64_t>(count >= 0 ? count : size + count, 0, size);
  if (call.function == "left") return {joined(points, 0, static_cast<size_t>(kept))};
  return {joined(points, static_cast<size_t>(size - kept), points.size())};
}

Datum trim(const Term& call, const Arguments& a) {
  Points points = code_points(a[0].text());
  const Points gone =
      a.size() > 1 ? code_points(a[1].text())
                   : Points{" ",      "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005",
                            "\u2006", "\u2007", "\u2008", "\u2009", "\u200A", "\u202F", "\u205F", "\u3000"};
  const auto goes = [&](const std::string& point) { return std::find(gone.begin(), gone.end(), point) != gone.end(); };
  if (call.function != "rtrim")
    while (!points.empty() && goes(points.front())) points.erase(points.begin());
  if (call.function != "ltrim")
    while (!points.empty() && goes(points.back())) points.pop_back();
  return {joined(points)};
}

Datum pad(const Term& call, const Arguments& a) {
  const Points points = code_points(a[0].text()), filling = code_points(a[2].text());
  const int64_t count = std::max<int64_t>(count_of(a[1]), 0);
  const auto size = static_cast<int64_t>(points.size());
  if (count <= size) return {joined(points, 0, static_cast<size_t>(count))};
  if (filling.empty()) return fault(Fault::kBadArgument);
  std::string added;
  for (int64_t i = 0; i < count - size; ++i) added += filling[static_cast<size_t>(i) % filling.size()];
  return {call.function == "lpad" ? added + joined(points) : joined(points) + added};
}

Datum replace(const Term&, const Arguments& a) {
  const std::string &text = a[0].text(), &from = a[1].text(), &to = a[2].text();
  if (from.empty()) return a[0];
  std::string result;
  for (size_t at = 0; at < text.size();) {
    const bool found = text.compare(at, from.size(), from) == 0;
    result += found ? to : text.substr(at, 1);
    at += found ? from.size() : 1;
  }
  return {result};
}

Datum translate(const Term&, const Arguments& a) {
  const Points from = code_points(a[1].text()), to = code_points(a[2].text());
  std::string result;
  for (const std::string& point : code_points(a[0].text())) {
    const auto at = static_cast<size_t>(std::find(from.begin(), from.end(), point) - from.begin());
    if (at == from.size()) result += point;
    if (at < from.size() && at < to.size()) result += to[at];
  }
  return {result};
}

Datum split_part(const Term&, const Arguments& a) {
  const std::string &text = a[0].text(), &separator = a[1].text();
  Points pieces;
  if (separator.empty()) {
    pieces = code_points(text);
  } else {
    size_t begin = 0;
    for (size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
      pieces.push_back(text.substr(begin, at - begin));
      begin = at + separator.size();
    }
    pieces.push_back(text.substr(begin));
  }
  const int64_t index = count_of(a[2]);
  const int64_t at = index > 0 ? index - 1 : static_cast<int64_t>(pieces.size()) + index;
  if (index == 0 || at < 0 || at >= static_cast<int64_t>(pieces.size())) return {std::string()};
  return {pieces[static_cast<size_t>(at)]};
}

Datum reverse(const Term&, const Arguments& a) {
  Points points = code_points(a[0].text());
  std::reverse(points.begin(), points.end());
  return {joined(points)};
}

Datum repeat(const Term&, const Arguments& a) {
  std::string result;
  for (int64_t i = 0; i < count_of(a[1]); ++i) result += a[0].text();
  return {result};
}

Datum overlay(const Term&, const Arguments& a) {
  const Points points = code_points(a[0].text());
  const auto from = static_cast<size_t>(std::max<int64_t>(count_of(a[2]) - 1, 0));
  const auto count = static_cast<size_t>(std::max<int64_t>(count_of(a[3]), 0));
  return {joined(points, 0, from) + a[1].text() + joined(points, from + count, points.size())};
}

Datum found_in(const Term& call, const Arguments& a) {
  const std::string &text = a[0].text(), &part = a[1].text();
  if (call.function == "ends_with") return {text.ends_with(part)};
  const size_t at = text.find(part);
  if (call.function == "contains") return {at != std::string::npos};
  if (at == std::string::npos) return {BigInteger(0)};
  return {BigInteger(static_cast<int64_t>(code_points(text.substr(0, at)).size()) + 1)};
}

Datum size_of(const Term& call, const Arguments& a) {
  const auto bytes = static_cast<int64_t>(a[0].text().size());
  return {BigInteger(call.function == "strlen" ? bytes : 8 * bytes)};
}

// The definition by recursion over the last code points, kept in a table.
Datum levenshtein(const Term&, const Arguments& a) {
  const Points left = code_points(a[0].text()), right = code_points(a[1].text());
  std::vector<std::vector<int64_t>> table(left.size() + 1, std::vector<int64_t>(right.size() + 1));
  for (size_t i = 0; i <= left.size(); ++i)
    for (size_t j = 0; j <= right.size(); ++j) {
      if (i == 0 || j == 0) {
        table[i][j] = static_cast<int64_t>(i + j);
        continue;
      }
      const int64_t same = left[i - 1] == right[j - 1] ? 0 : 1;
      table[i][j] = std::min({table[i - 1][j - 1] + same, table[i - 1][j] + 1, table[i][j - 1] + 1});
    }
  return {BigInteger(table[left.size()][right.size()])};
}

Datum hamming(const Term&, const Arguments& a) {
  const Points left = code_points(a[0].text()), right = code_points(a[1].text());
  if (left.size() != right.size()) return fault(Fault::kBadArgument);
  int64_t different = 0;
  for (size_t i = 0; i < left.size(); ++i) different += left[i] != right[i] ? 1 : 0;
  return {BigInteger(different)};
}

Datum jaccard(const Term&, const Arguments& a) {
  const Points left = code_points(a[0].text()), right = code_points(a[1].text());
  if (left.empty() || right.empty()) return fault(Fault::kBadArgument);
  const std::set<std::string> first(left.begin(), left.end()), second(right.begin(), right.end());
  std::set<std::string> either = first;
  either.insert(second.begin(), second.end());
  const auto both = static_cast<double>(first.size() + second.size() - either.size());
  return {both / static_cast<double>(either.size())};
}

Datum first_code(const Term& call, const Arguments& a) {
  const Points points = code_points(a[0].text());
  if (points.empty()) return {BigInteger(call.function == "ascii" ? 0 : -1)};
  return {BigInteger(static_cast<int64_t>(decode(points[0])))};
}

Datum character(const Term&, const Arguments& a) {
  const int64_t code = a[0].integer().to_int64();
  if (code < 0 || code >= 0x110000 || (code >= 0xD800 && code < 0xE000)) return fault(Fault::kBadArgument);
  return {encode(static_cast<uint32_t>(code))};
}

std::string digits_of(BigInteger value, int64_t radix) {
  std::string digits;
  do {
    const auto [quotient, digit] = BigInteger::divide(value, BigInteger(radix));
    digits.insert(digits.begin(), "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[digit.to_int64()]);
    value = quotient;
  } while (!value.is_zero());
  return digits;
}

Datum digits(const Term& call, const Arguments& a) {
  const int64_t radix = call.function == "hex" ? 16 : 2;
  if (call.arguments[0].type == kUtf8) {
    std::string result;
    for (const char byte : a[0].text()) {
      const std::string one = digits_of(BigInteger(int64_t{static_cast<uint8_t>(byte)}), radix);
      result += std::string((radix == 16 ? 2 : 8) - one.size(), '0') + one;
    }
    return {result};
  }
  const BigInteger& value = a[0].integer();
  return {digits_of(value.is_negative() ? value + BigInteger(1).shifted_left(64) : value, radix)};
}

Datum in_base(const Term&, const Arguments& a) {
  const BigInteger& value = a[0].integer();
  const int64_t radix = count_of(a[1]), least = a.size() > 2 ? count_of(a[2]) : 0;
  if (value.is_negative() || radix < 2 || radix > 36 || least < 0 || least > 64) return fault(Fault::kBadArgument);
  const std::string text = digits_of(value, radix);
  return {std::string(static_cast<size_t>(std::max<int64_t>(least - static_cast<int64_t>(text.size()), 0)), '0') +
          text};
}

// Expects options of i and g only, as the cases give them.
Datum regexp(const Term& call, const Arguments& a) {
  const size_t options_at = call.function == "regexp_matches" || call.function == "regexp_full_match" ? 2 : 3;
  const std::string options = a.size() > options_at ? a[options_at].text() : "";
  auto flags = std::regex::ECMAScript;
  if (options.find('i') != std::string::npos) flags |= std::regex::icase;
  const std::regex expression(a[1].text(), flags);
  std::smatch match;
  const std::string& text = a[0].text();
  if (call.function == "regexp_full_match") return {std::regex_match(text, expression)};
  const bool found = std::regex_search(text, match, expression);
  if (call.function == "regexp_matches") return {found};
  if (call.function == "regexp_extract") {
    const int64_t group = a.size() > 2 ? count_of(a[2]) : 0;
    if (group < 0 || group > 9) return fault(Fault::kBadArgument);
    return {found && group < static_cast<int64_t>(match.size()) ? match[static_cast<size_t>(group)].str()
                                                                : std::string()};
  }
  std::string replacement;
  for (const char byte : a[2].text()) replacement += byte == '\\' ? '$' : byte;
  const auto which = options.find('g') != std::string::npos ? std::regex_constants::format_default
                                                            : std::regex_constants::format_first_only;
  return {std::regex_replace(text, expression, replacement, which)};
}

const std::vector<Definition>& list() {
  static const std::vector<Definition> definitions = {
      {"left", {kUtf8, kInt64}, kUtf8, side},
      {"right", {kUtf8, kInt64}, kUtf8, side},
      {"trim", {kUtf8}, kUtf8, trim},
      {"trim", {kUtf8, kUtf8}, kUtf8, trim},
      {"ltrim", {kUtf8}, kUtf8, trim},
      {"ltrim", {kUtf8, kUtf8}, kUtf8, trim},
      {"rtrim", {kUtf8}, kUtf8, trim},
      {"rtrim", {kUtf8, kUtf8}, kUtf8, trim},
      {"lpad", {kUtf8, kInt64, kUtf8}, kUtf8, pad},
      {"rpad", {kUtf8, kInt64, kUtf8}, kUtf8, pad},
      {"replace", {kUtf8, kUtf8, kUtf8}, kUtf8, replace},
      {"translate", {kUtf8, kUtf8, kUtf8}, kUtf8, translate},
      {"split_part", {kUtf8, kUtf8, kInt64}, kUtf8, split_part},
      {"reverse", {kUtf8}, kUtf8, reverse},
      {"repeat", {kUtf8, kInt64}, kUtf8, repeat},
      {"overlay", {kUtf8, kUtf8, kInt64, kInt64}, kUtf8, overlay},
      {"ends_with", {kUtf8, kUtf8}, kBool, found_in},
      {"contains", {kUtf8, kUtf8}, kBool, found_in},
      {"position", {kUtf8, kUtf8}, kInt64, found_in},
      {"strlen", {kUtf8}, kInt64, size_of},
      {"bit_length", {kUtf8}, kInt64, size_of},
      {"levenshtein", {kUtf8, kUtf8}, kInt64, levenshtein},
      {"hamming", {kUtf8, kUtf8}, kInt64, hamming},
      {"jaccard", {kUtf8, kUtf8}, kFloat64, jaccard},
      {"ascii", {kUtf8}, kInt32, first_code},
      {"unicode", {kUtf8}, kInt32, first_code},
      {"chr", {kInt32}, kUtf8, character},
      {"hex", {kUtf8}, kUtf8, digits},
      {"hex", {kInt64}, kUtf8, digits},
      {"bin", {kUtf8}, kUtf8, digits},
      {"bin", {kInt64}, kUtf8, digits},
      {"to_base", {kInt64, kInt64}, kUtf8, in_base},
      {"to_base", {kInt64, kInt64, kInt64}, kUtf8, in_base},
      {"regexp_matches", {kUtf8, kUtf8}, kBool, regexp},
      {"regexp_matches", {kUtf8, kUtf8, kUtf8}, kBool, regexp},
      {"regexp_full_match", {kUtf8, kUtf8}, kBool, regexp},
      {"regexp_extract", {kUtf8, kUtf8}, kUtf8, regexp},
      {"regexp_extract", {kUtf8, kUtf8, kInt32}, kUtf8, regexp},
      {"regexp_replace", {kUtf8, kUtf8, kUtf8}, kUtf8, regexp},
      {"regexp_replace", {kUtf8, kUtf8, kUtf8, kUtf8}, kUtf8, regexp},
  };
  return definitions;
}

}  // namespace

std::span<const Definition> text_definitions() { return list(); }

}  // namespace headrace::reference
