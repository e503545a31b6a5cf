#include "io/format/csv_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "base/nearest_name.h"
#include "io/decompressed_file.h"
#include "io/format/csv_dialect.h"
#include "io/format/text_rows.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

bool same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool splits_fields(std::string_view text, const CsvDialect& dialect) {
  for (const char c : text)
    if (c == dialect.delimiter || c == '\n' || c == '\r' || (c == dialect.quote && c != '\0')) return true;
  return false;
}

Error unwritable(std::string_view text, const std::string& column, const CsvDialect& dialect, std::string where) {
  const bool null = dialect.is_null(text);
  return {ErrorCode::kBadInput,
          fmt::format("column '{}' holds {}, which without quotes cannot be told apart from {}", column,
                      quoted_text(text, '\''), null ? "a null" : "several fields"),
          std::move(where), null ? "give another nullstr, or a quote" : "give a quote, or another delimiter"};
}

Status check_forced_quotes(const CsvDialect& dialect, const WriteRequest& request) {
  std::vector<std::string> known;
  for (const Column& column : request.schema) known.push_back(column.name);
  for (const std::string& name : dialect.forced_quotes)
    if (std::none_of(known.begin(), known.end(), [&](const std::string& one) { return same_name(one, name); }))
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("csv option 'force_quote' names column '{}', which is not written", name), request.path,
                   did_you_mean(name, known)};
  if (dialect.quote == '\0' && (dialect.all_quoted || !dialect.forced_quotes.empty()))
    return Error{ErrorCode::kInvalidPlan, "csv option 'force_quote' needs a quote", request.path, ""};
  return kDone;
}

class CsvFormat final : public TextFormat {
 public:
  CsvFormat(const Schema& schema, CsvDialect dialect) : dialect_(std::move(dialect)) {
    for (int i = 0; i < 256; ++i) {
      const char c = static_cast<char>(i);
      special_[i] = c == dialect_.delimiter || c == '\n' || c == '\r' || (c == dialect_.quote && c != '\0');
    }
    for (const Column& column : schema) {
      names_.push_back(column.name);
      forced_.push_back(dialect_.all_quoted ||
                        std::any_of(dialect_.forced_quotes.begin(), dialect_.forced_quotes.end(),
                                    [&](const std::string& name) { return same_name(name, column.name); }));
    }
  }

  std::string header() const override {
    std::string line;
    if (!dialect_.header.value_or(true)) return line;
    for (size_t i = 0; i < names_.size(); ++i) {
      if (i > 0) line += dialect_.delimiter;
      if (!append_text(names_[i], forced_[i], line)) line += names_[i];
    }
    return line + '\n';
  }

  Status append_row(const Batch& batch, uint32_t row, std::string& scratch, std::string& out) const override {
    for (size_t column = 0; column < batch.columns.size(); ++column) {
      if (column > 0) out += dialect_.delimiter;
      const Vector& vector = batch.columns[column];
      if (!vector.is_valid(row)) {
        out += dialect_.nulls.front();
        continue;
      }
      std::string_view text;
      if (vector.type.id == TypeId::kUtf8) {
        text = vector.as<StringRef>()[vector.index_of(row)].view();
      } else {
        scratch.clear();
        append_display(vector, row, scratch);
        text = scratch;
      }
      if (!append_text(text, forced_[column], out)) return unwritable(text, names_[column], dialect_, "");
    }
    out += '\n';
    return kDone;
  }

 private:
  // False: it needs quotes, and the dialect has none.
  bool append_text(std::string_view text, bool forced, std::string& out) const {
    if (!forced && !needs_quotes(text)) {
      out += text;
      return true;
    }
    if (dialect_.quote == '\0') return false;
    const char escape = dialect_.escape == '\0' ? dialect_.quote : dialect_.escape;
    out += dialect_.quote;
    for (const char c : text) {
      if (c == dialect_.quote || c == escape) out += escape;
      out += c;
    }
    out += dialect_.quote;
    return true;
  }
  // Also what would read back as a null.
  bool needs_quotes(std::string_view text) const {
    if (text.empty() && dialect_.quote != '\0') return true;
    bool special = false;
    for (const char c : text) special |= special_[static_cast<unsigned char>(c)];
    return special || dialect_.is_null(text);
  }

  const CsvDialect dialect_;
  std::array<bool, 256> special_;  // by byte: a field that has it needs quotes
  std::vector<std::string> names_;
  std::vector<bool> forced_;  // by column: its values are quoted, whatever they are
};

Status check_options(const CsvDialect& dialect, const WriteRequest& request) {
  static constexpr std::string_view kForWriting[] = {"delim",       "sep",         "delimiter", "quote",
                                                     "escape",      "header",      "null",      "nullstr",
                                                     "compression", "force_quote", "encoding"};
  for (const auto& [name, value] : request.options)
    if (std::ranges::find(kForWriting, name) == std::end(kForWriting))
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("writing CSV expects options among {}, found '{}', which is for reading",
                               fmt::join(kForWriting, ", "), name),
                   request.path, "leave it out"};
  if (dialect.nulls.empty())
    return Error{ErrorCode::kInvalidPlan, "writing CSV expects one nullstr, found none", request.path, ""};
  if (dialect.encoding != TextEncoding::kUtf8)
    return Error{ErrorCode::kUnsupported, "CSV is written in UTF-8", request.path, "convert the file behind it"};
  return kDone;
}

}  // namespace

Result<std::unique_ptr<RowWriter>> make_csv_writer(const WriteRequest& request, OutputFiles files,
                                                   MemoryBudget& budget) {
  TRY(dialect, parse_csv_dialect(request.options));
  if (!dialect.delimiter_given && request.path.ends_with(".tsv")) dialect.delimiter = '\t';
  TRY_STATUS(check_options(dialect, request));
  if (!compression_of(request.path, dialect.compression).empty())
    return Error{ErrorCode::kUnsupported, "compressed CSV is read but not written", request.path,
                 "write a .csv and compress it, or a .parquet"};
  TRY_STATUS(check_forced_quotes(dialect, request));
  for (const Column& column : request.schema)
    if (dialect.header.value_or(true) && dialect.quote == '\0' && splits_fields(column.name, dialect))
      return unwritable(column.name, "header", dialect, request.path);
  return make_text_writer(std::make_unique<CsvFormat>(request.schema, std::move(dialect)), request.path,
                          std::move(files), budget);
}

}  // namespace headrace
