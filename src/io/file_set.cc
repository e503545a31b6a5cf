#include "io/file_set.h"

#include <algorithm>
#include <limits>
#include <mutex>

#include <fmt/format.h>

#include "base/check.h"
#include "io/format/bad_rows.h"
#include "io/format/csv_dialect.h"
#include "io/format/option_text.h"
#include "io/part_scan.h"
#include "plan/column_claims.h"

namespace headrace {
namespace {

class PartReader final : public MorselReader {
 public:
  PartReader(std::unique_ptr<MorselReader> reader, uint64_t first_morsel,
             std::shared_ptr<const std::vector<PartOutput>> outputs)
      : reader_(std::move(reader)), first_morsel_(first_morsel), outputs_(std::move(outputs)) {}

  uint64_t morsel() const override { return first_morsel_ + reader_->morsel(); }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    TRY(more, reader_->next(rows_max, read_));
    if (!more) return false;
    out.rows = read_.rows;
    out.morsel = first_morsel_ + read_.morsel;
    out.sequence = read_.sequence;
    out.columns.clear();
    for (const PartOutput& output : *outputs_)
      out.columns.push_back(output.kind == PartOutput::kColumn ? read_.columns[output.at] : output.constant);
    return true;
  }
  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    return reader_->decode_column((*outputs_)[column].at, selection, selected);
  }

 private:
  const std::unique_ptr<MorselReader> reader_;
  const uint64_t first_morsel_;
  const std::shared_ptr<const std::vector<PartOutput>> outputs_;
  Batch read_;
};

// Files one after the other; workers go on to the next one when nothing of one is left to claim.
class FileSetSource final : public Source {
 public:
  FileSetSource(std::shared_ptr<const FileParts> parts, ScanRequest request, QueryContext& context)
      : parts_(std::move(parts)),
        request_(std::move(request)),
        context_(context),
        skipped_(request_.pruning.size(), 0) {}

  Result<Claim> claim() override {
    const std::lock_guard lock(mutex_);
    for (;;) {
      if (!open_.empty() && !ended_) {
        const Open& open = open_.back();
        TRY(claim, open.source->claim());
        if (auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim)) {
          ++morsels_;
          return Claim(std::make_unique<PartReader>(std::move(*reader), open.first_morsel, open.outputs));
        }
        if (!std::holds_alternative<End>(claim)) return std::move(claim);
        ended_ = true;
      }
      if (next_part_ == parts_->size() || morsels_ > last_morsel_) return Claim(End{});
      TRY_STATUS(open_next());
    }
  }
  bool ordered() const override { return true; }
  bool end_behind(uint64_t morsel) override {
    const std::lock_guard lock(mutex_);
    last_morsel_ = std::min(last_morsel_, morsel);
    if (open_.empty() || open_.back().first_morsel > last_morsel_) return true;
    return ended_ || open_.back().source->end_behind(last_morsel_ - open_.back().first_morsel);
  }
  // Each file reads what was not claimed of it, so that all bad records are known.
  Status commit() override {
    const std::lock_guard lock(mutex_);
    if (!keeps_bad_rows()) return kDone;
    for (;;) {
      if (!open_.empty()) TRY_STATUS(open_.back().source->commit());
      if (next_part_ == parts_->size()) break;
      TRY_STATUS(open_next());
    }
    return request_.bad_rows->commit();
  }
  BadRowCounts bad_rows() const override {
    return request_.bad_rows == nullptr ? BadRowCounts{} : request_.bad_rows->counts();
  }
  ReadCounts reads() const override {
    const std::lock_guard lock(mutex_);
    ReadCounts all;
    for (const Open& open : open_) {
      const ReadCounts one = open.source->reads();
      all.bytes += one.bytes;
      all.requests += one.requests;
    }
    return all;
  }
  ScanReport scan_report() const override {
    const std::lock_guard lock(mutex_);
    ScanReport report;
    if (parts_->has_path_columns()) report.rungs.push_back({"files", next_part_, excluded_, 0, excluded_});
    for (const Open& open : open_) report.add(open.source->scan_report());
    add_path_predicates(*parts_, request_, skipped_, report);
    return report;
  }
  std::string locate(uint64_t morsel, uint64_t row) const override {
    const std::lock_guard lock(mutex_);
    const auto after = std::upper_bound(open_.begin(), open_.end(), morsel,
                                        [](uint64_t wanted, const Open& open) { return wanted < open.first_morsel; });
    CHECK(after != open_.begin());
    const Open& open = *std::prev(after);
    return open.source->locate(morsel - open.first_morsel, row);
  }

 private:
  struct Open {
    std::unique_ptr<Source> source;
    uint64_t first_morsel;
    std::shared_ptr<const std::vector<PartOutput>> outputs;
  };

  // All of them are read then, whatever rows pass.
  bool keeps_bad_rows() const { return request_.bad_rows != nullptr && request_.bad_rows->keeps(); }

  Status open_next() {
    const size_t at = next_part_++;
    if (!keeps_bad_rows() && path_excludes(*parts_, at, request_, skipped_)) {
      ++excluded_;
      return kDone;
    }
    TRY(part, parts_->get(at));
    if (part == nullptr) return kDone;
    PartScan scan = scan_of(*parts_, at, *part, request_);
    if (!keeps_bad_rows() && scan.excluded) return kDone;
    scan.request.bad_rows = request_.bad_rows;
    TRY(source, part->table->scan(scan.request, context_));
    open_.push_back(
        {std::move(source), morsels_, std::make_shared<const std::vector<PartOutput>>(std::move(scan.outputs))});
    ended_ = false;
    return kDone;
  }

  const std::shared_ptr<const FileParts> parts_;
  const ScanRequest request_;
  QueryContext& context_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<Open> open_;
  uint64_t excluded_ = 0;  // files that were not opened
  std::vector<uint64_t> skipped_;  // by conjunct: files that it left out
  size_t next_part_ = 0;
  uint64_t morsels_ = 0;
  uint64_t last_morsel_ = std::numeric_limits<uint64_t>::max();  // that is wanted
  bool ended_ = false;  // of the last open file
};

class FileSetTable final : public ScannableTable, public ColumnClaims {
 public:
  FileSetTable(std::string name, std::shared_ptr<const FileParts> parts)
      : name_(std::move(name)), parts_(std::move(parts)) {}

  const Schema& schema() const override { return parts_->schema(); }
  std::optional<uint64_t> row_count() const override {
    const Counted known = counted();
    return known.files == parts_->size() ? std::optional(known.rows) : std::nullopt;
  }
  std::optional<uint64_t> page_bytes(std::span<const uint32_t> columns) const override {
    uint64_t bytes = 0;
    for (size_t at = 0; at < parts_->size(); ++at) {
      const auto part = parts_->opened(at);
      std::vector<uint32_t> in_file;
      for (const uint32_t column : columns)
        if (part != nullptr && part->columns[column].has_value()) in_file.push_back(*part->columns[column]);
      const auto of_part = part == nullptr ? std::nullopt : part->table->page_bytes(in_file);
      if (!of_part.has_value()) return std::nullopt;
      bytes += *of_part;
    }
    return bytes;
  }
  bool counts_rows() const override {
    const auto first = parts_->opened(0);
    return first != nullptr && first->table->counts_rows();
  }
  std::optional<uint64_t> claimed_rows() const override {
    const Counted known = counted();
    return known.files > 0 ? std::optional(known.rows * parts_->size() / known.files) : std::nullopt;
  }
  std::optional<ValueRange> claimed_range(uint32_t) const override { return std::nullopt; }
  bool ordered() const override { return true; }
  std::string describe() const override { return name_; }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    ScanRequest whole = request;
    TRY(bad_rows, parts_->opened(0)->table->make_bad_rows(context));
    whole.bad_rows = std::move(bad_rows);
    return std::make_unique<FileSetSource>(parts_, std::move(whole), context);
  }
  std::string rejects_path() const override { return parts_->opened(0)->table->rejects_path(); }
  bool decodes_late() const override {
    return any_opened([](const FilePart& part) { return part.table->decodes_late(); });
  }
  bool checks_values() const override {
    return any_opened([](const FilePart& part) { return part.table->checks_values(); });
  }
  ScanReport report(const ScanRequest& request) const override {
    ScanReport files;
    if (parts_->has_path_columns()) files.rungs.push_back({"files", parts_->size()});
    std::vector<uint64_t> skipped(request.pruning.size(), 0);
    ScanReport all;
    for (size_t at = 0; at < parts_->size(); ++at) {
      if (path_excludes(*parts_, at, request, skipped)) {
        ScanReport::Rung& rung = files.rungs.front();
        ++rung.skipped;
        ++rung.requests_saved;
        rung.bytes_saved += parts_->size_bytes(at);
        continue;
      }
      const auto part = parts_->get(at);
      if (part.ok() && part.value() != nullptr)
        all.add(part.value()->table->report(scan_of(*parts_, at, *part.value(), request).request));
    }
    add_path_predicates(*parts_, request, skipped, files);
    files.add(all);
    return files;
  }

 private:
  // The open files whose rows are known.
  struct Counted {
    uint64_t rows = 0, files = 0;
  };
  Counted counted() const {
    Counted known;
    for (size_t at = 0; at < parts_->size(); ++at) {
      const auto part = parts_->opened(at);
      const auto rows = part == nullptr ? std::nullopt : part->table->row_count();
      known.rows += rows.value_or(0);
      known.files += rows.has_value() ? 1 : 0;
    }
    return known;
  }
  template <class Holds>
  bool any_opened(Holds holds) const {
    for (size_t at = 0; at < parts_->size(); ++at)
      if (const auto part = parts_->opened(at); part != nullptr && holds(*part)) return true;
    return false;
  }

  const std::string name_;
  const std::shared_ptr<const FileParts> parts_;
};

Status assign_hive_types(const std::string& value, PathOptions& options) {
  const auto parts = parse_option_struct(value);
  if (!parts)
    return Error{ErrorCode::kInvalidPlan, fmt::format("hive_types expects {{'key': 'type', ...}}, found '{}'", value),
                 "", ""};
  for (const auto& [key, text] : *parts) {
    TRY(type, parse_type(text));
    options.hive_types.emplace_back(key, type);
  }
  return kDone;
}

}  // namespace

Result<FileSetOptions> take_file_set_options(FileRef& file) {
  FileSetOptions options;
  std::vector<std::pair<std::string, std::string>> others;
  for (auto& [name, value] : file.options) {
    if (name == "filename") {
      const auto given = parse_option_bool(name, value);
      if (!given.ok())
        options.path.filename = value;
      else if (given.value())
        options.path.filename = "filename";
    } else if (name == "union_by_name") {
      TRY(given, parse_option_bool(name, value));
      options.union_by_name = given;
    } else if (name == "hive_partitioning") {
      TRY(given, parse_option_bool(name, value));
      options.path.hive = given;
    } else if (name == "hive_types_autocast") {
      TRY(given, parse_option_bool(name, value));
      options.path.hive_autocast = given;
    } else if (name == "hive_types") {
      TRY_STATUS(assign_hive_types(value, options.path));
    } else {
      others.emplace_back(name, value);
    }
  }
  file.options = std::move(others);
  return options;
}

Result<std::shared_ptr<const ScannableTable>> open_file_set(std::string name, const FileRef& file,
                                                            const std::vector<std::string>& paths,
                                                            PathColumns path_columns, const FileSetOptions& options,
                                                            World& world, OpenFile open) {
  CHECK(!paths.empty());
  auto parts = std::make_shared<FileParts>(world, file, paths, std::move(path_columns),
                                           options.path.filename.has_value(), std::move(open));
  TRY_STATUS(parts->find_columns(options.union_by_name));
  return std::make_shared<const FileSetTable>(std::move(name), std::move(parts));
}

}  // namespace headrace
