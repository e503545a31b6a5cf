#include "io/format/csv_file.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/decompressed_file.h"
#include "io/format/csv_blocks.h"
#include "io/format/csv_detect.h"
#include "io/format/csv_line_ends.h"
#include "io/format/csv_source.h"
#include "io/format/csv_type_guess.h"
#include "io/format/csv_values.h"
#include "io/format/option_text.h"
#include "io/front_to_back.h"
#include "io/replayed_file.h"
#include "io/unique_names.h"
#include "types/utf8.h"

namespace headrace {
namespace {

std::string text_of(const CsvField& field, const CsvDialect& dialect) {
  return field.doubled ? undouble(field.view(), dialect) : std::string(field.view());
}

// Names of the header, made unique and never empty.
std::vector<std::string> unique_names(std::vector<std::string> names) {
  UniqueNames taken(UniqueNames::Case::kTells);
  for (size_t index = 0; index < names.size(); ++index)
    names[index] = taken.take(names[index].empty() ? fmt::format("column{}", index) : std::move(names[index]));
  return names;
}

// Skips a byte order mark; refuses UTF-16.
Status skip_byte_order_mark(CsvFile& file, std::string_view text) {
  const std::string_view compression = compression_of_bytes(text);
  if (!compression.empty() && file.compression.empty())
    return Error{ErrorCode::kBadInput, "expected CSV, found compressed bytes", file.path,
                 fmt::format("give compression = '{}'", compression)};
  if (text.starts_with("\xEF\xBB\xBF")) file.data_offset = 3;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Error{ErrorCode::kBadInput, "expected UTF-8, found UTF-16", csv_place(file, 1), "give encoding = 'utf-16'"};
  return kDone;
}

// Past the lines that the option skip leaves out.
Status skip_lines(CsvFile& file, std::string_view text) {
  for (uint64_t line = 0; line < file.dialect.skip_lines; ++line) {
    const size_t end = text.find('\n', file.data_offset);
    if (end == std::string_view::npos)
      return Error{ErrorCode::kBadInput,
                   fmt::format("skip leaves out {} lines, and the file begins with {}", file.dialect.skip_lines, line),
                   file.path, "the first 2 MiB must reach past them"};
    file.data_offset = end + 1;
    ++file.data_line;
  }
  return kDone;
}

struct FirstRecord {
  std::vector<CsvField> fields;
  const char* begin;
  const char* end;
};

Error too_many_columns(const CsvFile& file, uint64_t found) {
  return {ErrorCode::kLimit,
          fmt::format("expected at most {} columns, found {} fields in the first record", kCsvColumnsMax, found),
          csv_place(file, file.data_line), "is the separator another one, or does a line feed end no record?"};
}

Result<FirstRecord> read_first_record(const CsvFile& file, std::string_view text) {
  FirstRecord first;
  CsvRecords records(text, file.dialect, /*single_column=*/false);
  if (!records.begin_record())
    return Error{ErrorCode::kBadInput, "expected a CSV file, found only empty lines", csv_place(file, file.data_line),
                 ""};
  first.begin = records.record();
  uint64_t found = 0;
  for (CsvField field; records.next_field(field); ++found) {
    if (field.malformed) return malformed_quote(file, csv_line(text, file.data_line, records.record()));
    if (found < kCsvColumnsMax) first.fields.push_back(field);
  }
  if (found > kCsvColumnsMax) return too_many_columns(file, found);
  first.end = records.at();
  return first;
}

// `rows_max` of them at most; how many there were. Records that are wrong are reported when they are read, not here.
uint64_t look_at_sample(const CsvFile& file, std::string_view text, uint64_t rows_max,
                        std::vector<CsvTypeGuess>& guesses) {
  uint64_t rows = 0;
  CsvRecords records(text, file.dialect, guesses.size() == 1);
  for (; rows < rows_max && records.begin_record(); ++rows) {
    CsvField field;
    for (size_t index = 0; records.next_field(field); ++index)
      if (index < guesses.size()) guesses[index].look_at(field, file.dialect);
  }
  return rows;
}

// The first record is a header when it is no row of the columns below it: when a field does not fit the type that they have,
// or stands above nulls alone; when all of it is null; and when every column is text and none of nulls alone, where nothing
// tells. A single record is data when a field of it is not text.
bool looks_like_header(const CsvFile& file, const FirstRecord& first, const std::vector<CsvTypeGuess>& below,
                       uint64_t rows_below) {
  bool all_text = true, all_null = true;
  for (size_t index = 0; index < below.size(); ++index) {
    const CsvField& field = first.fields[index];
    CsvTypeGuess with = below[index];
    with.look_at(field, file.dialect);
    const bool null = is_null_field(field, file.dialect, /*is_text=*/false);
    all_null &= null;
    all_text &= (rows_below == 0 ? with : below[index]).type() == kUtf8 && !(null && !below[index].any());
    if (rows_below == 0 || null) continue;
    // A number more may turn floats into decimals that keep its digits.
    const bool digits = below[index].type() == kFloat64 && is_decimal(with.type());
    const bool zone = below[index].type() == kTimestamp && with.type() == kTimestampTz;
    if (!below[index].any() || (with.type().id != below[index].type().id && !digits && !zone)) return true;
  }
  return all_text || all_null;
}

// Whether each column that a type is declared for is named by the first record.
bool names_declared_columns(const CsvFile& file, const FirstRecord& first) {
  const CsvDialect::Types& types = file.dialect.types.empty() ? file.dialect.guessed_types : file.dialect.types;
  if (types.empty()) return false;
  std::unordered_set<std::string> texts;
  for (const CsvField& field : first.fields) texts.insert(text_of(field, file.dialect));
  return std::ranges::all_of(types, [&](const auto& declared) { return texts.contains(declared.first); });
}

// Names from the header or column0, column1, …; those of the option `names` go before both.
Status name_columns(CsvFile& file, const FirstRecord& first, bool header) {
  std::vector<std::string> names;
  for (const CsvField& field : first.fields) {
    if (header && !is_utf8(field.view()))
      return Error{ErrorCode::kBadInput, "the header holds bytes that are not UTF-8", csv_place(file, file.data_line),
                   "convert the file to UTF-8"};
    names.push_back(header ? text_of(field, file.dialect) : "");
  }
  const std::vector<std::string>& given = file.dialect.names;
  const std::unordered_set<std::string_view> known(names.begin(), names.end());
  const bool by_name = std::ranges::all_of(given, [&](const std::string& name) { return known.contains(name); });
  if (given.size() > names.size())
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("the options name {} columns, but the file has {}", given.size(), names.size()), file.path,
                 ""};
  if (!by_name) std::copy(given.begin(), given.end(), names.begin());
  for (std::string& name : unique_names(std::move(names))) file.schema.push_back({std::move(name), kUtf8, true});
  return kDone;
}

Error unknown_typed_column(const CsvFile& file, const std::string& name) {
  std::vector<std::string> known;
  for (const Column& column : file.schema) known.push_back(column.name);
  const std::string nearest = did_you_mean(name, known);
  return {ErrorCode::kInvalidPlan,
          fmt::format("csv option 'types' names column '{}', which the file does not have", name), file.path,
          nearest.empty() ? "header = true or false says whether the first line holds names" : nearest};
}

Status assign_types(CsvFile& file, const std::vector<CsvTypeGuess>& guesses) {
  const bool text = file.dialect.all_text;
  for (size_t index = 0; index < guesses.size(); ++index) {
    file.schema[index].type = text ? kUtf8 : guesses[index].type();
    file.columns.push_back({file.schema[index].name, file.schema[index].type, true});
  }
  std::unordered_map<std::string_view, size_t> place;
  for (size_t index = 0; index < file.schema.size(); ++index) place.emplace(file.schema[index].name, index);
  for (const std::string& name : file.dialect.never_null) {
    const auto found = place.find(name);
    if (found == place.end())
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("csv option 'force_not_null' names column '{}', which the file does not have", name),
                   file.path, ""};
    file.columns[found->second].never_null = true;
  }
  for (const auto* types : {&file.dialect.guessed_types, &file.dialect.types})
    for (const auto& [name, type] : *types) {
      const auto found = place.find(name);
      if (found == place.end()) return unknown_typed_column(file, name);
      file.schema[found->second].type = type;
      file.columns[found->second].type = type;
      file.columns[found->second].guessed = types == &file.dialect.guessed_types;
    }
  return kDone;
}

// What the file begins with, and whether that is all of it.
struct FileBegin {
  std::string text;
  bool whole;
};

Result<FileBegin> read_begin(const CsvFile& file) {
  FileBegin begin{std::string(kCsvDetectBytes, '\0'), false};
  TRY(got, file.bytes->read_at(0, {begin.text.data(), begin.text.size()}));
  begin.whole = got < begin.text.size();
  begin.text.resize(got);
  return begin;
}

// Whether the file is nothing but line ends, and perhaps a byte order mark.
Result<bool> is_blank(const CsvFile& file) {
  TRY(begin, read_begin(file));
  if (!begin.whole) return false;
  std::string_view rest = begin.text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  return rest.find_first_not_of("\r\n") == rest.npos;
}

// Separator, quotes and all else of the dialect that no option gave.
Status detect_dialect(CsvFile& file, MemoryBudget& budget) {
  TRY(begin, read_begin(file));
  if (begin.text.empty()) return Error{ErrorCode::kBadInput, "expected a CSV file, found an empty file", file.path, ""};
  TRY_STATUS(skip_byte_order_mark(file, begin.text));
  std::optional<bool>& lone_returns = file.dialect.lone_returns;
  if (!lone_returns.has_value())
    lone_returns =
        lone_returns_end_records(std::string_view(begin.text).substr(file.data_offset), begin.whole, file.dialect);
  const std::string_view text = std::string_view(begin.text).substr(file.data_offset);
  if (*lone_returns) {
    set_usual_delimiter(text, file.dialect);
    set_line_feeds(begin.text, CsvMarks(file.dialect));
  }
  detect_csv_dialect(text, begin.whole, file.dialect);
  file.bytes = text_of_file(file, budget);
  return kDone;
}

// Header, names and types from what the file begins with, `text`, and, where that is not yet the sample that was asked for, from what
// `reader` gives next.
Status look_at(CsvFile& file, std::string_view text, CsvBlockReader& reader) {
  TRY(first, read_first_record(file, text));
  std::vector<CsvTypeGuess> guesses(first.fields.size());
  const std::string_view below = text.substr(static_cast<size_t>(first.end - text.data()));
  // Nothing is left to be guessed where all is declared; of a small file it is worth knowing how many rows it has.
  const bool declared = file.dialect.header.has_value() &&
                        std::max(file.dialect.types.size(), file.dialect.guessed_types.size()) >= first.fields.size();
  const uint64_t wanted = declared && !reader.at_end() ? 0 : file.dialect.sample_records.value_or(UINT64_MAX);
  uint64_t rows = look_at_sample(file, below, wanted, guesses);
  bool whole = reader.at_end();
  for (CsvText more; file.dialect.sample_records.has_value() && !whole && rows < wanted; whole = reader.at_end()) {
    TRY(any, reader.next(kCsvSampleBytes, more));
    if (!any) break;
    rows += look_at_sample(file, more.text, wanted - rows, guesses);
  }
  whole = whole && rows < wanted;
  const bool header = file.dialect.header.value_or(names_declared_columns(file, first) ||
                                                   looks_like_header(file, first, guesses, rows));
  TRY_STATUS(name_columns(file, first, header));
  file.has_header = header;
  file.returns_end_lines = std::string_view(first.begin, first.end).ends_with("\r\n");
  const char* const data = header ? first.end : first.begin;  // empty lines in front of it are no records
  file.data_line = csv_line(text, file.data_line, data);
  file.data_offset += static_cast<uint64_t>(data - text.data());
  if (!header) {
    ++rows;
    for (size_t index = 0; index < guesses.size(); ++index) guesses[index].look_at(first.fields[index], file.dialect);
  }
  const std::string_view records = text.substr(static_cast<size_t>(data - text.data()));
  const bool no_record = rows == 0 && records.find_first_not_of("\r\n") == records.npos;
  if (whole && (file.bad_rows.policy == BadRowPolicy::kFail || no_record)) file.rows = rows;
  return assign_types(file, guesses);
}

}  // namespace

std::shared_ptr<ReadableFile> text_of_file(const CsvFile& file, MemoryBudget& budget) {
  auto bytes =
      file.compression.empty() ? file.stored : decompressed_file(file.stored, file.path, file.compression, budget);
  if (file.dialect.encoding != TextEncoding::kUtf8)
    bytes = transcoded_file(std::move(bytes), file.path, file.dialect.encoding);
  return file.dialect.lone_returns.value_or(false) ? csv_with_line_feeds(std::move(bytes), CsvMarks(file.dialect))
                                                   : bytes;
}

std::string csv_place(const CsvFile& file, uint64_t line) { return fmt::format("{}:{}", file.path, line); }

uint64_t csv_line(std::string_view text, uint64_t first_line, const char* at) {
  const auto end = text.begin() + (at - text.data());
  return first_line + static_cast<uint64_t>(std::count(text.begin(), end, '\n'));
}

namespace {

// The dialect in which a record does not fit, where it was found and not given.
std::string detected_text(const CsvFile& file) {
  const CsvDialect& dialect = file.dialect;
  if (dialect.delimiter_given && dialect.quote_given) return "";
  const auto character = [](char c) { return quoted_option(c == '\0' ? "" : std::string_view(&c, 1)); };
  std::string text = fmt::format("; detected: delim = {}, quote = {}, header = {}", character(dialect.delimiter),
                                 character(dialect.quote), file.has_header);
  if (dialect.escape != '\0') text += fmt::format(", escape = {}", character(dialect.escape));
  if (dialect.comment != '\0') text += fmt::format(", comment = {}", character(dialect.comment));
  if (dialect.skip_lines > 0) text += fmt::format(", skip = {}", dialect.skip_lines);
  return text;
}

}  // namespace

Error wrong_field_count(const CsvFile& file, uint64_t line, uint64_t found) {
  const char* hint = found < file.schema.size() ? "is the line cut, or the separator another one?"
                                                : "does a field hold the separator without quotes?";
  return {ErrorCode::kBadInput, fmt::format("expected {} fields, found {}", file.schema.size(), found),
          csv_place(file, line), hint + detected_text(file)};
}

Error malformed_quote(const CsvFile& file, uint64_t line) {
  return {ErrorCode::kBadInput, fmt::format("text follows a closing {} inside a field", file.dialect.quote),
          csv_place(file, line), "double the quotes inside quoted fields, or set quote = '' if they do not quote"};
}

Error unclosed_quote(const CsvFile& file, uint64_t line) {
  return {ErrorCode::kBadInput,
          "a quoted field of the record that begins here is not closed before the end of the file",
          csv_place(file, line),
          fmt::format("close the field with {}, or set quote = '' if it does not quote", file.dialect.quote)};
}

Result<uint64_t> csv_line_at(const CsvFile& file, uint64_t offset) {
  uint64_t line = file.data_line;
  std::string text(kCsvBlockBytes, '\0');
  for (uint64_t at = file.data_offset; at < offset;) {
    TRY(got, file.bytes->read_at(at, {text.data(), std::min<uint64_t>(text.size(), offset - at)}));
    if (got == 0) break;
    line += static_cast<uint64_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(got), '\n'));
    at += got;
  }
  return line;
}

Result<std::shared_ptr<const CsvFile>> open_csv_file(World& world, MemoryBudget& budget, const std::string& path,
                                                     const Options& options) {
  auto file = std::make_shared<CsvFile>();
  file->path = path;
  Options others = options;
  TRY(bad_rows, take_bad_row_options(others, "csv"));
  file->bad_rows = std::move(bad_rows);
  TRY(dialect, parse_csv_dialect(others));
  file->dialect = dialect;
  if (dialect.all_quoted || !dialect.forced_quotes.empty())
    return Error{ErrorCode::kInvalidPlan, "csv option 'force_quote' is for writing", path, ""};
  const std::string stored_path = path == "-" ? "/dev/stdin" : path;
  TRY(stored, world.open(stored_path));
  const std::shared_ptr<ReadableFile> opened = std::move(stored);
  file->stored = beginning_of(opened, budget);
  file->is_pipe = world.kind(stored_path) == FileKind::kOther;
  if (file->is_pipe) file->stored = replayed_file(file->stored, path, budget);
  file->compression = compression_of(path, dialect.compression);
  file->bytes = text_of_file(*file, budget);
  if (dialect.may_be_blank) {
    TRY(blank, is_blank(*file));
    if (blank) {
      file->rows = 0;
      return std::shared_ptr<const CsvFile>(file);
    }
  }
  TRY_STATUS(detect_dialect(*file, budget));
  const auto buffers = std::make_shared<CsvBuffers>(budget);
  CsvBlockReader reader(file->bytes, path, file->dialect, *buffers, 0, 1);
  CsvText sample;
  TRY(any, reader.next(kCsvSampleBytes, sample));
  if (!any) return Error{ErrorCode::kBadInput, "expected a CSV file, found an empty file", path, ""};
  TRY_STATUS(skip_lines(*file, sample.text));
  const std::string_view text = sample.text.substr(file->data_offset);
  TRY_STATUS(look_at(*file, text, reader));
  if (!file->is_pipe) {
    file->stored = opened;
    file->bytes = text_of_file(*file, budget);
  }
  return std::shared_ptr<const CsvFile>(file);
}

}  // namespace headrace
