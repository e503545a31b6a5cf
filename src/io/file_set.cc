#include "io/file_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>

#include "base/check.h"
#include "expr/fold.h"
#include "expr/lexer.h"
#include "io/format/bad_rows.h"
#include "io/format/csv_dialect.h"
#include "types/chunk.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

// One file, and where the set's columns are in it; nullopt: it has none of that name.
struct Part {
  std::string path;
  std::shared_ptr<const ScannableTable> table;
  std::vector<std::optional<uint32_t>> columns;
};

using Parts = std::shared_ptr<const std::vector<Part>>;

// What a scan gives at one place of its output.
struct Output {
  enum Kind { kColumn, kNull, kPath } kind;
  uint32_t at;  // kColumn: of the part's batch
  Type type;
};

std::vector<Output> outputs_of(const Part& part, const Schema& schema, const std::vector<uint32_t>& columns,
                               std::vector<uint32_t>& wanted) {
  std::vector<Output> outputs;
  for (const uint32_t column : columns) {
    Output output{Output::kPath, 0, schema[column].type};
    if (column < part.columns.size()) {
      const auto at = part.columns[column];
      output.kind = at.has_value() ? Output::kColumn : Output::kNull;
      output.at = static_cast<uint32_t>(wanted.size());
      if (at.has_value()) wanted.push_back(*at);
    }
    outputs.push_back(output);
  }
  return outputs;
}

Vector path_constant(const std::string& path) {
  struct Owned {
    std::string text;
    StringRef view;
  };
  const auto owned = std::make_shared<Owned>();
  owned->text = path;
  owned->view = StringRef(std::string_view(owned->text));
  return Vector{.type = kUtf8, .encoding = Encoding::kConstant, .data = &owned->view, .owner = owned};
}

class PartReader final : public MorselReader {
 public:
  PartReader(std::unique_ptr<MorselReader> reader, uint64_t first_morsel,
             std::shared_ptr<const std::vector<Output>> outputs, const std::string& path)
      : reader_(std::move(reader)),
        first_morsel_(first_morsel),
        outputs_(std::move(outputs)),
        path_(path_constant(path)) {}

  uint64_t morsel() const override { return first_morsel_ + reader_->morsel(); }
  Result<bool> next(uint32_t rows_max, Batch& out) override {
    TRY(more, reader_->next(rows_max, read_));
    if (!more) return false;
    out.rows = read_.rows;
    out.morsel = first_morsel_ + read_.morsel;
    out.sequence = read_.sequence;
    out.columns.clear();
    for (const Output& output : *outputs_) {
      if (output.kind == Output::kColumn) out.columns.push_back(read_.columns[output.at]);
      if (output.kind == Output::kNull) out.columns.push_back(null_constant(output.type));
      if (output.kind == Output::kPath) out.columns.push_back(path_);
    }
    return true;
  }
  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    return reader_->decode_column((*outputs_)[column].at, selection, selected);
  }

 private:
  const std::unique_ptr<MorselReader> reader_;
  const uint64_t first_morsel_;
  const std::shared_ptr<const std::vector<Output>> outputs_;
  const Vector path_;
  Batch read_;
};

// Files one after the other; workers go on to the next one when nothing of one is left to claim.
class FileSetSource final : public Source {
 public:
  FileSetSource(Parts parts, Schema schema, ScanRequest request, QueryContext& context)
      : parts_(std::move(parts)), schema_(std::move(schema)), request_(std::move(request)), context_(context) {}

  Result<Claim> claim() override {
    const std::lock_guard lock(mutex_);
    for (;;) {
      if (next_part_ > 0 && !ended_) {
        const Open& open = open_.back();
        TRY(claim, open.source->claim());
        if (auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim)) {
          ++morsels_;
          return Claim(std::make_unique<PartReader>(std::move(*reader), open.first_morsel, open.outputs,
                                                    (*parts_)[next_part_ - 1].path));
        }
        if (!std::holds_alternative<End>(claim)) return std::move(claim);
        ended_ = true;
      }
      if (next_part_ == parts_->size()) return Claim(End{});
      TRY_STATUS(open_next());
    }
  }
  bool ordered() const override { return true; }
  bool claims_in_order() const override { return false; }
  // Each file reads what was not claimed of it, so that all bad records are known.
  Status commit() override {
    const std::lock_guard lock(mutex_);
    if (request_.bad_rows == nullptr || !request_.bad_rows->keeps()) return kDone;
    for (;;) {
      if (next_part_ > 0) TRY_STATUS(open_.back().source->commit());
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
    for (const Open& open : open_) report.add(open.source->scan_report());
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
    std::shared_ptr<const std::vector<Output>> outputs;
  };

  Status open_next() {
    const Part& part = (*parts_)[next_part_];
    ScanRequest request;
    request.bad_rows = request_.bad_rows;
    if (request_.checked.has_value()) {
      request.checked.emplace();
      for (const uint32_t column : *request_.checked)
        if (column < part.columns.size() && part.columns[column].has_value())
          request.checked->push_back(*part.columns[column]);
      std::ranges::sort(*request.checked);
    }
    auto outputs =
        std::make_shared<const std::vector<Output>>(outputs_of(part, schema_, request_.columns, request.columns));
    for (const ExprPtr& conjunct : request_.pruning) {
      bool in_file = true;
      for_each_column(*conjunct,
                      [&](uint32_t column) { in_file = in_file && (*outputs)[column].kind == Output::kColumn; });
      if (!in_file) continue;
      request.pruning.push_back(map_columns(conjunct, [&](uint32_t column) {
        const Column& of = schema_[request_.columns[column]];
        return column_index((*outputs)[column].at, of.name, of.type, of.nullable);
      }));
    }
    for (const uint32_t column : request_.late)
      if ((*outputs)[column].kind == Output::kColumn) request.late.push_back((*outputs)[column].at);
    TRY(source, part.table->scan(request, context_));
    open_.push_back({std::move(source), morsels_, std::move(outputs)});
    ++next_part_;
    ended_ = false;
    return kDone;
  }

  const Parts parts_;
  const Schema schema_;
  const ScanRequest request_;
  QueryContext& context_;
  mutable std::mutex mutex_;  // guards what follows
  std::vector<Open> open_;
  size_t next_part_ = 0;
  uint64_t morsels_ = 0;
  bool ended_ = false;  // of the last open part
};

class FileSetTable final : public ScannableTable {
 public:
  FileSetTable(std::string name, Schema schema, std::vector<Part> parts)
      : name_(std::move(name)),
        schema_(std::move(schema)),
        parts_(std::make_shared<const std::vector<Part>>(std::move(parts))) {}

  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override {
    uint64_t rows = 0;
    for (const Part& part : *parts_) {
      const auto of_part = part.table->row_count();
      if (!of_part.has_value()) return std::nullopt;
      rows += *of_part;
    }
    return rows;
  }
  bool ordered() const override { return true; }
  std::string describe() const override { return name_; }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override {
    ScanRequest whole = request;
    TRY(bad_rows, parts_->front().table->make_bad_rows(context));
    whole.bad_rows = std::move(bad_rows);
    return std::make_unique<FileSetSource>(parts_, schema_, std::move(whole), context);
  }
  bool decodes_late() const override {
    return std::ranges::any_of(*parts_, [](const Part& part) { return part.table->decodes_late(); });
  }
  bool checks_values() const override {
    return std::ranges::any_of(*parts_, [](const Part& part) { return part.table->checks_values(); });
  }
  ScanReport report(const ScanRequest& request) const override {
    ScanReport all;
    for (const Part& part : *parts_) {
      std::vector<uint32_t> wanted;
      const std::vector<Output> outputs = outputs_of(part, schema_, request.columns, wanted);
      ScanRequest of_part{std::move(wanted), {}};
      for (const ExprPtr& conjunct : request.pruning) {
        bool in_file = true;
        for_each_column(*conjunct,
                        [&](uint32_t column) { in_file = in_file && outputs[column].kind == Output::kColumn; });
        if (in_file)
          of_part.pruning.push_back(map_columns(conjunct, [&](uint32_t column) {
            const Column& of = schema_[request.columns[column]];
            return column_index(outputs[column].at, of.name, of.type, of.nullable);
          }));
      }
      all.add(part.table->report(of_part));
    }
    return all;
  }

 private:
  const std::string name_;
  const Schema schema_;
  const Parts parts_;
};

std::optional<uint32_t> find_by_name(const Schema& schema, const std::string& name) {
  for (uint32_t column = 0; column < schema.size(); ++column)
    if (equal_words(schema[column].name, name)) return column;
  return std::nullopt;
}

Error differs(const std::string& path, const std::string& first, std::string message) {
  return {ErrorCode::kBadInput, std::move(message), path,
          fmt::format(
              "all files of one scan have the columns of the first one, {}; union_by_name = true puts others beside "
              "them",
              first)};
}

// Column by column as in the first file.
Status place_in_order(Part& part, Schema& schema, const std::string& first) {
  const Schema& given = part.table->schema();
  for (uint32_t column = 0; column < schema.size(); ++column) {
    const auto at = find_by_name(given, schema[column].name);
    if (!at.has_value())
      return differs(part.path, first, fmt::format("the file has no column '{}'", schema[column].name));
    if (given[*at].type != schema[column].type)
      return differs(part.path, first,
                     fmt::format("column '{}' is {} in this file, expected {}", schema[column].name,
                                 to_text(given[*at].type), to_text(schema[column].type)));
    schema[column].nullable = schema[column].nullable || given[*at].nullable;
    part.columns.push_back(*at);
  }
  for (const Column& column : given)
    if (!find_by_name(schema, column.name).has_value())
      return differs(part.path, first, fmt::format("the file has a column '{}' more", column.name));
  return kDone;
}

Status place_by_name(Part& part, Schema& schema, const std::string& first) {
  const Schema& given = part.table->schema();
  for (const Column& column : given)
    if (const auto at = find_by_name(schema, column.name); !at.has_value())
      schema.push_back({column.name, column.type, true});
    else if (schema[*at].type != column.type)
      return differs(part.path, first,
                     fmt::format("column '{}' is {} in this file, expected {} as in the files before it", column.name,
                                 to_text(column.type), to_text(schema[*at].type)));
  return kDone;
}

// For a text format, whose types are a guess from the first rows of each file.
std::string types_text(const Schema& schema) {
  std::vector<std::pair<std::string, Type>> types;
  for (const Column& column : schema) types.emplace_back(column.name, column.type);
  return csv_types_option(types);
}

}  // namespace

Result<FileSetOptions> take_file_set_options(FileRef& file) {
  FileSetOptions options;
  std::vector<std::pair<std::string, std::string>> others;
  for (auto& [name, value] : file.options) {
    if (name == "filename") {
      const auto given = parse_option_bool(name, value);
      if (!given.ok())
        options.filename = value;
      else if (given.value())
        options.filename = "filename";
    } else if (name == "union_by_name") {
      TRY(given, parse_option_bool(name, value));
      options.union_by_name = given;
    } else if (name == "hive_partitioning") {
      TRY(given, parse_option_bool(name, value));
      if (given)
        return Error{ErrorCode::kUnsupported, "columns out of folder names (hive_partitioning) are not supported",
                     file.path, "filename = true gives each row's path"};
    } else {
      others.emplace_back(name, value);
    }
  }
  file.options = std::move(others);
  return options;
}

Result<std::shared_ptr<const ScannableTable>> open_file_set(std::string name, const FileRef& file,
                                                            const std::vector<std::string>& paths,
                                                            const FileSetOptions& options, const OpenFile& open) {
  CHECK(!paths.empty());
  std::vector<Part> parts;
  Schema schema;
  for (const std::string& path : paths) {
    FileRef one = file;
    one.path = path;
    const ScannableTable* like = parts.empty() ? nullptr : parts.front().table.get();
    TRY(table, open(one, like));
    const bool typed = std::ranges::any_of(file.options, [](const auto& option) {
      return option.first == "types" || option.first == "dtypes" || option.first == "columns";
    });
    if (!parts.empty() && !typed && !options.union_by_name && table->schema() != schema && one.format == "csv") {
      one.options.emplace_back("guessed_types", types_text(schema));
      if (auto again = open(one, like); again.ok()) table = again.value();
    }
    parts.push_back({path, table, {}});
    if (schema.empty()) schema = table->schema();
    TRY_STATUS(options.union_by_name ? place_by_name(parts.back(), schema, paths[0])
                                     : place_in_order(parts.back(), schema, paths[0]));
  }
  if (options.union_by_name)
    for (Part& part : parts) {
      for (uint32_t column = 0; column < schema.size(); ++column) {
        part.columns.push_back(find_by_name(part.table->schema(), schema[column].name));
        const auto at = part.columns.back();
        if (!at.has_value() || part.table->schema()[*at].nullable) schema[column].nullable = true;
      }
    }
  if (options.filename.has_value()) {
    if (find_by_name(schema, *options.filename).has_value())
      return Error{ErrorCode::kInvalidPlan, fmt::format("the files have a column '{}' already", *options.filename),
                   name, "name it otherwise: filename = 'file'"};
    schema.push_back({*options.filename, kUtf8, false});
  }
  return std::make_shared<const FileSetTable>(std::move(name), std::move(schema), std::move(parts));
}

}  // namespace headrace
