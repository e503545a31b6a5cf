// runtime/operator.h — the contract of stage ends. An operator is one file in operators/ plus one line in its list.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/world.h"
#include "fuse/stage.h"
#include "kernel/context.h"
#include "runtime/message.h"
#include "runtime/settings.h"
#include "runtime/stage_report.h"
#include "state/budget.h"

namespace headrace {

class IoThreads;
class LoopTrust;
class StateFiles;
class OutputGroup;  // io/output_group.h
class RowWriter;
struct WriteRequest;

// What a query's operators may use. Outlives them.
struct QueryContext {
  World& world;
  MemoryBudget& budget;
  const CancelToken& cancel;
  const Settings& settings;
  StateFiles& files;  // spill and checkpoint files; removed with the query
  // A WriterFactory (runtime/row_writer.h); empty: nothing can be written.
  std::function<Result<std::unique_ptr<RowWriter>>(const WriteRequest&, World&, MemoryBudget&)> make_writer = {};
  IoThreads* io_threads = nullptr;  // wait for the net in place of workers; nullptr: workers do
  // Where files that the query writes beside its rows appear together with its outputs; nullptr: each appears by itself.
  OutputGroup* outputs = nullptr;
  LoopTrust* trust = nullptr;  // which machine code is believed; nullptr: all, and none is looked at
  uint32_t samples_per_second = 0;  // of each worker's time, while it runs the query
  std::string reproducers = {};  // the directory in which loops that gave wrong answers are kept; empty: none are

  // The same for a part of the query that has a token of its own.
  QueryContext under(const CancelToken& token) const {
    return {.world = world,
            .budget = budget,
            .cancel = token,
            .settings = settings,
            .files = files,
            .make_writer = make_writer,
            .io_threads = io_threads,
            .outputs = outputs,
            .trust = trust,
            .samples_per_second = samples_per_second,
            .reproducers = reproducers};
  }
};

// Gives morsels. claim() and locate() are safe for concurrent use.
class Source {
 public:
  virtual ~Source() = default;
  virtual Result<Claim> claim() = 0;
  virtual bool ordered() const = 0;  // (morsel, sequence) is the same in every run
  // Morsels behind that one are not wanted any more, and need not be claimed. False: it, or one in front of it, may still be to come. Safe
  // for concurrent use.
  virtual bool end_behind(uint64_t /*morsel*/) { return true; }
  // Where the user finds a row: "flights.csv:812", "orders.parquet, row 17". row counts from 0 within the morsel.
  virtual std::string locate(uint64_t morsel, uint64_t row) const = 0;
  // How many items lie ready to be claimed, as far as it knows. Safe for concurrent use.
  virtual uint64_t waiting() const { return 0; }
  // Nothing more will be claimed: a source that works ahead ends. Does not wait for it.
  virtual void stop() {}
  // The query has succeeded: what the source writes beside its rows appears. May read what was not claimed. Once, by one thread, after
  // every reader is gone.
  virtual Status commit() { return kDone; }
  virtual BadRowCounts bad_rows() const { return {}; }  // so far
  virtual ScanReport scan_report() const { return {}; }  // so far
  // Of a source that runs a recursion; nullptr: it is another.
  virtual std::shared_ptr<const RecursionReport> report() const { return nullptr; }
  // Read position, as bytes; load() before the first claim. Only sources that can resume override these.
  virtual Result<std::string> save() const;
  virtual Status load(const std::string& position);
  virtual ReadCounts reads() const { return {}; }  // so far; of files and URLs
};

// Where Accumulate steps leave their results: a worker's states by slot, and the arena for what they keep.
struct WorkerStates {
  std::vector<void*> by_slot;
  KernelContext context{nullptr};
};

// A worker's share of a sink's state.
class Local {
 public:
  virtual ~Local() = default;
  virtual WorkerStates states() { return {}; }  // of a sink that takes states instead of rows
};

// Key groups [begin, end) of limits::kKeyGroups.
struct KeyGroups {
  uint32_t begin = 0, end = limits::kKeyGroups;
};

// State rows of one schema in the versioned Arrow form. utf8 columns may hold any bytes.
class StateWriter {
 public:
  virtual ~StateWriter() = default;
  virtual Status write(const Batch& batch) = 0;
  virtual Status close() = 0;  // complete and checksummed only after this
};
class StateReader {
 public:
  virtual ~StateReader() = default;
  virtual Result<bool> read(Batch& out) = 0;  // false: no more. Vectors own their memory.
};
class StateFiles {
 public:
  virtual ~StateFiles() = default;
  // `path` empty: a fresh spill file, removed with the query; its path is returned through it.
  virtual Result<std::unique_ptr<StateWriter>> create(const Schema& schema, std::string& path) = 0;
  virtual Result<std::unique_ptr<StateReader>> open(const Schema& schema, const std::string& path) = 0;
  virtual Status remove(const std::string& path) = 0;
};

using Emit = std::function<Status(const Batch&)>;

// The end of a stage. Many workers call consume(), each with its own Local; merge() and finish() make one result of them.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual std::unique_ptr<Local> local() = 0;
  // Batches are dense (no selection), free of faults, with `input` schema; flat, constant or dictionary vectors.
  virtual Status consume(uint32_t input, const Batch& batch, Local& mine) = 0;
  virtual bool full() const { return false; }  // needs no more rows, of any input
  // No further batch of that morsel, or of any morsel of that input, will come. Thread-safe; the worker calls them after its
  // last consume() of the morsel. Morsels of an input are numbered from 0 without gaps, so that a sink that keeps input order
  // knows what is complete: without these calls it stays right, but cannot stop early or let go of rows before finish().
  virtual Status morsel_done(uint32_t /*input*/, uint64_t /*morsel*/) { return kDone; }
  virtual Status input_done(uint32_t /*input*/) { return kDone; }
  // As morsel_done, but the next row of the morsel faults: the query fails unless the sink is full without that row and all
  // behind it, those of later morsels and inputs included.
  virtual Status morsel_cut(uint32_t /*input*/, uint64_t /*morsel*/) { return kDone; }
  // What a worker can do alone with its complete share, such as sorting it. Thread-safe; before merge() of it.
  virtual Status prepare(Local& /*mine*/) { return kDone; }
  virtual Status merge(std::unique_ptr<Local> one) = 0;  // thread-safe; any order; of a prepared share
  // What is to be done after the last merge and before finish(), in parts for several workers. Called once.
  virtual Result<std::vector<std::function<Status()>>> last_jobs() { return std::vector<std::function<Status()>>(); }
  virtual Status finish() = 0;  // after the last merge and the last job, once
  // After finish(): a fresh pass over the result; may be called for several consumers.
  virtual Result<std::unique_ptr<Source>> output() = 0;

  // Streaming and recovery. Called while no consume() is under way and every Local has been merged.
  virtual Status on_watermark(Watermark watermark, const Emit& emit);  // default: nothing to emit
  virtual Status save(KeyGroups groups, StateWriter& to) const;  // default: kUnsupported
  virtual Status load(StateReader& from);  // load(save(x)) equals x, at any parallelism
  virtual const Schema& state_schema() const;  // of save() and load()
};

}  // namespace headrace
