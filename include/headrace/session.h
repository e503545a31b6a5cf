// headrace/session.h — an engine in this process: SQL, files, Arrow streams in; rows, files, Arrow streams out.
//
//   headrace::Engine engine;
//   headrace::Session session = engine.session();
//   auto rows = session.sql("SELECT carrier, count(*) FROM 'flights.csv' GROUP BY carrier");
//   if (!rows.ok()) std::puts(to_text(rows.error()).c_str());
//
// An Engine owns workers, memory budget and code; Sessions own settings and names. Many sessions may run in one engine, each
// used by one thread at a time.
#pragma once

#include <headrace/error.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ArrowArrayStream;  // the Arrow C stream interface

namespace headrace {

std::string_view version();  // "major.minor.patch"

class Frame;
class FrameOutput;
struct EngineCore;
struct SessionCore;
struct RowsCore;

struct EngineOptions {
  uint32_t threads = 0;  // 0: as many as the process may use
  uint64_t memory_limit_bytes = 0;  // 0: 80 % of the machine's memory
  std::string reproducers =
      {};  // a directory in which loops are left whose machine code gave a wrong answer; empty: none are
  std::string calibration = {};  // the file that calibrate() wrote; empty or missing: what is compiled in
  std::string history =
      {};  // NAME.db, in which all processes of a user keep what their runs did; empty: nothing is kept
};

struct ColumnInfo {
  std::string name;
  std::string type;  // "int64", "decimal(15,2)", …
  bool nullable;
};

// A finished result, held in memory. Cheap to copy.
class Rows {
 public:
  explicit Rows(std::shared_ptr<const RowsCore> core);

  uint64_t row_count() const;
  std::vector<ColumnInfo> columns() const;
  // Any of `table` (at most rows_max rows in lines of at most width_max columns, 0 for any; the middle left out), `csv`, `ndjson`, `arrow`, `parquet`. kUnsupported otherwise.
  using WriteBytes = std::function<Status(std::string_view bytes)>;
  Status write(const std::string& format, const WriteBytes& write, uint32_t rows_max = 40,
               uint32_t width_max = 0) const;
  Result<std::string> to_text(const std::string& format) const;
  // Into a file, which appears when it is complete. An empty format: by the name's ending.
  Status write_file(const std::string& path, const std::string& format) const;
  // Row by row, every value as `table` shows it, nullopt for NULL. Stops at a Status that is not ok, and gives it.
  using VisitRow = std::function<Status(const std::vector<std::optional<std::string>>& values)>;
  Status for_each_row(const VisitRow& visit) const;
  // The caller releases `out` and its arrays before the engine goes.
  void to_arrow(ArrowArrayStream* out) const;

 private:
  friend class Session;
  std::shared_ptr<const RowsCore> core_;
};

struct ExplainOptions {
  std::string stage = {};  // logical | optimized | stages | fused; empty: the optimized plan and the stages' decisions
  bool fusion = false;  // every edge between two operators: decision, reason, live bytes, price
  bool analyze = false;  // runs the query and adds rows, morsels per tier and time per stage
  bool json = false;
  bool patterns =
      false;  // instead of all that: a line for each fusion pattern that it has (headrace/patterns.h), and where
};

// What `headrace verify` found: one query under many configurations.
struct VerifyReport {
  bool same = false;  // all answers are the same bits, or the same error
  std::optional<Error> error = {};  // what all configurations fail with, if they do
  uint32_t configurations = 0;
  std::string text;  // one line a configuration: rows, digest of the answer, morsels per tier
};

// How far a query has come.
struct Progress {
  bool running = false;  // false: of the last query that ran
  uint64_t rows = 0;  // read from files, tables and ranges
  std::optional<uint64_t> rows_total =
      {};  // that they have; nullopt: some file does not say. LIMIT and pruning may read fewer
  uint64_t bytes = 0;  // read from files meanwhile, by the whole process
  int64_t elapsed_ns = 0;
};

// What can be typed, for completion.
struct Names {
  std::vector<std::string> keywords, functions, tables, columns;
};

class Session {
 public:
  // Runs every statement of `text` in order; the last one's rows are the answer (none: no columns, no rows).
  // Error::where is the place in the text, the file and line, or the operator.
  Result<Rows> sql(std::string_view text);
  // The same, the last statement a query, INSERT, UPDATE or DELETE with parameters: names ("1" of $1 and of the first ?, "x" of $x) and values, which are
  // literals as SQL writes them: 7, 'text', DATE '2024-01-31', NULL.
  Result<Rows> sql(std::string_view text, const std::vector<std::pair<std::string, std::string>>& parameters);
  // The last statement's rows go to a file, which appears when it is complete; the answer is one row with their number.
  Result<Rows> sql_to_file(std::string_view text, const std::string& path, const std::string& format);
  // As rows.write_file, but a cancel() stops it and leaves no file. `rows` come from this session.
  Status write_file(const Rows& rows, const std::string& path, const std::string& format);
  Result<std::string> explain(std::string_view text, const ExplainOptions& options);
  Result<VerifyReport> verify(std::string_view text);

  // A form that explain --stage printed, read back: run it, or print it again.
  Result<Rows> run_form(const std::string& stage, std::string_view text);
  Result<std::string> print_form(const std::string& stage, std::string_view text);
  // Runs a `stages` or `fused` form whose stage reads `source stream` on rows from outside: a C stream (taken over), or an
  // Arrow IPC file or stream on disk.
  Result<Rows> run_shipped(std::string_view text, ArrowArrayStream* input);
  Result<Rows> run_shipped(std::string_view text, const std::string& arrow_path);

  // Names and values as in SQL's SET.
  Status set(const std::string& name, const std::string& value);
  std::vector<std::pair<std::string, std::string>> settings() const;

  // Takes the stream over and makes it a table of the session.
  Status register_arrow(const std::string& name, ArrowArrayStream* stream);

  using FileOptions = std::vector<std::pair<std::string, std::string>>;
  Frame scan_parquet(const std::string& path);
  Frame scan_csv(const std::string& path, FileOptions options = {});
  Frame table(const std::string& name);
  Frame range(int64_t begin, int64_t end);
  // Writes all of them, which appear together or not at all; a file that several of them need is read once. The answer has a row for
  // each: its path, and how many rows it has.
  //   session.write_all({clean.to_parquet("clean.parquet"), totals.to_csv("totals.csv")});
  Result<Rows> write_all(const std::vector<FrameOutput>& outputs);

  // Stops the statements in progress, which then fail with kCancelled. May be called from any thread and from signal
  // handlers. True: their rows flow already, and they end within a batch. False: nothing runs, or it is still being planned,
  // which looks for a cancel between its passes.
  bool cancel();

  Progress progress() const;  // from any thread
  // What the last call left out of its answer, a sentence each: bad records of a text format that options told it to skip.
  std::vector<std::string> notes() const;
  Names names() const;

 private:
  friend class Engine;
  explicit Session(std::shared_ptr<SessionCore> core);
  std::shared_ptr<SessionCore> core_;
};

class Engine {
 public:
  explicit Engine(const EngineOptions& options = {});
  Session session();
  // Measures for some seconds what this machine takes for the parts of a loop, and writes it to `path`, for EngineOptions::calibration of
  // later engines. Answers never depend on it. kIo.
  Status calibrate(const std::string& path);

  // The last runs in the history store, the latest first. kInvalidPlan: the engine keeps none.
  Result<Rows> history(uint32_t runs_max);
  // Of those runs: how often each rule and each reason of a decision came in, what it was predicted to save and what was measured; and rules and
  // cuts that saved nothing. kInvalidPlan: the engine keeps none.
  Result<Rows> fusion_report(uint32_t runs_max);
  // Leaves the runs so far in the history store or in files beside it, for the next process to take in, and records no more. What went
  // wrong with it, a sentence each: it is no error of any query.
  std::vector<std::string> close_history();

 private:
  std::shared_ptr<EngineCore> core_;
};

}  // namespace headrace
