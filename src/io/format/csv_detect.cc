#include "io/format/csv_detect.h"

#include <algorithm>
#include <map>
#include <vector>

#include "io/format/csv_line_ends.h"
#include "io/format/csv_records.h"
#include "io/format/csv_source.h"

namespace headrace {
namespace {

constexpr size_t kRecordsMax = 1'024;
constexpr size_t kSkippedMax = 64;
constexpr double kMuchBetter = 0.1;  // of the records fit more

// How the records of a sample fit together in a dialect.
struct Fit {
  uint64_t records = 0, fitting = 0;  // that have most records' number of fields, and quotes in their places
  uint32_t columns = 0;
  uint64_t skipped_lines = 0;  // in front of the records
  bool any_quoted = false;     // fields
  double share() const { return records == 0 ? 0 : static_cast<double>(fitting) / static_cast<double>(records); }
  bool all() const { return fitting == records; }
};

struct Record {
  uint32_t fields;
  bool sound;  // quotes are in their places
  bool quoted;  // some field is
  const char* begin;
};

std::vector<Record> read_records(std::string_view text, bool whole, const CsvDialect& dialect) {
  std::vector<Record> found;
  CsvRecords records(text, dialect, /*single_column=*/false);
  while (found.size() < kRecordsMax && records.begin_record()) {
    Record record{0, true, false, records.record()};
    for (CsvField field; records.next_field(field); ++record.fields) {
      record.sound = record.sound && !field.malformed && !field.unclosed;
      record.quoted = record.quoted || field.quoted;
    }
    const bool cut_off = !whole && records.at() == text.data() + text.size();
    if (!cut_off || found.empty()) found.push_back(record);
  }
  return found;
}

Fit fit_of(std::string_view text, bool whole, const CsvDialect& dialect) {
  const std::vector<Record> records = read_records(text, whole, dialect);
  std::map<uint32_t, uint64_t> counts;
  for (const Record& record : records) counts[record.fields] += record.sound ? 1 : 0;
  Fit fit{.records = records.size(), .any_quoted = std::ranges::any_of(records, &Record::quoted)};
  for (const auto& [fields, count] : counts)
    if (count >= fit.fitting) {
      fit.columns = fields;
      fit.fitting = count;
    }
  if (dialect.skip_given || dialect.null_padding || fit.columns == 1) return fit;
  // Titles and notes: lines of one field, behind which all records fit, and more of them.
  const auto first = std::ranges::find_if(records, [&](const Record& record) { return record.fields > 1; });
  const auto titles = static_cast<uint64_t>(first - records.begin());
  if (titles == 0 || titles > kSkippedMax || titles + fit.fitting != records.size() || fit.fitting <= titles)
    return fit;
  fit.records -= titles;
  fit.skipped_lines =
      static_cast<uint64_t>(std::ranges::count(text.substr(0, static_cast<size_t>(first->begin - text.data())), '\n'));
  return fit;
}

std::string_view first_line_of(std::string_view text, char comment) {
  constexpr std::string_view kEnds = "\r\n";
  while (comment != '\0' && text.starts_with(comment) && text.find_first_of(kEnds) != std::string_view::npos)
    text.remove_prefix(text.find_first_of(kEnds) + 1);
  return text.substr(0, text.find_first_of(kEnds));
}

std::string_view behind_lines(std::string_view text, uint64_t lines) {
  for (; lines > 0 && !text.empty(); --lines) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text;
}

// What may hold, the likeliest first.
std::vector<CsvDialect> candidates_of(const CsvDialect& dialect) {
  std::vector<CsvDialect> candidates{dialect};
  const auto also = [&](bool given, char CsvDialect::* member, std::string_view others) {
    const size_t count = given ? 0 : candidates.size();
    for (const char other : others)
      for (size_t i = 0; i < count; ++i)
        if (candidates[i].*member != other) {
          candidates.push_back(candidates[i]);
          candidates.back().*member = other;
        }
  };
  also(dialect.escape_given, &CsvDialect::escape, "\\");
  also(dialect.quote_given, &CsvDialect::quote, "'");
  also(dialect.comment_given, &CsvDialect::comment, "#");
  also(dialect.delimiter_given, &CsvDialect::delimiter, ",\t;|");
  std::erase_if(candidates, [](const CsvDialect& one) {
    return one.escape != '\0' && (one.quote == '\0' || one.escape == one.quote || one.escape == one.delimiter);
  });
  return candidates;
}

// Whether it says more of the sample than what was best until now.
bool is_better(const CsvDialect& dialect, const Fit& fit, const CsvDialect& usual, const Fit& best) {
  const bool another_separator = dialect.delimiter != usual.delimiter && best.columns > 1;
  if (fit.columns < 2 || fit.fitting < 2 || (dialect.quote != usual.quote && !fit.any_quoted)) return false;
  return (fit.all() && !best.all() && !another_separator) ||
         fit.share() >= best.share() + (another_separator ? 3 * kMuchBetter : kMuchBetter);
}

}  // namespace

void set_usual_delimiter(std::string_view text, CsvDialect& dialect) {
  if (!dialect.delimiter_given)
    dialect.delimiter = guess_delimiter(first_line_of(text, dialect.comment), dialect.quote);
}

void detect_csv_dialect(std::string_view text, bool whole, CsvDialect& dialect) {
  if (text.size() > kCsvDetectBytes) {
    text = text.substr(0, kCsvDetectBytes);
    whole = false;
  }
  text = behind_lines(text, dialect.skip_lines);
  set_usual_delimiter(text, dialect);
  const CsvDialect usual = dialect;
  Fit best = fit_of(text, whole, usual);
  for (const CsvDialect& candidate : candidates_of(usual)) {
    if (best.all()) break;
    const Fit fit = fit_of(text, whole, candidate);
    if (!is_better(candidate, fit, usual, best)) continue;
    best = fit;
    dialect = candidate;
  }
  if (!dialect.skip_given) dialect.skip_lines = best.skipped_lines;
}

bool lone_returns_end_records(std::string_view text, bool whole, const CsvDialect& given) {
  if (text.find('\r') == std::string_view::npos) return false;
  CsvDialect dialect = given;
  set_usual_delimiter(text, dialect);
  std::string changed(text.substr(0, kCsvDetectBytes));
  set_line_feeds(changed, CsvMarks(dialect));
  const std::string_view before = text.substr(0, changed.size());
  if (changed == before) return false;
  if (before.find('\n') == std::string_view::npos) return true;
  const auto fit = [&](std::string_view begin) {
    CsvDialect one = dialect;
    detect_csv_dialect(begin, whole && begin.size() == text.size(), one);
    return fit_of(begin, whole && begin.size() == text.size(), one);
  };
  const Fit kept = fit(before), with = fit(changed);
  return with.all() && with.columns > 1 && !kept.all();
}

}  // namespace headrace
