#include "io/format/csv_file.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/format/csv_blocks.h"
#include "io/format/csv_source.h"
#include "io/format/csv_values.h"
#include "types/utf8.h"

namespace headrace {
namespace {

std::string text_of(const CsvField& field, char quote) {
  return field.doubled ? undouble(field.view(), quote) : std::string(field.view());
}

// Names of the header, made unique and never empty.
std::vector<std::string> unique_names(std::vector<std::string> names) {
  std::set<std::string> taken;
  for (size_t index = 0; index < names.size(); ++index) {
    std::string base = names[index].empty() ? fmt::format("column{}", index) : names[index];
    std::string name = base;
    for (int suffix = 1; !taken.insert(name).second; ++suffix) name = fmt::format("{}_{}", base, suffix);
    names[index] = name;
  }
  return names;
}

// Skips a byte order mark; refuses UTF-16.
Status skip_byte_order_mark(CsvFile& file, std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) file.data_offset = 3;
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Error{ErrorCode::kBadInput, "expected UTF-8, found UTF-16", csv_place(file, 1),
                 "convert the file (iconv -f utf-16 -t utf-8)"};
  return kDone;
}

// Reads names from the first record and moves the data behind it.
Status read_header(CsvFile& file, std::string_view text) {
  std::vector<std::string> names;
  CsvRecords records(text, file.dialect, /*single_column=*/false);
  if (!records.begin_record())
    return Error{ErrorCode::kBadInput, "expected a CSV file, found only empty lines", csv_place(file, 1), ""};
  const uint64_t line = csv_line(text, 1, records.record());
  for (CsvField field; records.next_field(field);) {
    if (field.malformed) return malformed_quote(file, line);
    if (file.dialect.header && !is_utf8(field.view()))
      return Error{ErrorCode::kBadInput, "the header holds bytes that are not UTF-8", csv_place(file, line),
                   "convert the file to UTF-8"};
    names.push_back(file.dialect.header ? text_of(field, file.dialect.quote) : "");
  }
  for (std::string& name : unique_names(std::move(names))) file.schema.push_back({std::move(name), kUtf8, true});
  if (file.dialect.header) {
    file.data_offset += static_cast<uint64_t>(records.at() - text.data());
    file.data_line = csv_line(text, 1, records.at());
  }
  return kDone;
}

Status assign_types(CsvFile& file, const std::vector<CsvTypeGuess>& guesses) {
  for (size_t index = 0; index < guesses.size(); ++index) file.schema[index].type = guesses[index].type();
  for (const auto& [name, type] : file.dialect.types) {
    const auto found =
        std::find_if(file.schema.begin(), file.schema.end(), [&](const Column& column) { return column.name == name; });
    if (found != file.schema.end()) {
      found->type = type;
      continue;
    }
    std::vector<std::string> known;
    for (const Column& column : file.schema) known.push_back(column.name);
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("csv option 'types' names column '{}', which the file does not have", name), file.path,
                 did_you_mean(name, known)};
  }
  return kDone;
}

// Records that are wrong are reported when they are read, not here.
uint64_t look_at_sample(const CsvFile& file, std::string_view text, std::vector<CsvTypeGuess>& guesses) {
  uint64_t rows = 0;
  CsvRecords records(text, file.dialect, guesses.size() == 1);
  for (; records.begin_record(); ++rows) {
    CsvField field;
    for (size_t index = 0; records.next_field(field); ++index)
      if (index < guesses.size()) guesses[index].look_at(field, file.dialect);
  }
  return rows;
}

std::string_view first_line_of(std::string_view text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::string csv_place(const CsvFile& file, uint64_t line) { return fmt::format("{}:{}", file.path, line); }

uint64_t csv_line(std::string_view text, uint64_t first_line, const char* at) {
  return first_line + static_cast<uint64_t>(std::count(text.data(), at, '\n'));
}

Error wrong_field_count(const CsvFile& file, uint64_t line, uint64_t found) {
  const char* hint = found < file.schema.size() ? "is the line cut, or the separator another one?"
                                                : "does a field hold the separator without quotes?";
  return {ErrorCode::kBadInput, fmt::format("expected {} fields, found {}", file.schema.size(), found),
          csv_place(file, line), hint};
}

Error malformed_quote(const CsvFile& file, uint64_t line) {
  return {ErrorCode::kBadInput, fmt::format("text follows a closing {} inside a field", file.dialect.quote),
          csv_place(file, line), "double the quotes inside quoted fields, or set quote = '' if they do not quote"};
}

Result<std::shared_ptr<const CsvFile>> open_csv_file(World& world, MemoryBudget& budget, const std::string& path,
                                                     const Options& options) {
  auto file = std::make_shared<CsvFile>();
  file->path = path;
  TRY(dialect, parse_csv_dialect(options));
  file->dialect = dialect;
  TRY(bytes, world.open(path));
  file->bytes = std::move(bytes);
  CsvBlockReader reader(file->bytes, path, file->dialect, budget, 0, 1);
  CsvBlock sample;
  TRY(any, reader.next(kCsvSampleBytes, sample));
  if (!any) return Error{ErrorCode::kBadInput, "expected a CSV file, found an empty file", path, ""};
  TRY_STATUS(skip_byte_order_mark(*file, sample.text));
  std::string_view text = sample.text.substr(file->data_offset);
  if (const size_t end = text.find('\r'); end + 1 < text.size() && text.find('\n') == std::string_view::npos)
    return Error{ErrorCode::kBadInput, "the lines of the file end in a carriage return without a line feed",
                 csv_place(*file, 1), "convert it: tr '\\r' '\\n'"};
  if (!file->dialect.delimiter_given)
    file->dialect.delimiter = guess_delimiter(first_line_of(text), file->dialect.quote);
  TRY_STATUS(read_header(*file, text));
  std::vector<CsvTypeGuess> guesses(file->schema.size());
  const uint64_t rows = look_at_sample(*file, sample.text.substr(file->data_offset), guesses);
  if (reader.at_end()) file->rows = rows;
  TRY_STATUS(assign_types(*file, guesses));
  return std::shared_ptr<const CsvFile>(file);
}

}  // namespace headrace
