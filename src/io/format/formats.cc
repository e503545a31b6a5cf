#include "io/format/formats.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/connector/connectors.h"
#include "io/format/arrow_stream.h"
#include "io/format/csv_sniff.h"
#include "io/format/csv_source.h"
#include "io/format/json_source.h"
#include "io/format/parquet_source.h"

namespace headrace {
namespace {

using Opened = Result<std::shared_ptr<const ScannableTable>>;

Status refuse_options(const FileRef& file, std::string_view format) {
  for (const auto& [name, value] : file.options)
    if (name != "format")
      return Error{ErrorCode::kInvalidPlan, fmt::format("{} has no option '{}'", format, name), file.path, ""};
  return kDone;
}

Opened open_parquet_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable*) {
  TRY_STATUS(refuse_options(file, "parquet"));
  return open_parquet(context.world, context.budget, file.path, context.footers);
}
Opened open_arrow_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable*) {
  TRY_STATUS(refuse_options(file, "arrow"));
  return open_arrow(context.world, context.budget, file.path);
}
Opened open_csv_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable*) {
  return open_csv(context.world, context.budget, file.path, file.options);
}
Opened open_csv_sniff_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable*) {
  return sniff_csv(context.world, context.budget, file.path, file.options);
}

Opened open_json_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable* like) {
  return open_json(context.world, context.budget, file.path, file.options, like);
}
// A value a line, whatever the file looks like.
Opened open_ndjson_file_ref(const OpenContext& context, const FileRef& file, const ScannableTable* like) {
  Options options = file.options;
  if (std::ranges::none_of(options, [](const auto& option) { return option.first == "format"; }))
    options.emplace_back("format", "newline_delimited");
  return open_json(context.world, context.budget, file.path, options, like);
}

constexpr std::array<std::string_view, 2> kParquetEndings = {".parquet", ".pq"};
constexpr std::array<std::string_view, 20> kCsvEndings = {".csv",     ".tsv",     ".tbl",     ".txt",     ".csv.gz",
                                                          ".tsv.gz",  ".tbl.gz",  ".txt.gz",  ".csv.zst", ".tsv.zst",
                                                          ".tbl.zst", ".txt.zst", ".csv.bz2", ".tsv.bz2", ".tbl.bz2",
                                                          ".txt.bz2", ".csv.xz",  ".tsv.xz",  ".tbl.xz",  ".txt.xz"};
constexpr std::array<std::string_view, 4> kArrowEndings = {".arrow", ".arrows", ".ipc", ".feather"};

constexpr std::array<std::string_view, 15> kJsonEndings = {
    ".json",       ".jsonl",    ".ndjson",    ".json.gz",    ".jsonl.gz", ".ndjson.gz", ".json.zst", ".jsonl.zst",
    ".ndjson.zst", ".json.bz2", ".jsonl.bz2", ".ndjson.bz2", ".json.xz",  ".jsonl.xz",  ".ndjson.xz"};

constexpr std::array<ReadFormat, 6> kFormats = {{
    {"parquet", kParquetEndings, open_parquet_file_ref},
    {"csv", kCsvEndings, open_csv_file_ref},
    {"arrow", kArrowEndings, open_arrow_file_ref},
    {"json", kJsonEndings, open_json_file_ref},
    {"ndjson", {}, open_ndjson_file_ref},
    {"csv_sniff", {}, open_csv_sniff_file_ref},
}};

bool ends_with_any_case(std::string_view path, std::string_view ending) {
  return path.size() >= ending.size() &&
         std::equal(ending.begin(), ending.end(), path.end() - static_cast<ptrdiff_t>(ending.size()),
                    [](char want, char have) { return want == (have >= 'A' && have <= 'Z' ? have + 32 : have); });
}

}  // namespace

std::span<const ReadFormat> read_formats() { return kFormats; }

Result<const ReadFormat*> find_read_format(const FileRef& file) {
  const std::string_view path = is_url(file.path) ? url_without_query(file.path) : std::string_view(file.path);
  std::vector<std::string_view> names;
  for (const ReadFormat& format : kFormats) {
    names.push_back(format.name);
    if (format.name == file.format) return &format;
    if (!file.format.empty()) continue;
    for (const std::string_view ending : format.endings)
      if (ends_with_any_case(path, ending)) return &format;
  }
  if (file.format.empty())
    return Error{ErrorCode::kUnsupported, "the name's ending does not say what format the file has", file.path,
                 "name it: read_parquet('…'), read_csv('…'), read_json('…') or read_arrow('…')"};
  const std::string nearest = did_you_mean(file.format, std::span<const std::string_view>(names));
  return Error{ErrorCode::kUnsupported, fmt::format("files of format '{}' are not read", file.format), file.path,
               nearest.empty() ? fmt::format("formats: {}", fmt::join(names, ", ")) : nearest};
}

}  // namespace headrace
