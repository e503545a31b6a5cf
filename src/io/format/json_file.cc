#include "io/format/json_file.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "io/decompressed_file.h"
#include "io/format/json_lines.h"
#include "io/format/json_type_guess.h"
#include "io/front_to_back.h"
#include "io/replayed_file.h"
#include "state/buffer.h"

namespace headrace {
namespace {

constexpr uint32_t kSampleKeysMax = 100'000;
constexpr uint64_t kSampleBytesMax = uint64_t{64} << 20;  // where nobody says how many records are looked at
constexpr uint64_t kFormatBytes = uint64_t{64} << 10;  // what the format is guessed from

// A byte order mark is skipped; UTF-16 and compressed bytes are refused.
Status look_at_begin(JsonFile& file, std::string_view text) {
  const std::string_view compression = compression_of_bytes(text);
  if (!compression.empty() && file.compression.empty())
    return Error{ErrorCode::kBadInput, "expected JSON, found compressed bytes", file.path,
                 fmt::format("give compression = '{}'", compression)};
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    return Error{ErrorCode::kBadInput, "expected UTF-8, found UTF-16", file.path + ":1",
                 "convert the file (iconv -f utf-16 -t utf-8)"};
  if (text.starts_with("\xEF\xBB\xBF")) file.cut.data_offset = 3;
  return kDone;
}

// What the sample says.
struct Sample {
  JsonTypeGuess guess;
  uint64_t records = 0;  // also those that are not well-formed
  bool is_all = false, all_well_formed = true;
  uint32_t keys_left = kSampleKeysMax;
};

// Records that are not well-formed are reported when they are read, not here.
void look_at_record(JsonRecordText& record, const JsonFile& file, JsonRoom& room, Sample& sample) {
  ++sample.records;
  const JsonPlace begin = record.cursor.place();
  if (record.flaw.expected != nullptr || !record.cursor.skip_value() || !record.cursor.at_end()) {
    sample.all_well_formed = false;
    return;
  }
  record.cursor.go_to(begin);
  JsonGuessing guessing{file.options, room, sample.keys_left};
  sample.guess.look_at(record.cursor, guessing, 0);
  sample.keys_left = guessing.keys_left;
}

Result<Sample> read_sample(const JsonFile& file, MemoryBudget& budget) {
  Sample sample;
  JsonIndex index(budget);
  JsonBlockReader reader(text_of_file(file, budget), file.cut, budget);
  uint64_t bytes_max = file.options.sample_given ? UINT64_MAX : kSampleBytesMax;
  if (file.is_pipe) bytes_max = std::min(bytes_max, kReplayedBytes / 2);  // what was looked at is read once more
  for (JsonBlock block; sample.records < file.options.sample_records && block.offset < bytes_max;) {
    const Result<bool> more = reader.next(block);
    // What is wrong is reported when it is read, once there is something to read.
    if (!more.ok() && (sample.records == 0 || more.error().code != ErrorCode::kBadInput)) return more.error();
    if (!more.ok()) break;
    if (!more.value()) {
      sample.is_all = true;
      break;
    }
    Reservation reservation(budget, "json reader");
    Arena arena(&reservation);
    JsonRoom room{&file.options.formats, &arena, {}, {}};
    JsonRecordTexts texts(index);
    texts.begin(block);
    for (JsonRecordText record; sample.records < file.options.sample_records;) {
      TRY(any, texts.next(record));
      if (!any) break;
      look_at_record(record, file, room, sample);
      texts.finish(record);
    }
  }
  return sample;
}

// The columns of a file that is being opened, found by their keys.
class ColumnList {
 public:
  explicit ColumnList(JsonFile& file) : file_(file) {}
  bool has(const std::string& key) const { return places_.contains(key); }
  // A key that is there takes the shape.
  void put(const std::string& key, JsonShape shape) {
    const auto [known, is_new] = places_.emplace(key, file_.keys.size());
    if (!is_new) {
      file_.shapes[known->second] = std::move(shape);
      return;
    }
    file_.keys.push_back(key);
    file_.shapes.push_back(std::move(shape));
  }

 private:
  JsonFile& file_;
  std::unordered_map<std::string, size_t> places_;
};

void name_columns(JsonFile& file) {
  const std::vector<std::string> names = json_names(file.keys);
  for (size_t column = 0; column < names.size(); ++column)
    file.schema.push_back({names[column], file.shapes[column].type, true});
}

Status guess_columns(JsonFile& file, MemoryBudget& budget, const JsonFile* like) {
  ColumnList columns(file);
  if (like != nullptr)
    for (size_t column = 0; column < like->keys.size(); ++column) columns.put(like->keys[column], like->shapes[column]);
  TRY(sample, read_sample(file, budget));
  if (sample.is_all && sample.all_well_formed) file.rows = sample.records;
  const JsonTypeGuess& guess = sample.guess;
  const bool objects = guess.only_objects() && guess.any() && !guess.is_map(file.options);
  const bool taken_apart =
      like != nullptr ? !like->whole : file.options.records.value_or(objects || !file.options.columns.empty());
  if (!taken_apart) {
    file.whole = true;
    // One column of the name `json` holds whole records.
    if (like == nullptr) columns.put("json", guess.shape(file.options));
  } else {
    for (size_t field = 0; field < guess.keys().size(); ++field)
      if (!columns.has(guess.keys()[field])) columns.put(guess.keys()[field], guess.field(field).shape(file.options));
  }
  for (const auto& [key, shape] : file.options.columns) {
    if (file.whole && key != "json")
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("json option 'types' names column '{}', but the records are no objects", key), file.path,
                   "their one column is 'json'"};
    columns.put(key, shape);
  }
  return kDone;
}

}  // namespace

std::shared_ptr<ReadableFile> text_of_file(const JsonFile& file, MemoryBudget& budget) {
  return file.compression.empty() ? file.stored : decompressed_file(file.stored, file.path, file.compression, budget);
}

Result<std::shared_ptr<const JsonFile>> open_json_file(World& world, MemoryBudget& budget, const std::string& path,
                                                       const JsonOptions& options, uint64_t block_bytes,
                                                       const JsonFile* like) {
  auto file = std::make_shared<JsonFile>();
  file->path = path;
  file->options = options;
  const std::string stored_path = path == "-" ? "/dev/stdin" : path;
  TRY(stored, world.open(stored_path));
  const std::shared_ptr<ReadableFile> opened = std::move(stored);
  file->stored = beginning_of(opened, budget);
  file->is_pipe = world.kind(stored_path) == FileKind::kOther;
  if (file->is_pipe) file->stored = replayed_file(file->stored, path, budget);
  file->compression = compression_of(path, options.compression);
  file->cut = {path, options.format, 0, block_bytes, options.record_bytes_max};
  std::string begin(kFormatBytes, '\0');
  TRY(got, text_of_file(*file, budget)->read_at(0, begin));
  const bool is_all = got < begin.size();
  begin.resize(got);
  TRY_STATUS(look_at_begin(*file, begin));
  if (options.format == JsonFormat::kAuto) {
    TRY(format, guess_json_format(std::string_view(begin).substr(file->cut.data_offset), is_all, budget));
    file->cut.format = format == JsonFormat::kAuto ? JsonFormat::kLines : format;
  }
  if (options.all_columns) {
    ColumnList columns(*file);
    for (const auto& [key, shape] : options.columns) columns.put(key, shape);
    file->whole = options.records == false;
    if (file->whole && file->keys.size() != 1)
      return Error{ErrorCode::kInvalidPlan, "json option 'columns' names more than one column for whole records", path,
                   "leave records = false out"};
  } else {
    TRY_STATUS(guess_columns(*file, budget, like));
  }
  name_columns(*file);
  if (!file->is_pipe) file->stored = opened;
  return std::shared_ptr<const JsonFile>(file);
}

}  // namespace headrace
