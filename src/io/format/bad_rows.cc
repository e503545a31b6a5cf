#include "io/format/bad_rows.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/path_text.h"
#include "expr/lexer.h"
#include "io/format/csv_dialect.h"
#include "io/format/ndjson_writer.h"
#include "types/utf8.h"

namespace headrace {
namespace {

constexpr size_t kFlushBytes = size_t{256} << 10;
constexpr uint64_t kReservedBytes = uint64_t{64} << 10;  // asked for at a time

constexpr std::array<std::pair<std::string_view, BadRowPolicy>, 4> kPolicies = {{{"fail", BadRowPolicy::kFail},
                                                                                 {"null", BadRowPolicy::kNull},
                                                                                 {"skip", BadRowPolicy::kSkip},
                                                                                 {"reject", BadRowPolicy::kReject}}};

Error bad_option(std::string_view format, std::string_view name, std::string_view expected, std::string_view found) {
  return {ErrorCode::kInvalidPlan,
          fmt::format("{} option '{}' expects {}, found \"{}\"", format, name, expected, found), "", ""};
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t at = 0; at < bytes.size(); at += 3) {
    uint32_t three = 0;
    const size_t left = std::min<size_t>(3, bytes.size() - at);
    for (size_t i = 0; i < 3; ++i) three = three << 8 | (i < left ? static_cast<unsigned char>(bytes[at + i]) : 0u);
    for (size_t i = 0; i < 4; ++i) text += i <= left ? kDigits[three >> (18 - 6 * i) & 63] : '=';
  }
  return text;
}

void append_csv_field(std::string_view text, std::string& out) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

struct Reject {
  std::string_view path;
  uint64_t position, line;
  std::string_view column, reason, expected, raw;
};

void append_csv(const Reject& reject, std::string& out) {
  append_csv_field(reject.path, out);
  fmt::format_to(std::back_inserter(out), ",{},{},", reject.position, reject.line);
  for (const std::string_view text : {reject.column, reject.reason, reject.expected}) {
    append_csv_field(text, out);
    out += ',';
  }
  append_csv_field(reject.raw, out);
  out += '\n';
}

void append_ndjson(const Reject& reject, std::string& out) {
  out += "{\"file\":";
  append_json_string(reject.path, out);
  fmt::format_to(std::back_inserter(out), ",\"position\":{},\"line\":{},\"column\":", reject.position, reject.line);
  if (reject.column.empty())
    out += "null";
  else
    append_json_string(reject.column, out);
  out += ",\"reason\":";
  append_json_string(reject.reason, out);
  out += ",\"expected\":";
  append_json_string(reject.expected, out);
  if (is_utf8(reject.raw)) {
    out += ",\"raw\":";
    append_json_string(reject.raw, out);
  } else {
    out += ",\"raw_base64\":\"" + base64(reject.raw) + '"';
  }
  out += "}\n";
}

Result<bool> take_policy(BadRowOptions& taken, std::string_view format, const std::string& value) {
  for (const auto& [name, policy] : kPolicies)
    if (equal_words(value, name)) {
      taken.policy = policy;
      return true;
    }
  return bad_option(format, "on_error", "fail, null, skip or reject", value);
}

}  // namespace

Result<BadRowOptions> take_bad_row_options(Options& options, std::string_view format) {
  BadRowOptions taken;
  Options others;
  bool given = false;
  for (auto& [name, value] : options) {
    if (equal_words(name, "on_error")) {
      TRY(known, take_policy(taken, format, value));
      given = known;
    } else if (equal_words(name, "ignore_errors")) {
      TRY(ignore, parse_option_bool(name, value));
      if (!ignore) continue;
      if (given && taken.policy != BadRowPolicy::kSkip)
        return bad_option(format, name, "no other on_error than skip beside it", value);
      taken.policy = BadRowPolicy::kSkip;
      given = true;
    } else if (equal_words(name, "rejects")) {
      if (value.empty()) return bad_option(format, name, "the path of a file", value);
      taken.rejects_path = value;
    } else if (equal_words(name, "validate")) {
      taken.all_columns = equal_words(value, "declared");
      if (!taken.all_columns && !equal_words(value, "referenced"))
        return bad_option(format, name, "referenced or declared", value);
    } else {
      others.emplace_back(std::move(name), std::move(value));
    }
  }
  options = std::move(others);
  if (!taken.rejects_path.empty() && !given) taken.policy = BadRowPolicy::kReject;
  if (taken.rejects_path.empty() == (taken.policy == BadRowPolicy::kReject))
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("{} options on_error = 'reject' and rejects = 'path' belong together", format), "",
                 "rejects = 'rejects.ndjson' alone rejects; on_error = 'skip' counts without keeping"};
  return taken;
}

std::string rejects_path_of(const BadRowOptions& options, World& world) {
  const std::string& path = options.rejects_path;
  if (path.empty()) return path;
  const auto directory = world.real_path(directory_of(path));
  return directory.ok() ? directory.value() + "/" + name_of(path) : path;
}

Result<std::shared_ptr<BadRows>> BadRows::make(BadRowOptions options, World& world, MemoryBudget& budget,
                                               OutputGroup* group) {
  std::shared_ptr<BadRows> rows(new BadRows(std::move(options), budget));
  if (!rows->keeps()) return rows;
  const std::string& path = rows->options_.rejects_path;
  TRY(output, group != nullptr ? group->file_of_rejects(path) : make_atomic_file(world, path));
  const std::lock_guard lock(rows->mutex_);
  rows->output_ = std::move(output);
  rows->csv_ = rows->options_.rejects_path.ends_with(".csv");
  if (rows->csv_) rows->text_ = "file,position,line,column,reason,expected,raw\n";
  return rows;
}

BadRows::~BadRows() {
  if (output_ != nullptr) output_->abandon();
}

uint32_t BadRows::begin_file(std::string path, uint64_t first_line) {
  const std::lock_guard lock(mutex_);
  files_.push_back({std::move(path), first_line, 0, UINT64_MAX, {}});
  return static_cast<uint32_t>(files_.size() - 1);
}

Status BadRows::end_file(uint32_t file, uint64_t morsels) {
  if (!keeps()) return kDone;
  const std::lock_guard lock(mutex_);
  CHECK(files_[file].morsels == UINT64_MAX || files_[file].morsels == morsels);
  files_[file].morsels = morsels;
  return write_what_is_next();
}

bool BadRows::is_done(uint32_t file, uint64_t morsel) const {
  const std::lock_guard lock(mutex_);
  const File& of = files_[file];
  return morsel < of.next || of.waiting.contains(morsel);
}

Status BadRows::finish(uint32_t file, uint64_t morsel, Kept kept) {
  const std::lock_guard lock(mutex_);
  CHECK(files_[file].waiting.emplace(morsel, std::move(kept)).second);
  return write_what_is_next();
}

Status BadRows::write_what_is_next() {
  for (; next_file_ < files_.size(); ++next_file_) {
    File& file = files_[next_file_];
    for (auto at = file.waiting.begin(); at != file.waiting.end() && at->first == file.next; ++file.next) {
      append(file, at->second);
      file.line += at->second.lines;
      at = file.waiting.erase(at);
      TRY_STATUS(flush(kFlushBytes));
    }
    if (file.next != file.morsels) return kDone;
  }
  return kDone;
}

void BadRows::append(const File& file, const Kept& kept) {
  std::string_view texts = kept.texts;
  const auto take = [&texts](uint32_t bytes) {
    const std::string_view text = texts.substr(0, bytes);
    texts.remove_prefix(bytes);
    return text;
  };
  for (const Kept::Record& record : kept.records) {
    Reject reject{file.path, record.position, file.line + record.line, {}, {}, {}, {}};
    reject.column = take(record.column_bytes);
    reject.reason = take(record.reason_bytes);
    reject.expected = take(record.expected_bytes);
    reject.raw = take(record.raw_bytes);
    (csv_ ? append_csv : append_ndjson)(reject, text_);
  }
}

Status BadRows::flush(uint64_t bytes_min) {
  if (text_.size() < bytes_min) return kDone;
  const Status status = output_->append(text_);
  text_.clear();
  return status;
}

Status BadRows::commit() {
  if (!keeps()) return kDone;
  const std::lock_guard lock(mutex_);
  for (const File& file : files_) CHECK(file.next == file.morsels);
  TRY_STATUS(flush(0));
  return output_->commit();
}

Status MorselBadRows::add(const BadRecord& record) {
  ++left_out_;
  if (!rows_->keeps()) return kDone;
  if (kept_.reservation == nullptr) kept_.reservation = std::make_unique<Reservation>(rows_->budget_, "rejects");
  const uint64_t bytes = record.column.size() + record.reason.size() + record.expected.size() + record.raw.size();
  const uint64_t needed = 2 * (kept_.texts.size() + bytes + (kept_.records.size() + 1) * sizeof(BadRows::Kept::Record));
  if (needed > kept_.reservation->bytes())
    TRY_STATUS(kept_.reservation->grow(std::max(kReservedBytes, needed - kept_.reservation->bytes())));
  kept_.records.push_back({record.position, record.line, static_cast<uint32_t>(record.column.size()),
                           static_cast<uint32_t>(record.reason.size()), static_cast<uint32_t>(record.expected.size()),
                           static_cast<uint32_t>(record.raw.size())});
  for (const std::string_view text : {record.column, record.reason, record.expected, record.raw}) kept_.texts += text;
  return kDone;
}

void MorselBadRows::count() {
  rows_->left_out_.fetch_add(std::exchange(left_out_, 0), std::memory_order_relaxed);
  rows_->nulled_.fetch_add(std::exchange(nulled_, 0), std::memory_order_relaxed);
}

Status MorselBadRows::finish(uint64_t lines) {
  count();
  if (!rows_->keeps()) return kDone;
  kept_.lines = lines;
  return rows_->finish(file_, morsel_, std::move(kept_));
}

MorselBadRows::~MorselBadRows() {
  if (!rows_->keeps()) count();
}

}  // namespace headrace
