#include "io/format/writer.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/connector/connectors.h"
#include "io/format/arrow_writer.h"
#include "io/format/csv_writer.h"
#include "io/format/ndjson_writer.h"
#include "io/format/parquet_writer.h"
#include "io/format/partitioned_writer.h"
#include "io/unique_names.h"

namespace headrace {
namespace {

constexpr std::array<std::string_view, 2> kParquetEndings = {".parquet", ".pq"};
constexpr std::array<std::string_view, 5> kCsvEndings = {".csv", ".tsv", ".txt", ".csv.gz", ".csv.zst"};
constexpr std::array<std::string_view, 3> kNdjsonEndings = {".ndjson", ".jsonl", ".json"};
constexpr std::array<std::string_view, 2> kArrowEndings = {".arrow", ".feather"};
constexpr std::array<std::string_view, 2> kArrowStreamEndings = {".arrows", ".ipc"};

constexpr std::array<WriteFormat, 5> kFormats = {{
    {"parquet", kParquetEndings, make_parquet_writer},
    {"csv", kCsvEndings, make_csv_writer},
    {"ndjson", kNdjsonEndings, make_ndjson_writer},
    {"arrow", kArrowEndings, make_arrow_writer},
    {"arrow_stream", kArrowStreamEndings, make_arrow_stream_writer},
}};

Result<const WriteFormat*> find_format(const WriteRequest& request) {
  std::vector<std::string_view> names;
  for (const WriteFormat& format : kFormats) {
    names.push_back(format.name);
    if (format.name == request.format) return &format;
    if (!request.format.empty()) continue;
    for (const std::string_view ending : format.endings)
      if (request.path.ends_with(ending)) return &format;
  }
  if (request.format.empty())
    return Error{ErrorCode::kUnsupported, "the name's ending does not say what format to write", request.path,
                 fmt::format("give FORMAT, one of {}", fmt::join(names, ", "))};
  const std::string nearest = did_you_mean(request.format, std::span<const std::string_view>(names));
  return Error{ErrorCode::kUnsupported, fmt::format("format '{}' is not written", request.format), request.path,
               nearest.empty() ? fmt::format("formats: {}", fmt::join(names, ", ")) : nearest};
}

// A request with its parts apart.
struct Wanted {
  WriteRequest request;  // without options of a directory; columns' names are unique
  std::optional<DirectoryOptions> directory;
  const WriteFormat* format;
};

Result<Wanted> wanted_by(const WriteRequest& request) {
  if (is_url(request.path))
    return Error{ErrorCode::kUnsupported, "files behind URLs are read, not written", request.path,
                 "write a file on a disk, and upload it"};
  Wanted wanted{request, std::nullopt, nullptr};
  WriteRequest& unique = wanted.request;
  unique.schema = with_unique_names(request.schema);
  TRY(directory, take_directory_options(unique.options));
  if (directory && unique.format.empty() && unique.path.find('.', unique.path.rfind('/') + 1) == std::string::npos)
    return Error{ErrorCode::kUnsupported, "a directory's name does not say what format to write", request.path,
                 "give FORMAT parquet, csv, ndjson or arrow"};
  TRY(format, find_format(unique));
  wanted.directory = directory;
  wanted.format = format;
  return wanted;
}

Result<std::unique_ptr<RowWriter>> open_writer(const WriteRequest& request, OutputGroup* group, World& world,
                                               MemoryBudget& budget) {
  TRY(wanted, wanted_by(request));
  if (wanted.directory)
    return make_directory_writer(wanted.request, *wanted.format, *wanted.directory, group, world, budget);
  TRY(file, group != nullptr ? group->file(request.path) : make_atomic_file(world, request.path));
  return wanted.format->make(wanted.request, one_file(std::move(file)), budget);
}

}  // namespace

std::span<const WriteFormat> write_formats() { return kFormats; }

Result<std::unique_ptr<RowWriter>> make_writer(const WriteRequest& request, World& world, MemoryBudget& budget) {
  return open_writer(request, nullptr, world, budget);
}

Result<std::unique_ptr<RowWriter>> make_writer_in(OutputGroup& group, const WriteRequest& request, World& world,
                                                  MemoryBudget& budget) {
  return open_writer(request, &group, world, budget);
}

Status check_writer(const WriteRequest& request, MemoryBudget& budget) {
  TRY(wanted, wanted_by(request));
  if (wanted.directory) {
    TRY(schema, schema_of_partitions(wanted.request.schema, *wanted.directory));
    wanted.request.schema = std::move(schema);
  }
  const Output nowhere = [](std::string_view) -> Status { return kDone; };
  TRY(writer, wanted.format->make(wanted.request, one_file(make_callback_output(nowhere)), budget));
  writer->abandon();
  return kDone;
}

Result<std::unique_ptr<RowWriter>> make_stream_writer(const WriteRequest& request, Output output,
                                                      MemoryBudget& budget) {
  TRY(format, find_format(request));
  return format->make(request, one_file(make_callback_output(std::move(output))), budget);
}

}  // namespace headrace
