#include "engine/core.h"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "engine/run_record.h"
#include "engine/run_statement.h"
#include "engine/tier.h"
#include "expr/lexer.h"
#include "io/format/writer.h"
#include "io/state_files.h"
#include "observe/build_name.h"
#include "types/parse_value.h"

namespace headrace {

namespace {

constexpr uint64_t kCodeBytesMax = uint64_t{64} << 20;

uint64_t default_memory_limit_bytes() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0) return uint64_t{4} << 30;
  return static_cast<uint64_t>(pages) * static_cast<uint64_t>(page_bytes) / 10 * 8;
}

// In the history store, for later runs and other processes of this build. Without one the loop is quarantined as long as the engine lives.
void keep_quarantined(History* history, World& world, const Miscompiled& found) {
  if (history == nullptr) return;
  const Status kept = history->quarantine(
      {found.loop, found.shape_hash, world.wall_clock_us(), found.found, build_name(), found.reproducer});
  if (!kept.ok())
    history->note(fmt::format("the quarantine ends with this process: {} ({}); {}", kept.error().message,
                              kept.error().where, kept.error().hint));
}

std::vector<uint64_t> quarantined_loops(History* history) {
  std::vector<uint64_t> hashes;
  if (history == nullptr) return hashes;
  const auto entries = history->quarantined();
  if (!entries.ok()) return hashes;
  for (const QuarantineEntry& entry : entries.value())
    if (entry.build == build_name()) hashes.push_back(entry.shape_hash);
  return hashes;
}

}  // namespace

Result<std::shared_ptr<const RowsCore>> drain(Source& source, const Schema& schema,
                                              const std::shared_ptr<EngineCore>& engine, const CancelToken* cancel) {
  auto rows = std::make_shared<RowsCore>();
  rows->engine = engine;
  rows->schema = schema;
  for (;;) {
    TRY(claim, source.claim());
    auto* reader = std::get_if<std::unique_ptr<MorselReader>>(&claim);
    if (reader == nullptr) break;
    for (Batch batch;;) {
      TRY(more, (*reader)->next(limits::kVectorRowsMax, batch));
      if (!more) break;
      if (cancel != nullptr) TRY_STATUS(cancel->check());
      rows->rows += batch.rows;
      rows->batches.push_back(batch);
    }
  }
  return std::shared_ptr<const RowsCore>(std::move(rows));
}

EngineCore::EngineCore(const EngineOptions& options)
    : world(real_world()),
      history(options.history.empty() ? nullptr : History::behind(world, options.history)),
      budget(options.memory_limit_bytes > 0 ? options.memory_limit_bytes : default_memory_limit_bytes()),
      default_threads(options.threads > 0 ? std::min(options.threads, limits::kThreadsMax)
                                          : std::max(1u, std::thread::hardware_concurrency())),
      code(kCodeBytesMax, &budget),
      compiler(code),
      footers(budget),
      machine(read_calibration(world, options.calibration)),
      reproducers(options.reproducers),
      trust([this](const Miscompiled& found) { keep_quarantined(history.get(), world, found); },
            [this] { return quarantined_loops(history.get()); }) {}

std::shared_ptr<Scheduler> EngineCore::workers(uint32_t threads) {
  std::lock_guard lock(mutex_);
  if (scheduler_ == nullptr || scheduler_->threads() < threads)
    scheduler_ = std::make_shared<Scheduler>(world, std::max(threads, 1u));
  return scheduler_;
}

SessionCore::SessionCore(std::shared_ptr<EngineCore> owner)
    : engine(std::move(owner)), catalog(engine->world, engine->budget, settings, &engine->footers) {
  settings.threads = engine->default_threads;
  settings.memory_limit_bytes = engine->budget.bytes_max();
  settings.machine = engine->machine.machine;
  first_settings = settings;
}

CancellableCall::CancellableCall(SessionCore& session) : session_(session), token_(session.cancellable.load()) {
  if (token_ != nullptr) return;
  session_.notes.clear();
  token_ = &own_;
  session_.cancellable.store(token_);
  scope_.emplace(token_);
}

CancellableCall::~CancellableCall() {
  if (token_ != &own_) return;
  session_.cancellable.store(nullptr);
  while (session_.cancels_under_way.load() > 0) std::this_thread::yield();
}

size_t write_count(const Program& program) {
  return static_cast<size_t>(std::ranges::count_if(
      program.sinks, [](const SinkSpec& sink) { return std::holds_alternative<WriteSink>(sink.node); }));
}

namespace {

// What was left out of the answer, for people who see nothing of it in the rows.
void note_bad_rows(SessionCore& session, const Program& program, const std::vector<StageReport>& reports) {
  for (size_t i = 0; i < reports.size(); ++i) {
    const auto* source = std::get_if<TableSource>(&program.stages[i].source);
    const BadRowCounts& counts = reports[i].bad_rows;
    if (source == nullptr) continue;
    if (counts.left_out > 0)
      session.notes.push_back(fmt::format("{}: {} bad records left out", source->table->describe(), counts.left_out));
    if (counts.nulled > 0)
      session.notes.push_back(fmt::format("{}: {} bad values read as null", source->table->describe(), counts.nulled));
  }
}

// run() and what follows it.
Result<std::shared_ptr<const RowsCore>> rows_of(SessionCore& session, const Program& program, QueryRun& run,
                                                OutputGroup* outputs, const CancelToken& cancel) {
  {
    const ShownProgress shown(session, program, run);
    TRY_STATUS(run.run());
    if (outputs != nullptr) TRY_STATUS(outputs->commit());
  }
  note_bad_rows(session, program, run.report());
  TRY(source, run.result());
  return drain(*source, program.sinks[program.result].output, session.engine, &cancel);
}

Result<RunOutcome> run_once(SessionCore& session, const Program& program, const Settings& settings, const Trace* trace,
                            Profiled profiled) {
  EngineCore& engine = *session.engine;
  engine.budget.set_bytes_max(settings.memory_limit_bytes);
  const CancellableCall call(session);
  const Flowing flowing(session);
  TRY_STATUS(call.token().check());
  ArrowStateFiles files(engine.world, engine.budget, &call.token());
  OutputGroup outputs(engine.world);
  QueryContext context{engine.world, engine.budget, call.token(), settings, files, make_writer, &engine.io_threads};
  const bool together = write_count(program) > 1;
  if (together) {
    context.outputs = &outputs;
    context.make_writer = [&outputs](const WriteRequest& request, World& world, MemoryBudget& budget) {
      return make_writer_in(outputs, request, world, budget);
    };
  }
  const std::shared_ptr<Scheduler> scheduler = engine.workers(settings.threads);
  context.trust = &engine.trust;
  if (profiled == Profiled::kYes) context.samples_per_second = settings.samples_per_second;
  context.reproducers = engine.reproducers;
  TierPolicy tiers(settings, engine.world, engine.compiler, engine.trust);
  const int64_t started_ns = engine.world.monotonic_ns(), started_us = engine.world.wall_clock_us();
  QueryRun run(program, context, *scheduler, &tiers);
  const auto rows = rows_of(session, program, run, together ? &outputs : nullptr, call.token());
  const auto wall_ns = static_cast<uint64_t>(engine.world.monotonic_ns() - started_ns);
  const std::vector<StageReport> reports = run.report();
  if (engine.history != nullptr && trace != nullptr)
    engine.history->record(
        run_record({session, program, settings, *trace, reports, started_us, wall_ns, rows,
                    statement_facts() == nullptr ? std::nullopt : std::optional(statement_facts()->began_us)}));
  if (!rows.ok()) return rows.error();
  return RunOutcome{rows.value(), reports, wall_ns};
}

// Nothing of the query's rows is outside.
bool can_begin_anew(World& world, const Program& program) {
  return std::ranges::none_of(program.sinks, [&](const SinkSpec& sink) {
    const auto* write = std::get_if<WriteSink>(&sink.node);
    return write != nullptr && world.kind(write->path) == FileKind::kOther;
  });
}

}  // namespace

// What machine code that was found to be wrong has made is thrown away, and the query begins anew without that code.
Result<RunOutcome> run_program(SessionCore& session, const Program& program, const Settings& settings,
                               const Trace* trace, Profiled profiled) {
  constexpr uint32_t kRunsMax = 64;  // each but the last quarantines a loop
  const CancellableCall call(session);
  std::optional<Error> miscompiled;
  for (uint32_t run = 1;; ++run) {
    auto outcome = run_once(session, program, settings, trace, profiled);
    if (outcome.ok()) return outcome;
    // A pipe whose beginning is gone.
    if (outcome.error().code == ErrorCode::kUnsupported && miscompiled.has_value()) return *miscompiled;
    if (outcome.error().code != ErrorCode::kMiscompiled) return outcome;
    miscompiled = outcome.error();
    if (run == kRunsMax || !can_begin_anew(session.engine->world, program)) return outcome;
    const std::string& hint = outcome.error().hint;
    const size_t replay = hint.find("; headrace replay");
    session.notes.push_back(fmt::format("{}: the loop is quarantined, and the query was run again without it{}",
                                        outcome.error().message,
                                        replay == std::string::npos ? "" : hint.substr(replay)));
  }
}

Status assign_now(SessionCore& session, const std::string& value) {
  const std::optional<int64_t> instant = parse_timestamp_tz(value);
  if (!instant && value != "clock")
    return Error{
        ErrorCode::kInvalidPlan,
        fmt::format("setting 'now' expects clock, or an instant such as 2024-01-31 10:00:00Z, found '{}'", value), "",
        ""};
  session.now_us = instant;
  return kDone;
}

StatementFacts facts_of(SessionCore& session) {
  const auto setting = [&session](const std::string& name) -> std::optional<std::string> {
    for (const SettingLine& one : settings_of(session))
      if (equal_words(one.name, name)) return one.value;
    return std::nullopt;
  };
  const auto value_of = [&session](const Plan& written) -> Result<Value> {
    TRY(rows, run_plan(session, written));
    CHECK(rows->rows == 1 && rows->schema.size() == 1);
    for (const Batch& batch : rows->batches)
      if (batch.rows > 0) return value_at(batch.columns[0], 0);
    return null_value(kNullType);
  };
  return {session.now_us.value_or(session.engine->world.wall_clock_us()), setting, value_of};
}

Result<std::shared_ptr<const RowsCore>> run_plan(SessionCore& session, const Plan& written) {
  const CancellableCall call(session);
  const StatementScope scope(facts_of(session));
  const auto files = session.catalog.remember();
  Trace trace;
  TRY(program, compile(written, session.catalog, session.settings, trace, &call.token()));
  TRY(outcome, run_program(session, program, session.settings, &trace));
  return outcome.rows;
}

std::shared_ptr<const RowsCore> text_rows(const std::shared_ptr<EngineCore>& engine,
                                          const std::vector<std::string>& names, const std::vector<TextRow>& rows) {
  auto core = std::make_shared<RowsCore>();
  core->engine = engine;
  core->rows = rows.size();
  struct Bytes {
    std::vector<TextRow> texts;
    std::vector<std::vector<StringRef>> columns;
    std::vector<std::vector<uint8_t>> validity;
  };
  const auto bytes = std::make_shared<Bytes>();
  bytes->texts = rows;
  bytes->columns.resize(names.size());
  bytes->validity.resize(names.size());
  std::vector<bool> nullable(names.size());
  for (const TextRow& row : bytes->texts)
    for (size_t column = 0; column < names.size(); ++column) {
      bytes->columns[column].emplace_back(row[column].has_value() ? std::string_view(*row[column]) : "");
      bytes->validity[column].push_back(row[column].has_value() ? 1 : 0);
      if (!row[column].has_value()) nullable[column] = true;
    }
  for (size_t column = 0; column < names.size(); ++column)
    core->schema.push_back({names[column], kUtf8, nullable[column]});
  for (size_t first = 0; first < rows.size(); first += limits::kVectorRowsMax) {
    Batch batch{.rows = static_cast<uint32_t>(std::min<size_t>(limits::kVectorRowsMax, rows.size() - first)),
                .columns = {},
                .morsel = 0,
                .sequence = first};
    for (size_t column = 0; column < names.size(); ++column)
      batch.columns.push_back(Vector{.type = kUtf8,
                                     .data = bytes->columns[column].data() + first,
                                     .validity = nullable[column] ? bytes->validity[column].data() + first : nullptr,
                                     .owner = bytes});
    core->batches.push_back(std::move(batch));
  }
  return core;
}

}  // namespace headrace
