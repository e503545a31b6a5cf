// fuse/stage.h — what runs without a pipeline breaker: source → steps → sink, in SSA form over columns.
//
// A Program is bipartite: stages flow into sinks, finished sinks feed later stages (as a source, or as the table of a
// Probe). Several stages may flow into one sink (UNION ALL). It is plain data, prints, parses and verifies itself, and holds
// nothing of this process but Overload and Table pointers, so that a stage can be cached, replayed or shipped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kernel/function.h"
#include "plan/plan.h"

namespace headrace {

using ValueId = uint32_t;  // a column of the stage: index into Stage::values; defined exactly once

struct StageValue {
  std::string name;  // for people
  Type type;
  bool nullable = true;
  bool may_fault = false;  // its definition can set a fault bit on some row
  std::optional<ValueRange> range = {};  // of a source's column: what later values were proven harmless with
};

// An argument of a step: a value of the stage, or a constant (index into Stage::constants).
struct Operand {
  bool constant = false;
  uint32_t index = 0;
  friend bool operator==(const Operand&, const Operand&) = default;
};

// A literal that a kernel takes. Structural ones (scales, precisions, LIKE patterns …) are part of a loop's shape; the
// others are parameters, so that queries differing only in them share code.
struct StageConstant {
  Value value;
  bool structural = false;
};

struct Compute {  // out = kernel(arguments), 1:1
  const Overload* kernel;
  std::vector<Operand> arguments;
  ValueId out;
};
struct FilterRows {  // keeps the rows where the operand is true; null drops, a fault is the row's fault
  Operand predicate;
};
// Looks each row up in the table that sink `table` built and emits one row per match, in build order. Starts a fresh row
// domain: every value used later is in `carried` or `fetched`, or in those of its Match. Resumable: it stops when its output
// is full. By kind, without a Match behind it:
//   kLeft, kFull   one row with nulls when there is no match
//   kRight, kFull  build rows that match are remembered; the rest are the rows of the table as a source (SinkSource)
//   kSemi, kAnti   the row once when there is a match, when there is none
//   kMark          each row once, with `mark` (plan/plan.h); null needs a single key
// With a Match behind it, its rows are pairs: what lies between filters pairs, and sees none of rows without a match.
struct Probe {
  uint32_t table;  // index into Program::sinks; a JoinBuildSink
  JoinKind kind;
  std::vector<Operand> keys;
  std::vector<std::pair<ValueId, ValueId>> carried;  // (value before, value after)
  std::vector<std::pair<uint32_t, ValueId>> fetched;  // (column of the build sink's columns, value after)
  std::optional<ValueId> mark = {};  // kMark without a Match
  // Columns of the source, of those that are carried: decoded here as by Decode, for the rows that come out. Only where rows are
  // dropped: kInner, kRight, kSemi, kAnti, without a Match.
  std::vector<ValueId> decoded = {};
};
// The end of a probe's pairs: does with those that the filters in between kept, and whose verdict is true, what the Probe's
// kind says of matches. A null verdict makes a mark null. Starts a fresh row domain. A row's pairs may come in several batches.
struct Match {
  uint32_t probe;  // index into Stage::steps; only Compute and FilterRows lie in between
  std::optional<Operand> verdict = {};  // bool, of each pair; none: true
  std::vector<std::pair<ValueId, ValueId>> carried;  // (value in front of the probe, value after)
  std::vector<std::pair<uint32_t, ValueId>> fetched;  // (column of the build sink's columns, value after)
  std::optional<ValueId> mark = {};  // kMark
};
// Each row as often as `count` says, an int64; null and what is below 1: not at all. `number` counts a row's copies from 1.
// Starts a fresh row domain: every value used later is in `carried`. Resumable: it stops when its output is full.
struct Expand {
  Operand count;
  std::vector<std::pair<ValueId, ValueId>> carried;  // (value before, value after)
  ValueId number;
};
// The source's column `value` is decoded, for the rows that are left where the loop with this step begins, or fewer; it has no
// values before. 1:1. Bad bytes are an error of the source, no row's fault. A source may give the column at once; then
// nothing is left to do here.
struct Decode {
  ValueId value;
};
struct Accumulate {  // updates state slot `slot` of an AggregateAllSink from every row
  const AggregateOverload* aggregate;
  std::vector<Operand> arguments;  // count(*): none
  uint32_t slot;
};

struct Step {
  std::variant<Compute, FilterRows, Decode, Probe, Match, Expand, Accumulate> node;
  TextPosition where;  // in the query's text
};

// Probe, Match and Expand: they run alone, and values in front of them have other rows than those behind.
inline bool starts_rows(const Step& step) {
  return std::holds_alternative<Probe>(step.node) || std::holds_alternative<Match>(step.node) ||
         std::holds_alternative<Expand>(step.node);
}

enum class Decision : uint8_t { kRegister, kStaged, kMaterialized };

// Why a cut is as it is. Every refusal to fuse has one of these; explain prints reason_text().
enum class Reason : uint8_t {
  kFused,  // legal, and the model or rule prefers one loop
  kModeOff,  // fusion.mode = off
  kModeStaged,  // every cut staged was asked for
  kPinned,  // fusion.edge.… pins it
  kExpands,  // it emits several rows per row and must be resumable
  kCodeTooLarge,  // limits::kLoopStepsMax
  kSelectiveFilter,  // few rows are expected to survive: later steps run on those alone
  kCheaperApart,  // the model prices two loops below one
  kBreaker,  // the consumer needs all rows first
  kSeveralConsumers,  // kept for more than one reader
  kStateBoundary,  // the sink's state is touched only after the batch is free of faults
  kSideEffect,
  kSourceVectors,  // the reader delivers vectors, not registers
  kFanOut,  // several stages read each batch
  kQuarantined,  // machine code of a loop with both steps gave another answer than the interpreter
  kOrder,  // what the consumer answers depends on the order of rows
  kStateOutgrowsCache,  // the sink's state grows with the groups
  kDestroysParallelism,  // one worker at a time runs the producer
  kFlagOff,  // a rule that would have joined them is off
  kEvaluatedMoreOften,  // a value that several stages read: in a loop with each it would be computed for each
  kMeasuredSlower,  // one loop took longer than its steps apart
  kIsolation,  // fusion.isolate names a function beside it
  kLatencyTarget,  // one loop missed the target for latency by more than its steps apart
};
// A set of reasons.
using Reasons = uint32_t;
constexpr Reasons only(Reason reason) { return Reasons{1} << static_cast<uint32_t>(reason); }
constexpr bool has(Reasons reasons, Reason reason) { return (reasons & only(reason)) != 0; }
const char* reason_name(Reason reason);  // "selective_filter"
const char* reason_text(Reason reason);  // one clause
std::vector<Reason> list_of(Reasons reasons);
Result<Reason> parse_reason(std::string_view name);
const char* decision_name(Decision decision);

struct Cut {
  Decision decision = Decision::kStaged;
  Reason reason = Reason::kModeOff;
  bool pinned = false;
  Reasons barriers = 0;  // all that forbids the steps on its two sides to share a loop, whatever it would save
  double predicted_ns_per_row = 0;  // of this cut; 0: not priced
  uint64_t live_bytes_per_row = 0;  // of values that cross it
  // What machine code takes more to make if this cut is the other way, per row of the source; 0: it is not charged.
  double code_ns_otherwise = 0;
};

// sources
struct TableSource {
  TablePtr table;
  FileRef file;  // path empty: the table is found by `name`
  std::string name;
  std::vector<uint32_t> columns;
  std::vector<ExprPtr> pruning;
  std::optional<std::vector<uint32_t>> checked = {};  // as in ScanFile
  std::vector<FieldPath> fields = {};  // as in ScanFile
};
struct RangeSource {
  int64_t begin, end;
};
struct OneRowSource {};
struct ValuesSource {
  Schema columns;
  std::vector<std::vector<Value>> rows;
};
// The rows of a finished sink. Of a JoinBuildSink: its rows that no probe matched, when all stages that probe it have ended. Of a
// FanOutSink: those that come, as they come.
struct SinkSource {
  uint32_t sink;
};
// The rows of `base`, then, round by round, those of `step` while its WorkingSources of this id give what the round before
// added; ends with a round that adds none. Both programs' results have an order.
struct RecursionSource {
  uint32_t id;
  bool distinct;  // a row that equals an earlier one, nulls included, is not added
  Schema columns;  // all may be null
  std::shared_ptr<const struct Program> base, step;
};
// In the step of the recursion of that id: what the round before added.
struct WorkingSource {
  uint32_t id;
  Schema columns;
};
struct StreamSource {};  // Arrow batches handed in from outside (a shipped stage)
using SourceSpec = std::variant<TableSource, RangeSource, OneRowSource, ValuesSource, SinkSource, RecursionSource,
                                WorkingSource, StreamSource>;

struct Stage {
  SourceSpec source;
  std::vector<StageValue> values;  // 0 … source_values-1 are the source's columns
  uint32_t source_values = 0;
  std::vector<StageConstant> constants;
  std::vector<Step> steps;
  std::vector<Cut> cuts;  // [steps.size()]: cuts[i] lies behind step i; the last is the edge to the sink
  std::vector<Operand> outputs;  // what the sink receives, in its column order (AggregateAllSink: none)
  uint32_t sink = 0;  // index into Program::sinks
  uint32_t sink_input = 0;  // which of the sink's inputs
  bool scans_alone = false;  // though others read the same rows: the rule `share_scans` is off. For people only
};

// sinks. Columns are positions in Stage::outputs.
struct SortColumn {
  uint32_t column;
  bool descending;
  bool nulls_first;
};
struct CollectSink {
  bool ordered;
};  // rows in input order when ordered
struct LimitSink {
  uint64_t rows_max, offset;
  bool ordered;
};  // !ordered: the first rows of the total order of all columns
// Rows in the order of (input, morsel, row), which makes their ordinals: the inputs are run one after the other.
struct SampleSink {
  SampleSpec spec;
};
struct SortSink {
  std::vector<SortColumn> keys;
  std::optional<uint64_t> rows_max;
  uint64_t offset = 0;
  bool ordered = true;
};
struct GroupAggregate {
  const AggregateOverload* overload;
  std::vector<uint32_t> columns;  // of its arguments
  Type result;
  bool faults_become_null = false;  // policy `null`: a sum that does not fit its type is null
  bool distinct = false;  // of rows that agree in all arguments, one counts
  std::optional<uint32_t> filter = {};  // a bool: only rows where it is true count
  std::vector<SortColumn> order = {};  // of a group's rows
  bool by_input = false;  // ties, or everything, in the order of the input; else by all columns
};
// Whether a group's rows are kept until its end, to be put in order or rid of repeats.
inline bool keeps_rows(const GroupAggregate& one) {
  return one.distinct || one.filter.has_value() || one.overload->order != StateOrder::kFree;
}
struct AggregateSink {
  uint32_t key_columns;
  std::vector<GroupAggregate> aggregates;
  int64_t window_us = 0;
  bool one_group = false;  // the keys are literals: there is one group, also over no rows
};  // keys are columns 0 … key_columns-1
struct AggregateAllSink {
  std::vector<GroupAggregate> aggregates;
};  // states come from Accumulate steps
struct RepeatSink {
  uint32_t count;
};  // each row as often as that column says, an int64 without nulls
struct OnlyRowSink {};  // the only row, or one of nulls; an error when there are more
// Keys are columns 0 … key_columns-1. A row with a null in a key whose nulls are not equal matches nothing: it is dropped,
// unless the table gives its unmatched rows.
struct JoinBuildSink {
  uint32_t key_columns;
  std::vector<bool> nulls_equal = {};  // by key column; empty: none
  bool gives_unmatched = false;  // remembers which rows a probe matched; the others are its output
};
struct WriteSink {
  std::string path, format;
  Options options;
  bool ordered = true;
};
// Keeps nothing: each batch goes on to every stage that reads it, in the task that made it, before the next one is read. Fed by one
// stage. Its columns that this stage leaves undecoded (late_columns, fuse/fan_out.h) are decoded by the one that reads them.
struct FanOutSink {};
using SinkNode = std::variant<CollectSink, LimitSink, SampleSink, SortSink, AggregateSink, AggregateAllSink, RepeatSink,
                              OnlyRowSink, JoinBuildSink, WriteSink, FanOutSink>;
// Whether a sink's input is run only when those before it have ended.
inline bool takes_inputs_in_turn(const SinkNode& sink) { return std::holds_alternative<SampleSink>(sink); }

struct SinkSpec {
  SinkNode node;
  Schema
      input;  // of the batches it consumes; AggregateAllSink: the types of the aggregates' arguments, by their column
  Schema output;  // of the rows it gives
  uint32_t inputs = 1;
};

struct Program {
  std::vector<Stage> stages;  // topological: a stage reads only sinks of earlier stages
  std::vector<SinkSpec> sinks;
  uint32_t result = 0;  // the sink whose rows are the answer
};

// Intervals of steps between staged cuts: [first, last) pairs that run as one loop each.
struct StepInterval {
  uint32_t first, last;
};
std::vector<StepInterval> intervals_of(const Stage& stage);

// Whether the source promises the ranges that its columns are declared with. A stream promises what its rows are checked
// for when they come, a fan_out what the source behind it does.
bool keeps_ranges(const Program& program, const Stage& stage);
// By value: that of a column of the source as it is declared, that of a computed value as it follows.
std::vector<ValueRange> ranges_of_values(const Stage& stage);
// The range of a column of the source, as far as it is known.
std::optional<ValueRange> range_of_source(const SourceSpec& source, uint32_t column);

Status verify(const Program& program);  // fuse/verify.cc
std::string to_text(const Program& program);  // fuse/text.cc; fuse/parse.h reads it back

}  // namespace headrace
