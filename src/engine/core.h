// engine/core.h — what the public handles hold: the engine, a session, a result.
#pragma once

#include <headrace/session.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>

#include "base/cancel.h"
#include "engine/calibration.h"
#include "engine/compile.h"
#include "execute/background_compiler.h"
#include "execute/code_cache.h"
#include "expr/statement_facts.h"
#include "expr/token_cursor.h"
#include "frontend/sql/statement.h"
#include "io/catalog.h"
#include "io/format/parquet_footers.h"
#include "observe/history.h"
#include "runtime/loop_trust.h"
#include "runtime/query_run.h"
#include "runtime/scheduler/io_threads.h"
#include "runtime/scheduler/scheduler.h"

namespace headrace {

// Shared by its sessions; safe for use by many threads.
struct EngineCore {
  explicit EngineCore(const EngineOptions& options);

  // Workers for a query of that many lanes; more are started when a query asks for more than there are.
  std::shared_ptr<Scheduler> workers(uint32_t threads);

  World& world;
  const std::unique_ptr<History> history;  // nullptr: none is kept. Goes last: its writer writes while the others end
  MemoryBudget budget;
  const uint32_t default_threads;
  CodeCache code;
  BackgroundCompiler compiler;  // fills `code`; an engine that compiles nothing starts no thread and loads no compiler
  ParquetFooters footers;
  IoThreads io_threads;
  const KnownMachine machine;
  const std::string reproducers;  // where loops that gave wrong answers are kept; empty: nowhere
  LoopTrust trust;

 private:
  std::mutex mutex_;  // guards scheduler_
  std::shared_ptr<Scheduler> scheduler_;
};

// What stands between BEGIN and COMMIT.
struct OutputBlock {
  std::vector<PlanPtr> copies;  // written; each a Write that resolves
  bool failed = false;  // nothing will be written
  std::unique_ptr<FileCatalog::Remembered> files = {};
};

// For one thread at a time, but for cancel.
struct SessionCore {
  explicit SessionCore(std::shared_ptr<EngineCore> engine);

  std::shared_ptr<EngineCore> engine;
  Settings settings;
  Settings first_settings;  // what RESET goes back to
  TextRules rules, first_rules;  // of texts
  FileCatalog catalog;
  std::map<std::string, PrepareStatement> prepared;  // by their names in lower case
  std::optional<OutputBlock> block;  // that is open
  std::string_view statement;  // the text in progress, for the history store; empty: of no text
  std::vector<std::string> notes;  // of the public call in progress, or of the last one
  std::optional<int64_t> now_us;  // what now() is, µs since 1970-01-01 UTC: SET now; nothing: what the clock says
  std::atomic<CancelToken*> cancellable{nullptr};  // of the public call in progress
  std::atomic<bool> running{false};  // its rows flow: it ends by itself within a batch of a cancel
  std::atomic<uint32_t> cancels_under_way{0};  // threads inside cancel()

  std::mutex progress_mutex;  // guards what follows
  const QueryRun* query = nullptr;  // the one in progress
  Progress progress;  // of it, without what `query` itself counts; else of the last one
  int64_t began_ns = 0;
  uint64_t bytes_before = 0;
};

// Shows a run to Session::progress() while it lives.
class ShownProgress {
 public:
  ShownProgress(SessionCore& session, const Program& program, const QueryRun& run);
  ~ShownProgress();
  ShownProgress(const ShownProgress&) = delete;
  ShownProgress& operator=(const ShownProgress&) = delete;

 private:
  SessionCore& session_;
};
Progress progress_of(SessionCore& session);

// One public call from its text to its answer. Makes its token reachable for cancel(), and waits for a cancel() that still
// holds it. A call inside another shares the outer one's token.
class CancellableCall {
 public:
  explicit CancellableCall(SessionCore& session);
  ~CancellableCall();
  CancellableCall(const CancellableCall&) = delete;
  CancellableCall& operator=(const CancellableCall&) = delete;
  const CancelToken& token() const { return *token_; }

 private:
  SessionCore& session_;
  CancelToken own_;
  CancelToken* token_;
  std::optional<CancelScope> scope_;  // of the outermost call
};

// The text that runs are of while it lives; inside another one the outer's stays.
class StatementText {
 public:
  StatementText(SessionCore& session, std::string_view text) : session_(session), outer_(session.statement) {
    if (outer_.empty()) session_.statement = text;
  }
  ~StatementText() { session_.statement = outer_; }
  StatementText(const StatementText&) = delete;
  StatementText& operator=(const StatementText&) = delete;

 private:
  SessionCore& session_;
  const std::string_view outer_;
};

// While rows flow; ends after everything that a cancelled call must clean up.
class Flowing {
 public:
  explicit Flowing(SessionCore& session) : session_(session) { session_.running.store(true); }
  ~Flowing() { session_.running.store(false); }
  Flowing(const Flowing&) = delete;
  Flowing& operator=(const Flowing&) = delete;

 private:
  SessionCore& session_;
};

struct RowsCore {
  std::shared_ptr<EngineCore> engine;  // its budget outlives the rows
  Schema schema;
  std::vector<Batch> batches;
  uint64_t rows = 0;
  bool is_text = false;  // one column of lines, which `table` prints as they are: EXPLAIN
};

// All rows that the source gives. kCancelled, when there is a `cancel`.
Result<std::shared_ptr<const RowsCore>> drain(Source& source, const Schema& schema,
                                              const std::shared_ptr<EngineCore>& engine,
                                              const CancelToken* cancel = nullptr);

// What a run left behind.
struct RunOutcome {
  std::shared_ptr<const RowsCore> rows;
  std::vector<StageReport> stages;
  uint64_t wall_ns = 0;
};

// What now(), current_setting() and the queries in LIMIT are in a statement that begins now.
StatementFacts facts_of(SessionCore& session);
// SET now: an instant that stands for the clock, or `clock`.
Status assign_now(SessionCore& session, const std::string& value);

// Whether it is sampled where the workers' time goes, as often as the settings say.
enum class Profiled : uint8_t { kNo, kYes };

// How many of its sinks write files.
size_t write_count(const Program& program);

// Runs a program in the session. `settings` may differ from the session's. `trace`: of its compilation, for the history store, which
// keeps nothing of a run without one.
Result<RunOutcome> run_program(SessionCore& session, const Program& program, const Settings& settings,
                               const Trace* trace, Profiled profiled = Profiled::kNo);

// compile() and run_program() with the session's settings.
Result<std::shared_ptr<const RowsCore>> run_plan(SessionCore& session, const Plan& written);

// What Session::explain prints.
Result<std::string> explain_plan(SessionCore& session, const Plan& written, const ExplainOptions& options);

// Rows made of text columns, for SHOW, DESCRIBE and EXPLAIN; nullopt: NULL.
using TextRow = std::vector<std::optional<std::string>>;
std::shared_ptr<const RowsCore> text_rows(const std::shared_ptr<EngineCore>& engine,
                                          const std::vector<std::string>& names, const std::vector<TextRow>& rows);

}  // namespace headrace
