#include <headrace/frame.h>
#include <headrace/session.h>

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "engine/core.h"
#include "engine/history_rows.h"
#include "engine/output_block.h"
#include "engine/prepared.h"
#include "engine/run_statement.h"
#include "engine/stream_table.h"
#include "engine/text_settings.h"
#include "engine/time_reading.h"
#include "engine/verify.h"
#include "execute/calibrate.h"
#include "expr/lexer.h"
#include "expr/parse.h"
#include "expr/typing.h"
#include "frontend/sql/statement.h"
#include "fuse/decide_cuts.h"
#include "fuse/parse.h"
#include "io/format/arrow_stream.h"
#include "io/format/table_printer.h"
#include "io/format/writer.h"
#include "io/import_stream.h"
#include "plan/parse.h"
#include "plan/resolve.h"
#include "types/arrow_c.h"

namespace headrace {

namespace {

// Every statement of `text`, at least one.
Result<std::vector<Statement>> statements_of(std::string_view text, SessionCore& session) {
  TextRules rules = session.rules;
  const auto rules_after = [&](const Statement& statement) {
    // What cannot be set is an error when its turn comes.
    if (const auto* set = std::get_if<SetStatement>(&statement.node); set != nullptr && is_text_setting(set->name))
      static_cast<void>(assign_text_setting(rules, set->name, set->value));
    if (const auto* reset = std::get_if<ResetStatement>(&statement.node))
      reset_text_setting(rules, session.first_rules, reset->name);
    return rules;
  };
  auto parsed = parse_sql(text, rules, rules_after);
  if (!parsed.ok()) note_failure(session);
  TRY(statements, std::move(parsed));
  if (statements.empty())
    return Error{ErrorCode::kInvalidPlan, "the text holds no statement, only blanks, comments or semicolons", "",
                 "write one, such as SELECT * FROM 'flights.csv'"};
  return std::move(statements);
}

// An error of `statement` with its place in the text: the statement's own when the error names none.
Error placed(Error error, const Statement& statement, std::string_view text) {
  if (error.where.empty() && error.code == ErrorCode::kInvalidPlan)
    error.where = fmt::format("line {}, column {}", statement.where.line, statement.where.column);
  return with_excerpt(std::move(error), text);
}

// A block that a text leaves open, for people who see no file of it.
void note_open_block(SessionCore& session) {
  if (session.block.has_value() && !session.block->failed)
    session.notes.push_back(
        fmt::format("the block is open: COMMIT writes its {} outputs", session.block->copies.size()));
}

// Runs all statements but the last.
Status run_leading(SessionCore& session, const std::vector<Statement>& statements, std::string_view text) {
  for (size_t i = 0; i + 1 < statements.size(); ++i)
    if (auto result = run_statement(session, statements[i]); !result.ok())
      return placed(result.error(), statements[i], text);
  return kDone;
}

// The plan of a query, of an EXPLAIN or of the block that COMMIT ends.
Result<PlanPtr> query_of(SessionCore& session, const Statement& statement, std::string_view text) {
  if (const auto* block = std::get_if<BlockStatement>(&statement.node);
      block != nullptr && block->kind == BlockKind::kCommit) {
    auto plan = take_block(session);
    if (plan.ok()) return plan;
    return placed(plan.error(), statement, text);
  }
  if (const auto* query = std::get_if<QueryStatement>(&statement.node)) return query->plan;
  if (const auto* explained = std::get_if<ExplainStatement>(&statement.node)) return explained->plan;
  return placed({ErrorCode::kInvalidPlan, "the last statement is no query", "", "end with SELECT or COPY … TO"},
                statement, text);
}

Error unknown_form(const std::string& stage) {
  static constexpr std::string_view kForms[] = {"logical", "optimized", "stages", "fused"};
  return {ErrorCode::kInvalidPlan,
          fmt::format("unknown form '{}', expected logical, optimized, stages or fused", stage), "",
          did_you_mean(stage, kForms)};
}

Result<Program> program_of_form(SessionCore& session, const std::string& stage, std::string_view text, Trace& trace) {
  if (stage == "logical" || stage == "optimized") {
    TRY(plan, parse_plan(text, session.catalog));
    if (stage == "logical") return compile_resolved(plan, session.settings, trace);
    return compile_optimized(plan, session.settings, trace);
  }
  if (stage != "stages" && stage != "fused") return unknown_form(stage);
  TRY(program, parse_program(text, session.catalog));
  if (stage == "stages") TRY_STATUS(decide_cuts(program, session.settings.fuse_options()));
  return std::move(program);
}

// Runs a program whose `source stream` is `table`, a ScannableTable.
Result<Rows> run_on_stream(SessionCore& session, std::string_view text, const TablePtr& table) {
  const StatementText said(session, text);
  TRY(program, parse_program(text, session.catalog));
  bool found = false;
  for (Stage& stage : program.stages) {
    if (!std::holds_alternative<StreamSource>(stage.source)) continue;
    const Schema& given = table->schema();
    if (given.size() != stage.source_values)
      return Error{ErrorCode::kBadInput,
                   fmt::format("the stage reads {} columns, the stream has {}", stage.source_values, given.size()),
                   table->describe(), ""};
    TableSource source{nullptr, {}, "stream", {}, {}};
    Schema declared;
    for (uint32_t i = 0; i < stage.source_values; ++i) {
      const StageValue& value = stage.values[i];
      if (given[i].type != value.type)
        return Error{ErrorCode::kBadInput,
                     fmt::format("the stage reads column {} as {}, the stream has {}", i, to_text(value.type),
                                 to_text(given[i].type)),
                     table->describe(), ""};
      declared.push_back({given[i].name, value.type, value.nullable});
      source.columns.push_back(i);
    }
    source.table = make_stream_table(std::static_pointer_cast<const ScannableTable>(table), std::move(declared));
    stage.source = std::move(source);
    if (!keeps_ranges(program, stage))
      return Error{ErrorCode::kBadInput, "the stage was compiled for a smaller range of values than the stream has",
                   table->describe(), "make the stage again, with SET fusion.rule.value_ranges = off"};
    found = true;
  }
  if (!found) return Error{ErrorCode::kInvalidPlan, "no stage of the text reads `source stream`", "", ""};
  const Trace trace;
  TRY(outcome, run_program(session, program, session.settings, &trace));
  return Rows(outcome.rows);
}

// Between two batches a cancel ends it; the writer then takes its unfinished file away.
Status write_rows(const RowsCore& rows, const std::string& path, const std::string& format, const CancelToken& cancel) {
  TRY(writer, make_writer({path, format, rows.schema, {}}, rows.engine->world, rows.engine->budget));
  for (const Batch& batch : rows.batches) {
    TRY_STATUS(cancel.check());
    TRY_STATUS(writer->write(batch));
  }
  TRY_STATUS(cancel.check());
  return writer->finish();
}

}  // namespace

Rows::Rows(std::shared_ptr<const RowsCore> core) : core_(std::move(core)) {}
uint64_t Rows::row_count() const { return core_->rows; }

std::vector<ColumnInfo> Rows::columns() const {
  std::vector<ColumnInfo> columns;
  for (const Column& column : core_->schema)
    columns.push_back({column.name, headrace::to_text(column.type), column.nullable});
  return columns;
}

Status Rows::write(const std::string& format, const WriteBytes& write, uint32_t rows_max, uint32_t width_max) const {
  std::unique_ptr<RowWriter> writer;
  if (format == "table" && core_->is_text) {
    for (const Batch& batch : core_->batches)
      for (uint32_t row = 0; row < batch.rows; ++row)
        TRY_STATUS(write(to_display(value_at(batch.columns[0], row)) + "\n"));
    return kDone;
  }
  if (format == "table") {
    writer =
        std::make_unique<TablePrinter>(core_->schema, TableStyle{.rows_max = rows_max, .width_max = width_max}, write);
  } else {
    // Bytes that are handed on as they come have no end to put a file's footer at: Arrow's form for that is the stream.
    const std::string stream = format == "arrow" ? "arrow_stream" : format;
    TRY(made, make_stream_writer({"", stream, core_->schema, {}}, write, core_->engine->budget));
    writer = std::move(made);
  }
  for (const Batch& batch : core_->batches) TRY_STATUS(writer->write(batch));
  return writer->finish();
}

Result<std::string> Rows::to_text(const std::string& format) const {
  std::string text;
  TRY_STATUS(write(format, [&](std::string_view bytes) -> Status {
    text += bytes;
    return kDone;
  }));
  return text;
}

Status Rows::write_file(const std::string& path, const std::string& format) const {
  return write_rows(*core_, path, format, CancelToken());
}

Status Rows::for_each_row(const VisitRow& visit) const {
  std::vector<std::optional<std::string>> values(core_->schema.size());
  for (const Batch& batch : core_->batches)
    for (uint32_t row = 0; row < batch.rows; ++row) {
      for (size_t column = 0; column < values.size(); ++column) {
        const Vector& vector = batch.columns[column];
        values[column].reset();
        if (vector.is_valid(row)) values[column] = to_display(value_at(vector, row));
      }
      TRY_STATUS(visit(values));
    }
  return kDone;
}

void Rows::to_arrow(ArrowArrayStream* out) const {
  export_stream(core_->schema, core_->batches, core_->engine->budget, out);
}

Engine::Engine(const EngineOptions& options) : core_(std::make_shared<EngineCore>(options)) {}
Status Engine::calibrate(const std::string& path) {
  TRY_STATUS(check_writable(core_->world, path));
  TRY(reading, time_reading(core_->world.temporary_directory()));
  Machine machine = headrace::calibrate(core_->world);
  machine.read_value_ns = reading.value_ns;
  machine.read_byte_ns = reading.byte_ns;
  return write_calibration(core_->world, machine, path);
}

Result<Rows> Engine::history(uint32_t runs_max) { return history_rows(core_, runs_max); }
Result<Rows> Engine::fusion_report(uint32_t runs_max) { return fusion_report_rows(core_, runs_max); }

std::vector<std::string> Engine::close_history() {
  if (core_->history == nullptr) return {};
  core_->history->close();
  return core_->history->take_notes();
}

Session Engine::session() { return Session(std::make_shared<SessionCore>(core_)); }
Session::Session(std::shared_ptr<SessionCore> core) : core_(std::move(core)) {}

Result<Rows> Session::sql(std::string_view text) {
  TRY(statements, statements_of(text, *core_));
  const CancellableCall call(*core_);
  TRY_STATUS(run_leading(*core_, statements, text));
  auto rows = run_statement(*core_, statements.back());
  if (!rows.ok()) return placed(rows.error(), statements.back(), text);
  note_open_block(*core_);
  return Rows(rows.value());
}

Result<Rows> Session::sql(std::string_view text, const std::vector<std::pair<std::string, std::string>>& parameters) {
  TRY(statements, statements_of(text, *core_));
  Statement& last = statements.back();
  const CancellableCall call(*core_);
  ParameterValues values;
  for (const auto& [name, written] : parameters) {
    TRY(parsed, parse_expression(written));
    TRY(value, parameter_value(*core_, name, parsed));
    values.emplace_back(name, value);
  }
  auto filled = with_values(last, values);
  if (!filled.ok()) return placed(filled.error(), last, text);
  last = filled.value();
  TRY_STATUS(run_leading(*core_, statements, text));
  auto rows = run_statement(*core_, last);
  if (!rows.ok()) return placed(rows.error(), last, text);
  return Rows(rows.value());
}

Result<Rows> Session::sql_to_file(std::string_view text, const std::string& path, const std::string& format) {
  TRY(statements, statements_of(text, *core_));
  const CancellableCall call(*core_);
  TRY_STATUS(run_leading(*core_, statements, text));
  const Statement& last = statements.back();
  const auto* query = std::get_if<QueryStatement>(&last.node);
  if (query != nullptr && std::holds_alternative<Write>(query->plan->node))
    return placed({ErrorCode::kInvalidPlan, "COPY … TO names its file itself, and gives no rows for another", "",
                   "leave out --output, or write the query without COPY"},
                  last, text);
  auto rows = query != nullptr ? run_plan(*core_, *make_plan(Write{query->plan, path, format, {}}))
                               : run_statement(*core_, last);
  if (!rows.ok()) return placed(rows.error(), last, text);
  if (query == nullptr) {
    if (rows.value()->schema.empty()) return query_of(*core_, last, text).error();
    TRY_STATUS(write_file(Rows(rows.value()), path, format));
  }
  return Rows(rows.value());
}

Status Session::write_file(const Rows& rows, const std::string& path, const std::string& format) {
  const CancellableCall call(*core_);
  const Flowing flowing(*core_);
  return write_rows(*rows.core_, path, format, call.token());
}

Result<std::string> Session::explain(std::string_view text, const ExplainOptions& options) {
  TRY(statements, statements_of(text, *core_));
  const CancellableCall call(*core_);
  TRY_STATUS(run_leading(*core_, statements, text));
  const auto files = core_->catalog.remember();  // the block's, which ends
  TRY(plan, query_of(*core_, statements.back(), text));
  const StatementText said(*core_, statements.back().text);
  auto explained = explain_plan(*core_, *plan, options);
  if (!explained.ok()) return placed(explained.error(), statements.back(), text);
  return explained;
}

Result<VerifyReport> Session::verify(std::string_view text) {
  TRY(statements, statements_of(text, *core_));
  const CancellableCall call(*core_);
  TRY_STATUS(run_leading(*core_, statements, text));
  const auto files = core_->catalog.remember();  // the block's, which ends
  TRY(plan, query_of(*core_, statements.back(), text));
  auto verified = verify_plan(*core_, *plan);
  if (!verified.ok()) return placed(verified.error(), statements.back(), text);
  return verified;
}

Result<Rows> Session::run_form(const std::string& stage, std::string_view text) {
  const CancellableCall call(*core_);
  const StatementText said(*core_, text);
  Trace trace;
  TRY(program, program_of_form(*core_, stage, text, trace));
  TRY(outcome, run_program(*core_, program, core_->settings, &trace));
  return Rows(outcome.rows);
}

Result<std::string> Session::print_form(const std::string& stage, std::string_view text) {
  if (stage == "logical" || stage == "optimized") {
    TRY(plan, parse_plan(text, core_->catalog));
    return headrace::to_text(*plan);
  }
  if (stage != "stages" && stage != "fused") return unknown_form(stage);
  TRY(program, parse_program(text, core_->catalog));
  return headrace::to_text(program);
}

Result<Rows> Session::run_shipped(std::string_view text, ArrowArrayStream* input) {
  TRY(table, import_memory_table("stream", input, core_->engine->budget));
  return run_on_stream(*core_, text, table);
}

Result<Rows> Session::run_shipped(std::string_view text, const std::string& arrow_path) {
  TRY(table, core_->catalog.open_file({arrow_path, "arrow", {}, {}}));
  return run_on_stream(*core_, text, table);
}

Status Session::set(const std::string& name, const std::string& value) { return set_in_session(*core_, name, value); }
std::vector<std::pair<std::string, std::string>> Session::settings() const {
  std::vector<std::pair<std::string, std::string>> all;
  for (const SettingLine& one : settings_of(*core_)) all.emplace_back(one.name, one.value);
  return all;
}

Status Session::register_arrow(const std::string& name, ArrowArrayStream* stream) {
  TRY(table, import_memory_table(name, stream, core_->engine->budget));
  core_->catalog.register_table(name, table);
  return kDone;
}

Frame Session::scan_parquet(const std::string& path) {
  return Frame(core_, make_plan(ScanFile{{path, "parquet", {}, {}}, nullptr, {}, {}}));
}
Frame Session::scan_csv(const std::string& path, FileOptions options) {
  return Frame(core_, make_plan(ScanFile{{path, "csv", std::move(options), {}}, nullptr, {}, {}}));
}
Frame Session::table(const std::string& name) { return Frame(core_, make_plan(ScanTable{name, "", nullptr, {}, {}})); }
Frame Session::range(int64_t begin, int64_t end) { return Frame(core_, make_plan(Range{begin, end})); }

Result<Rows> Session::write_all(const std::vector<FrameOutput>& outputs) {
  WriteAll all;
  for (const FrameOutput& output : outputs) {
    if (output.mistake_ != nullptr) return *output.mistake_;
    all.inputs.push_back(output.write_);
  }
  if (all.inputs.empty())
    return Error{ErrorCode::kInvalidPlan, "write_all() has nothing to write", "", "give it frame.to_parquet(…)"};
  TRY(rows, run_plan(*core_, *make_plan(std::move(all))));
  return Rows(rows);
}

bool Session::cancel() {
  core_->cancels_under_way.fetch_add(1);
  CancelToken* token = core_->cancellable.load();
  if (token != nullptr) token->cancel();
  const bool running = token != nullptr && core_->running.load();
  core_->cancels_under_way.fetch_sub(1);
  return running;
}

std::vector<std::string> Session::notes() const { return core_->notes; }
Progress Session::progress() const { return progress_of(*core_); }

Names Session::names() const {
  Names names;
  for (const std::string_view word : sql_keywords()) names.keywords.emplace_back(word);
  for (const Function& function : functions())
    if (function.sql.starts_with(std::string(function.name) + "(")) names.functions.emplace_back(function.name);
  for (const RewrittenFunction& function : rewritten_functions()) names.functions.emplace_back(function.name);
  for (const Synonym& synonym : synonyms()) names.functions.emplace_back(synonym.written);
  for (const Aggregate& aggregate : aggregates()) names.functions.emplace_back(aggregate.name);
  names.tables = core_->catalog.names();
  for (const std::string& name : names.tables) {
    const auto resolved = resolve(*make_plan(ScanTable{name, "", nullptr, {}, {}}), core_->catalog);
    if (!resolved.ok()) continue;
    for (const Column& column : resolved.value()->schema) names.columns.push_back(column.name);
  }
  std::sort(names.columns.begin(), names.columns.end());
  names.columns.erase(std::unique(names.columns.begin(), names.columns.end()), names.columns.end());
  return names;
}

}  // namespace headrace
