#include "fuse/contracts.h"

#include <algorithm>

#include "base/overloaded.h"
#include "expr/lexer.h"

namespace headrace {
namespace {

// ns a row of what moves or marks rows; docs/design/fuse.md says how they were found.
constexpr double kMarkNs = 0.05;
constexpr double kDecodeNs = 0.5;
constexpr double kLookUpNs = 5;
constexpr double kKeepNs = 2;

// Whether each row comes out as often as it went in, at most once, or several times.
Cardinality rows_of(JoinKind kind) {
  switch (kind) {
    case JoinKind::kSemi:
    case JoinKind::kAnti: return Cardinality::kZeroOrOne;
    case JoinKind::kMark: return Cardinality::kOneToOne;
    default: return Cardinality::kOneToMany;
  }
}

RowOrder needed_if(bool ordered) { return ordered ? RowOrder::kNeeded : RowOrder::kFree; }

// What moves rows and computes nothing: nulls are values like others, no row faults, nobody outside sees it.
Contract moving_contract(Cardinality cardinality, Domain domain, RowOrder order, StateGrowth state, Buffers buffers,
                         Lifetime lifetime, double cost_ns) {
  return {.nulls = Nulls::kSees,
          .faults = 0u,
          .purity = Purity::kPure,
          .determinism = Determinism::kDeterministic,
          .cardinality = cardinality,
          .domain = domain,
          .order = order,
          .keys = cardinality == Cardinality::kOneToMany ? UniqueKeys::kLost : UniqueKeys::kKept,
          .algebra = uint8_t{kNoAlgebra},
          .state = state,
          .state_bytes = 0u,
          .buffers = buffers,
          .lifetime = lifetime,
          .side_effects = SideEffects::kNone,
          .concurrency = Concurrency::kAny,
          .cost_ns = cost_ns};
}

// A null predicate drops its row.
Contract filter_contract() {
  Contract contract = moving_contract(Cardinality::kZeroOrOne, Domain::kSame, RowOrder::kKept, StateGrowth::kNone,
                                      Buffers::kBorrows, Lifetime::kBatch, kMarkNs);
  contract.algebra = static_cast<uint8_t>(kCommutative | kIdempotent);  // among filters
  return contract;
}

// Bad bytes are an error of the source, no row's fault. It keeps pages.
Contract decode_contract() {
  Contract contract = moving_contract(Cardinality::kOneToOne, Domain::kSame, RowOrder::kKept, StateGrowth::kFixed,
                                      Buffers::kOwns, Lifetime::kOwner, kDecodeNs);
  contract.algebra = uint8_t{kIdempotent};
  return contract;
}

// A step that gives rows of another domain: a probe, a match, an expansion.
Contract rows_contract(Cardinality cardinality, StateGrowth state, double cost_ns) {
  return moving_contract(cardinality, Domain::kOther, RowOrder::kKept, state, Buffers::kBorrows, Lifetime::kBatch,
                         cost_ns);
}

// Rows without a match on the build side are found by what the probes remember.
StateGrowth remembered_by(JoinKind kind) {
  return kind == JoinKind::kRight || kind == JoinKind::kFull ? StateGrowth::kFixed : StateGrowth::kNone;
}

// A sink that keeps what it is given, up to the end of the query.
Contract keeping_contract(Cardinality cardinality, RowOrder order, StateGrowth state) {
  return moving_contract(cardinality, Domain::kOther, order, state, Buffers::kOwns, Lifetime::kQuery, kKeepNs);
}

Contract aggregation_contract(const std::vector<GroupAggregate>& aggregates, StateGrowth state) {
  Contract contract = keeping_contract(Cardinality::kManyToOne, RowOrder::kFree, state);
  contract.keys = UniqueKeys::kMade;
  contract.algebra = static_cast<uint8_t>(kCommutative | kAssociative);
  for (const GroupAggregate& one : aggregates) {
    const Contract& own = one.overload->aggregate->contract;
    contract.faults = contract.faults | own.faults;
    contract.algebra = static_cast<uint8_t>(contract.algebra & own.algebra);
    contract.cost_ns = contract.cost_ns + own.cost_ns;
    if (own.determinism == Determinism::kNone) contract.determinism = Determinism::kNone;
    if (one.by_input) contract.order = RowOrder::kNeeded;
    if (keeps_rows(one)) contract.state = StateGrowth::kWithRows;
  }
  return contract;
}

Contract write_contract(const WriteSink& write) {
  Contract contract =
      keeping_contract(Cardinality::kOneToOne, write.ordered ? RowOrder::kKept : RowOrder::kFree, StateGrowth::kFixed);
  contract.side_effects = SideEffects::kExternal;
  return contract;
}

// Hands each batch on while it is there.
Contract fan_out_contract() {
  Contract contract = keeping_contract(Cardinality::kOneToOne, RowOrder::kKept, StateGrowth::kNone);
  contract.buffers = Buffers::kBorrows;
  contract.lifetime = Lifetime::kBatch;
  contract.cost_ns = kMarkNs;
  return contract;
}

// A source that gives what is known before the query runs.
Contract source_contract(RowOrder order, Lifetime lifetime, double cost_ns) {
  Contract contract = moving_contract(Cardinality::kOneToMany, Domain::kOther, order, StateGrowth::kNone,
                                      Buffers::kOwns, lifetime, cost_ns);
  contract.keys = UniqueKeys::kKept;
  return contract;
}

// A file may change from one query to the next; within one, its version is held to.
Contract table_contract(const TableSource& source) {
  Contract contract = source_contract(source.table->ordered() ? RowOrder::kKept : RowOrder::kFree, Lifetime::kOwner,
                                      kDecodeNs * static_cast<double>(source.columns.size()));
  const bool is_file = !source.file.path.empty();
  contract.purity = is_file ? Purity::kImpure : Purity::kPure;
  contract.determinism = is_file ? Determinism::kPerQuery : Determinism::kDeterministic;
  contract.state = is_file ? StateGrowth::kFixed : StateGrowth::kNone;
  const bool writes_rejects =
      std::ranges::any_of(source.file.options, [](const auto& option) { return equal_words(option.first, "rejects"); });
  contract.side_effects = writes_rejects ? SideEffects::kExternal : SideEffects::kNone;
  return contract;
}

// Rows that are not given as they lie are put together batch by batch.
Contract kept_rows_contract() { return source_contract(RowOrder::kKept, Lifetime::kOwner, kKeepNs); }

// Groups that several workers hold are put together when their part is first read.
Contract sink_source_contract(const SinkNode& sink) {
  Contract contract = kept_rows_contract();
  if (std::holds_alternative<AggregateSink>(sink)) contract.state = StateGrowth::kWithGroups;
  const auto* collect = std::get_if<CollectSink>(&sink);
  const bool is_ordered = collect != nullptr ? collect->ordered : !std::holds_alternative<AggregateSink>(sink);
  contract.order = is_ordered ? RowOrder::kKept : RowOrder::kFree;
  return contract;
}

Contract recursion_contract(const RecursionSource& recursion) {
  Contract contract = source_contract(RowOrder::kKept, Lifetime::kOwner, kKeepNs);
  contract.keys = recursion.distinct ? UniqueKeys::kMade : UniqueKeys::kLost;
  contract.state = StateGrowth::kWithRows;
  contract.concurrency = Concurrency::kOne;
  return contract;
}

// A stream is taken over as a whole before the query begins; the next query gets another one. Of a file less is kept.
Contract stream_contract() {
  Contract contract = source_contract(RowOrder::kKept, Lifetime::kOwner, kMarkNs);
  contract.purity = Purity::kImpure;
  contract.determinism = Determinism::kPerQuery;
  contract.state = StateGrowth::kWithRows;
  return contract;
}

}  // namespace

Contract contract_of(const Stage& stage, const Step& step) {
  return std::visit(
      Overloaded{
          [](const Compute& node) { return node.kernel->function->contract; },
          [](const FilterRows&) { return filter_contract(); }, [](const Decode&) { return decode_contract(); },
          [](const Probe& node) { return rows_contract(rows_of(node.kind), remembered_by(node.kind), kLookUpNs); },
          [&](const Match& node) {
            const auto& probe = std::get<Probe>(stage.steps[node.probe].node);
            return rows_contract(Cardinality::kZeroOrOne, remembered_by(probe.kind), kMarkNs);
          },
          [](const Expand&) { return rows_contract(Cardinality::kOneToMany, StateGrowth::kNone, kMarkNs); },
          [](const Accumulate& node) { return node.aggregate->aggregate->contract; }},
      step.node);
}

bool gives_the_same_anywhere(const Stage& stage, const Compute& compute) {
  return !stage.values[compute.out].may_fault && compute.kernel->id < kForeignOverloadFirst &&
         compute.kernel->function->contract.purity != Purity::kImpure;
}

Contract contract_of(const SinkNode& sink) {
  using enum Cardinality;
  using enum StateGrowth;
  return std::visit(
      Overloaded{[](const CollectSink& node) {
                   return keeping_contract(kOneToOne, node.ordered ? RowOrder::kKept : RowOrder::kFree, kWithRows);
                 },
                 [](const LimitSink& node) { return keeping_contract(kZeroOrOne, needed_if(node.ordered), kFixed); },
                 [](const SampleSink& node) {
                   return keeping_contract(kZeroOrOne, RowOrder::kNeeded, node.spec.rows ? kFixed : kWithRows);
                 },
                 [](const SortSink& node) {
                   const bool drops = node.rows_max || node.offset > 0;
                   return keeping_contract(drops ? kZeroOrOne : kOneToOne, needed_if(node.ordered),
                                           node.rows_max ? kFixed : kWithRows);
                 },
                 [](const AggregateSink& node) { return aggregation_contract(node.aggregates, kWithGroups); },
                 [](const AggregateAllSink& node) { return aggregation_contract(node.aggregates, kFixed); },
                 [](const RepeatSink&) { return keeping_contract(kOneToMany, RowOrder::kKept, kWithRows); },
                 [](const OnlyRowSink&) { return keeping_contract(kZeroOrOne, RowOrder::kFree, kFixed); },
                 [](const JoinBuildSink&) { return keeping_contract(kOneToOne, RowOrder::kNeeded, kWithRows); },
                 [](const WriteSink& node) { return write_contract(node); },
                 [](const FanOutSink&) { return fan_out_contract(); }},
      sink);
}

Contract contract_of(const Program& program, const SourceSpec& source) {
  return std::visit(
      Overloaded{[](const TableSource& node) { return table_contract(node); },
                 [](const RangeSource&) { return source_contract(RowOrder::kKept, Lifetime::kBatch, kMarkNs); },
                 [](const OneRowSource&) { return source_contract(RowOrder::kKept, Lifetime::kBatch, kMarkNs); },
                 [](const ValuesSource&) { return source_contract(RowOrder::kKept, Lifetime::kQuery, kMarkNs); },
                 [&](const SinkSource& node) { return sink_source_contract(program.sinks[node.sink].node); },
                 [](const RecursionSource& node) { return recursion_contract(node); },
                 [](const WorkingSource&) { return kept_rows_contract(); },
                 [](const StreamSource&) { return stream_contract(); }},
      source);
}

}  // namespace headrace
