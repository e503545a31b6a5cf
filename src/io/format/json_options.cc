#include "io/format/json_options.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "io/format/option_text.h"
#include "kernel/date/format.h"

namespace headrace {
namespace {

constexpr auto kOptionNames = std::to_array<std::string_view>({"auto_detect",
                                                               "columns",
                                                               "compression",
                                                               "date_format",
                                                               "dateformat",
                                                               "dtypes",
                                                               "field_appearance_threshold",
                                                               "filename",
                                                               "format",
                                                               "ignore_errors",
                                                               "map_inference_threshold",
                                                               "maximum_depth",
                                                               "maximum_object_size",
                                                               "on_error",
                                                               "records",
                                                               "rejects",
                                                               "sample_size",
                                                               "schema",
                                                               "timestamp_format",
                                                               "timestampformat",
                                                               "types",
                                                               "union_by_name",
                                                               "validate"});
constexpr uint64_t kRecordBytesMax = uint64_t{1} << 30;
constexpr uint32_t kDepthMax = 32;  // of types that text can name

Error bad_option(std::string_view name, std::string_view expected, std::string_view found, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, fmt::format("json option '{}' expects {}, found \"{}\"", name, expected, found), "",
          std::move(hint)};
}

Error unknown_option(const std::string& name) {
  const std::string nearest = did_you_mean(name, kOptionNames);
  return {ErrorCode::kInvalidPlan, fmt::format("json has no option '{}'", name), "",
          nearest.empty() ? fmt::format("options: {}", fmt::join(kOptionNames, ", ")) : nearest};
}

Status assign_format(JsonOptions& options, const std::string& value) {
  constexpr std::pair<std::string_view, JsonFormat> kFormats[] = {
      {"auto", JsonFormat::kAuto},   {"newline_delimited", JsonFormat::kLines}, {"nd", JsonFormat::kLines},
      {"array", JsonFormat::kArray}, {"unstructured", JsonFormat::kValues},     {"json", JsonFormat::kAuto},
      {"ndjson", JsonFormat::kLines}};
  const std::string word = lower_word(value);
  const auto* found =
      std::find_if(std::begin(kFormats), std::end(kFormats), [&](const auto& format) { return format.first == word; });
  if (found == std::end(kFormats)) return bad_option("format", "auto, newline_delimited, array or unstructured", value);
  options.format = found->second;
  return kDone;
}

// A later one of the same name counts.
Status assign_columns(JsonOptions& options, const std::string& name, const std::string& value) {
  const auto parts = parse_option_struct(value);
  if (!parts || parts->empty()) return bad_option(name, "{'column': 'type', ...}", value);
  for (const auto& [column, text] : *parts) {
    TRY(shape, parse_json_shape(text));
    options.columns.emplace_back(column, shape);
  }
  options.all_columns |= name == "columns" || name == "schema";
  return kDone;
}

template <class Number>
Status assign_number(Number& to, const std::string& name, const std::string& value, Number least, Number most) {
  Number read{};
  const auto end = std::from_chars(value.data(), value.data() + value.size(), read);
  if (end.ec != std::errc() || end.ptr != value.data() + value.size() || !(read >= least && read <= most))
    return bad_option(name, fmt::format("a number from {} to {}", least, most), value);
  to = read;
  return kDone;
}

Status assign_time_format(std::string& to, const std::string& name, const std::string& value) {
  if (lower_word(value) == "iso" || lower_word(value) == "auto") return kDone;
  if (const std::string why = kernel::time_format_error(value); !why.empty())
    return bad_option(name, "a format such as %d.%m.%Y", value, why);
  to = value;
  return kDone;
}

// What is guessed, and from how much. False: none of these.
Result<bool> assign_guess(JsonOptions& options, const std::string& name, const std::string& value) {
  const bool unbounded = value == "-1";
  if (name == "sample_size") {
    options.sample_given = true;
    if (unbounded)
      options.sample_records = UINT64_MAX;
    else
      TRY_STATUS(assign_number<uint64_t>(options.sample_records, name, value, 1, UINT64_MAX));
  } else if (name == "maximum_depth") {
    if (!unbounded) TRY_STATUS(assign_number<uint32_t>(options.depth_max, name, value, 0, kDepthMax));
  } else if (name == "field_appearance_threshold") {
    TRY_STATUS(assign_number<double>(options.field_appearance, name, value, 0, 1));
  } else if (name == "map_inference_threshold") {
    if (unbounded)
      options.map_keys = UINT64_MAX;
    else
      TRY_STATUS(assign_number<uint64_t>(options.map_keys, name, value, 0, UINT64_MAX));
  } else {
    return false;
  }
  return true;
}

Status assign(JsonOptions& options, const std::string& name, const std::string& value) {
  if (name == "format") return assign_format(options, value);
  if (name == "columns" || name == "schema" || name == "types" || name == "dtypes")
    return assign_columns(options, name, value);
  if (name == "dateformat" || name == "date_format")
    return assign_time_format(options.formats.date_format, name, value);
  if (name == "timestampformat" || name == "timestamp_format")
    return assign_time_format(options.formats.timestamp_format, name, value);
  if (name == "maximum_object_size")
    return assign_number<uint64_t>(options.record_bytes_max, name, value, 2, kRecordBytesMax);
  if (name == "records") {
    if (lower_word(value) == "auto") return kDone;
    const Result<bool> records = parse_option_bool(name, value);
    if (!records.ok()) return bad_option(name, "auto, true or false", value);
    options.records = records.value();
  } else if (name == "compression") {
    constexpr std::array<std::string_view, 7> kNames = {"auto", "auto_detect", "none", "gzip", "zstd", "bzip2", "xz"};
    options.compression = lower_word(value);
    if (std::find(kNames.begin(), kNames.end(), options.compression) == kNames.end())
      return bad_option(name, "auto, none, gzip, zstd, bzip2 or xz", value);
    if (options.compression == "auto_detect") options.compression = "auto";
  } else if (name == "auto_detect") {
    const Result<bool> detect = parse_option_bool(name, value);
    if (!detect.ok() || (!detect.value() && !options.all_columns))
      return bad_option(name, "true, or columns = {...} in front of it", value, "what is given is not detected");
  } else {
    TRY(known, assign_guess(options, name, value));
    if (!known) return unknown_option(name);
  }
  return kDone;
}

}  // namespace

Result<JsonOptions> parse_json_options(const Options& options) {
  JsonOptions result;
  for (const auto& [name, value] : options) TRY_STATUS(assign(result, lower_word(name), value));
  return result;
}

}  // namespace headrace
