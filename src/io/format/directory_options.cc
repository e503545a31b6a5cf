// Options of COPY … TO for a directory of files. See io/format/partitioned_writer.h.
#include <fmt/format.h>

#include "io/format/csv_dialect.h"
#include "io/format/partitioned_writer.h"

namespace headrace {
namespace {

Status assign_mode(const std::string& name, const std::string& value, DirectoryOptions& parsed) {
  const OutputMode mode = name == "append"      ? OutputMode::kAppend
                          : name == "overwrite" ? OutputMode::kReplaceAll
                                                : OutputMode::kReplaceFiles;
  TRY(given, parse_option_bool(name, value));
  if (!given) return kDone;
  if (parsed.mode != OutputMode::kNew)
    return Error{ErrorCode::kInvalidPlan, "COPY takes one of overwrite_or_ignore, overwrite and append", "", ""};
  parsed.mode = mode;
  return kDone;
}

// False: the option is the format's.
Result<bool> assign(const std::string& name, const std::string& value, DirectoryOptions& parsed, bool& directory) {
  if (name == "overwrite" || name == "overwrite_or_ignore" || name == "append") {
    TRY_STATUS(assign_mode(name, value, parsed));
  } else if (name == "partition_by") {
    parsed.partition_by = parse_option_names(value);
    directory = true;
  } else if (name == "write_partition_columns") {
    TRY(given, parse_option_bool(name, value));
    parsed.writes_partition_columns = given;
  } else if (name == "file_size_bytes") {
    const auto bytes = parse_option_bytes(value);
    if (!bytes) return bad_write_option("copy", name, "a size such as 256MiB", value);
    parsed.file_bytes_max = *bytes;
    directory = true;
  } else if (name == "partitioned_write_max_open_files") {
    const auto count = parse_option_count(value);
    if (!count) return bad_write_option("copy", name, "a number of files", value);
    parsed.open_files_max = *count;
  } else if (name == "filename_pattern") {
    if (value.empty() || value.find('/') != std::string::npos || value.front() == '.')
      return bad_write_option("copy", name, "a file's name such as part_{i}", value);
    parsed.pattern = value;
  } else if (name == "file_extension") {
    if (value.empty() || value.find('/') != std::string::npos)
      return bad_write_option("copy", name, "an ending such as parquet", value);
    parsed.extension = value;
  } else if (name == "per_thread_output") {
    TRY(given, parse_option_bool(name, value));
    if (given)
      return Error{ErrorCode::kUnsupported, "COPY does not write a file for each thread", "",
                   "FILE_SIZE_BYTES writes several files, whose rows stay in order"};
  } else {
    return false;
  }
  return true;
}

}  // namespace

Result<std::optional<DirectoryOptions>> take_directory_options(Options& options) {
  DirectoryOptions parsed;
  bool directory = false;
  std::string alone;  // an option that only a directory has
  Options left;
  for (auto& [name, value] : options) {
    TRY(taken, assign(name, value, parsed, directory));
    const bool also_of_files = name.starts_with("overwrite") || name == "per_thread_output" || name == "use_tmp_file";
    if (taken && !also_of_files) alone = name;
    if (!taken) left.emplace_back(std::move(name), std::move(value));
  }
  options = std::move(left);
  if (directory) {
    if (parsed.pattern.empty()) parsed.pattern = parsed.mode == OutputMode::kAppend ? "data_{uuid}" : "data_{i}";
    if (parsed.pattern.find("{i}") == std::string::npos && parsed.pattern.find("{uuid}") == std::string::npos)
      parsed.pattern += parsed.mode == OutputMode::kAppend ? "{uuid}" : "{i}";
    if (parsed.mode == OutputMode::kAppend && parsed.pattern.find("{uuid}") == std::string::npos)
      parsed.pattern += "_{uuid}";
    return std::optional(parsed);
  }
  if (!alone.empty())
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("option '{}' is for several files, and COPY writes one here", alone), "",
                 "give PARTITION_BY or FILE_SIZE_BYTES"};
  return std::optional<DirectoryOptions>();
}

}  // namespace headrace
