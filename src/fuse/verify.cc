#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/limits.h"
#include "expr/faults.h"
#include "expr/value_range.h"
#include "fuse/fan_out.h"
#include "fuse/liveness.h"
#include "fuse/stage.h"
#include "fuse/verify_ends.h"

namespace headrace {

namespace {

Error broken(size_t stage, std::string what) {
  return {ErrorCode::kInvalidPlan, std::move(what), fmt::format("stage {}", stage), ""};
}

constexpr uint32_t kUndefined = ~uint32_t{0};

// A value can be used in the row domain that it is defined in: each Probe and Match begins another one.
class StageVerifier {
 public:
  StageVerifier(const Program& program, size_t index)
      : program_(program),
        index_(index),
        stage_(program.stages[index]),
        domain_of_(stage_.values.size(), kUndefined),
        ranges_(stage_.values.size()),
        domain_in_front_(stage_.steps.size(), 0) {}

  Status verify() {
    if (stage_.source_values > stage_.values.size()) return broken(index_, "has fewer values than its source");
    if (stage_.cuts.size() != stage_.steps.size()) return broken(index_, "needs one cut behind each step");
    if (const auto* source = std::get_if<SinkSource>(&stage_.source)) {
      TRY_STATUS(earlier_sink(source->sink));
      TRY_STATUS(verify_unmatched(source->sink));
    }
    TRY_STATUS(verify_source_values());
    TRY_STATUS(verify_source(program_, index_));
    for (uint32_t step = 0; step < stage_.steps.size(); ++step) {
      TRY_STATUS(verify_step(step));
      TRY_STATUS(verify_cut(step));
    }
    return verify_outputs();
  }

 private:
  Status verify_source_values() {
    const std::optional<Schema> given = schema_of_source(program_, stage_.source);
    if (given.has_value() && given->size() != stage_.source_values)
      return broken(index_, fmt::format("declares {} columns of its source, which gives {}", stage_.source_values,
                                        given->size()));
    for (ValueId value = 0; value < stage_.source_values; ++value) {
      const StageValue& declared = stage_.values[value];
      domain_of_[value] = is_decoded(value) ? kUndefined : 0;
      ranges_[value] = declared.range.value_or(whole_range(declared.type.id));
      if (declared.may_fault)
        return broken(index_, fmt::format("v{} is a column of the source, which cannot fault", value));
      if (!given.has_value()) continue;
      const Column& column = (*given)[value];
      if (column.type != declared.type)
        return broken(index_, fmt::format("v{} is declared {}, its source gives {} for column {}", value,
                                          to_text(declared.type), to_text(column.type), value));
      if (column.nullable && !declared.nullable)
        return broken(index_, fmt::format("v{} is declared without nulls, its source may give some", value));
    }
    return kDone;
  }

  bool is_decoded(ValueId value) const {
    return std::any_of(stage_.steps.begin(), stage_.steps.end(), [&](const Step& step) {
      const auto* decode = std::get_if<Decode>(&step.node);
      const auto* probe = std::get_if<Probe>(&step.node);
      return (decode != nullptr && decode->value == value) ||
             (probe != nullptr && std::ranges::count(probe->decoded, value) > 0);
    });
  }

  Status verify_decode(const Decode& decode) const {
    if (decode.value >= stage_.source_values)
      return broken(index_, fmt::format("decodes v{}, which is no column of its source", decode.value));
    if (domain_ == 0) return kDone;
    return broken(index_, fmt::format("decodes v{} where rows are others than its source's", decode.value));
  }

  Status earlier_sink(uint32_t sink) const {
    if (sink >= program_.sinks.size()) return broken(index_, fmt::format("reads sink {}, which does not exist", sink));
    for (size_t i = index_; i < program_.stages.size(); ++i)
      if (program_.stages[i].sink == sink)
        return broken(index_, fmt::format("reads sink {} before it is complete", sink));
    return kDone;
  }

  Result<Type> type_of(Operand operand) const {
    if (operand.constant) {
      if (operand.index >= stage_.constants.size()) return broken(index_, "uses a constant that does not exist");
      return stage_.constants[operand.index].value.type;
    }
    TRY_STATUS(expect_visible(operand.index, domain_));
    return stage_.values[operand.index].type;
  }

  Status expect_visible(ValueId value, uint32_t domain) const {
    if (value >= domain_of_.size() || domain_of_[value] == kUndefined)
      return broken(index_, fmt::format("uses v{} before it is defined", value));
    if (domain_of_[value] != domain)
      return broken(index_, fmt::format("uses v{} where rows are others: a probe or match lies in between", value));
    return kDone;
  }

  bool nullable(Operand operand) const {
    return operand.constant ? stage_.constants[operand.index].value.is_null() : stage_.values[operand.index].nullable;
  }

  Status expect(Operand operand, TypeId expected, std::string_view user) const {
    TRY(type, type_of(operand));
    if (type.id == expected) return kDone;
    return broken(index_, fmt::format("{} expects {}, found {}", user, to_text(Type{expected}), to_text(type)));
  }

  template <class Taker>
  Status expect_argument(Operand operand, const Taker& overload, size_t argument) const {
    TRY(type, type_of(operand));
    if (overload.accepts(argument, type.id)) return kDone;
    return broken(index_, fmt::format("{} expects {}, found {}", overload.symbol,
                                      to_text(Type{overload.arguments[argument]}), to_text(type)));
  }

  Status verify_step(uint32_t at) {
    const Step& step = stage_.steps[at];
    if (const auto* compute = std::get_if<Compute>(&step.node)) TRY_STATUS(verify_compute(*compute));
    if (const auto* filter = std::get_if<FilterRows>(&step.node))
      TRY_STATUS(expect(filter->predicate, TypeId::kBool, "filter"));
    if (const auto* decode = std::get_if<Decode>(&step.node)) TRY_STATUS(verify_decode(*decode));
    if (const auto* accumulate = std::get_if<Accumulate>(&step.node)) TRY_STATUS(verify_accumulate(*accumulate));
    domain_in_front_[at] = domain_;
    if (const auto* probe = std::get_if<Probe>(&step.node)) TRY_STATUS(verify_probe(*probe, at));
    if (const auto* match = std::get_if<Match>(&step.node)) TRY_STATUS(verify_match(*match, at));
    if (const auto* expand = std::get_if<Expand>(&step.node)) TRY_STATUS(verify_expand(*expand));
    if (starts_rows(step)) domain_ = ++domains_;
    bool twice = false;
    for_each_definition(step, [&](ValueId value) {
      twice |= value >= domain_of_.size() || domain_of_[value] != kUndefined;
      if (value < domain_of_.size()) domain_of_[value] = domain_;
    });
    return twice ? Status(broken(index_, "defines a value twice, or one that it does not declare")) : Status(kDone);
  }

  Status verify_compute(const Compute& compute) {
    const Overload& kernel = *compute.kernel;
    if (compute.arguments.size() != kernel.arguments.size())
      return broken(index_, fmt::format("{} expects {} arguments, found {}", kernel.symbol, kernel.arguments.size(),
                                        compute.arguments.size()));
    for (size_t i = 0; i < compute.arguments.size(); ++i) TRY_STATUS(expect_argument(compute.arguments[i], kernel, i));
    if (compute.out >= stage_.values.size() || !kernel.gives(stage_.values[compute.out].type.id))
      return broken(index_, fmt::format("{} gives a value of another type", kernel.symbol));
    if (domain_of_[compute.out] != kUndefined)
      return broken(index_, fmt::format("defines a value twice: v{}", compute.out));
    if (kernel.function->name.starts_with("cast_to_")) TRY_STATUS(verify_cast(compute));
    return verify_promises(compute);
  }

  // A cast is told the scale of the decimal that it reads, then precision and scale of the one that it makes.
  Status verify_cast(const Compute& compute) const {
    TRY(from, type_of(compute.arguments[0]));
    const Type to = stage_.values[compute.out].type;
    std::vector<int32_t> expected;
    if (is_decimal(from)) expected.push_back(from.scale);
    if (is_decimal(to)) expected.insert(expected.end(), {to.precision, to.scale});
    for (size_t i = 0; i < expected.size() && i + 1 < compute.arguments.size(); ++i) {
      const Operand found = compute.arguments[i + 1];
      if (!found.constant || stage_.constants[found.index].value != Value{kInt32, expected[i]})
        return broken(index_, fmt::format("{} from {} to {} expects the literal {} as argument {}",
                                          compute.kernel->symbol, to_text(from), to_text(to), expected[i], i + 2));
    }
    return kDone;
  }

  // That the value is declared with what its rows may be: null, or a fault that is not proven impossible.
  Status verify_promises(const Compute& compute) {
    const StageValue& out = stage_.values[compute.out];
    std::vector<ExprPtr> arguments;
    std::vector<ValueRange> ranges;
    for (const Operand operand : compute.arguments) {
      arguments.push_back(operand.constant
                              ? literal(stage_.constants[operand.index].value)
                              : column_index(operand.index, "", stage_.values[operand.index].type, nullable(operand)));
      ranges.push_back(operand.constant ? range_of_literal(stage_.constants[operand.index].value)
                                        : ranges_[operand.index]);
    }
    const CallRange proven = range_of_call(*compute.kernel, ranges);
    ranges_[compute.out] = proven.range;
    const ExprPtr call = resolved_call(*compute.kernel, std::move(arguments), out.type, {});
    if (call->nullable && !out.nullable)
      return broken(
          index_, fmt::format("v{} is declared without nulls, {} may give some", compute.out, compute.kernel->symbol));
    // Where faults become nulls, a value that may fault is nullable instead.
    if (!out.may_fault && !out.nullable && proven.can_fault && call_can_fault(std::get<Call>(call->node), out.type))
      return broken(
          index_, fmt::format("v{} is declared without faults, {} may set some", compute.out, compute.kernel->symbol));
    return kDone;
  }

  Status verify_accumulate(const Accumulate& accumulate) {
    if (accumulate.arguments.size() != accumulate.aggregate->arguments.size())
      return broken(index_, "an aggregate lacks its argument or has one too many");
    for (size_t i = 0; i < accumulate.arguments.size(); ++i)
      TRY_STATUS(expect_argument(accumulate.arguments[i], *accumulate.aggregate, i));
    const auto* sink = std::get_if<AggregateAllSink>(&program_.sinks[stage_.sink].node);
    if (sink == nullptr) return broken(index_, "accumulates, but its sink takes rows");
    if (accumulate.slot >= sink->aggregates.size())
      return broken(index_,
                    fmt::format("accumulates into slot {}, its sink has {}", accumulate.slot, sink->aggregates.size()));
    const GroupAggregate& expected = sink->aggregates[accumulate.slot];
    if (expected.overload != accumulate.aggregate)
      return broken(index_, fmt::format("slot {} of its sink is {}, found {}", accumulate.slot,
                                        expected.overload->symbol, accumulate.aggregate->symbol));
    if (!slots_.insert(accumulate.slot).second)
      return broken(index_, fmt::format("accumulates into slot {} twice", accumulate.slot));
    const Schema& input = program_.sinks[stage_.sink].input;
    if (expected.columns.size() != accumulate.arguments.size()) return kDone;  // verify_ends says so
    for (size_t i = 0; i < accumulate.arguments.size(); ++i) {
      if (expected.columns[i] >= input.size()) continue;
      TRY(type, type_of(accumulate.arguments[i]));
      if (type == input[expected.columns[i]].type) continue;
      return broken(index_, fmt::format("slot {} of its sink takes {}, found {}", accumulate.slot,
                                        to_text(input[expected.columns[i]].type), to_text(type)));
    }
    return kDone;
  }

  // A probe and a match run alone.
  Status verify_cut(uint32_t at) {
    const bool alone =
        starts_rows(stage_.steps[at]) || (at + 1 < stage_.steps.size() && starts_rows(stage_.steps[at + 1]));
    const bool fused = at + 1 < stage_.steps.size() && stage_.cuts[at].decision == Decision::kRegister;
    if (fused && alone)
      return broken(index_, fmt::format("the cut behind step {} must be staged: a probe or match runs alone", at));
    loop_steps_ = fused ? loop_steps_ + 1 : 0;
    if (loop_steps_ < limits::kLoopStepsMax) return kDone;
    return broken(index_, fmt::format("a loop ends behind at most {} steps", limits::kLoopStepsMax));
  }

  Status verify_probe(const Probe& probe, uint32_t at) {
    TRY_STATUS(earlier_sink(probe.table));
    const SinkSpec& sink = program_.sinks[probe.table];
    const auto* build = std::get_if<JoinBuildSink>(&sink.node);
    if (build == nullptr || build->key_columns != probe.keys.size() || sink.input.size() < probe.keys.size())
      return broken(index_, "probes what is no join table of as many keys");
    if (keeps_right_rows(probe.kind) && !build->gives_unmatched)
      return broken(index_, "probes for the rows that match, the join table does not remember them");
    for (size_t i = 0; i < probe.keys.size(); ++i) {
      TRY_STATUS(expect(probe.keys[i], sink.input[i].type.id, "probe"));
      TRY(type, type_of(probe.keys[i]));
      if (type.scale != sink.input[i].type.scale)
        return broken(index_, fmt::format("probe expects {}, found {}", to_text(sink.input[i].type), to_text(type)));
    }
    const bool matched = has_match(at);
    const bool marks = probe.kind == JoinKind::kMark && !matched;
    if (marks && probe.keys.size() > 1)
      for (size_t i = 0; i < probe.keys.size(); ++i)
        if (nullable(probe.keys[i]) || sink.input[i].nullable)
          return broken(index_, "marks by several keys of which one may be null");
    TRY_STATUS(verify_mark(probe.mark, marks));
    TRY_STATUS(verify_decoded(probe, matched));
    if (!matched && !gives_right_columns(probe.kind) && !probe.fetched.empty())
      return broken(index_, "fetches from rows that its kind of join does not give");
    return verify_crossing(probe, sink, domain_, keeps_left_rows(probe.kind) && !matched);
  }

  // What a probe decodes has no values before, and is carried.
  Status verify_decoded(const Probe& probe, bool matched) {
    if (probe.decoded.empty()) return kDone;
    if (matched || keeps_left_rows(probe.kind) || probe.kind == JoinKind::kMark)
      return broken(index_, "decodes columns in a probe that drops no rows");
    for (const ValueId value : probe.decoded) {
      TRY_STATUS(verify_decode({value}));
      if (domain_of_[value] != kUndefined) return broken(index_, fmt::format("decodes v{} twice", value));
      domain_of_[value] = domain_;
      if (std::ranges::none_of(probe.carried, [&](const auto& pair) { return pair.first == value; }))
        return broken(index_, fmt::format("decodes v{}, which it does not carry", value));
    }
    return kDone;
  }

  // A mark where there has to be one.
  Status verify_mark(std::optional<ValueId> mark, bool expected) {
    if (mark.has_value() != expected) return broken(index_, "lacks its mark or has one too many");
    if (!mark.has_value()) return kDone;
    if (*mark >= stage_.values.size()) return broken(index_, "marks a value that does not exist");
    const StageValue& value = stage_.values[*mark];
    if (value.type != kBool || !value.nullable || value.may_fault)
      return broken(index_,
                    fmt::format("v{} is declared {}, a mark is a bool that may be null", *mark, to_text(value.type)));
    return kDone;
  }

  // Whether a match ends the pairs of the probe at step `at`.
  bool has_match(uint32_t at) const {
    for (uint32_t i = at + 1; i < stage_.steps.size(); ++i)
      if (starts_rows(stage_.steps[i])) {
        const auto* match = std::get_if<Match>(&stage_.steps[i].node);
        return match != nullptr && match->probe == at;
      }
    return false;
  }

  Status verify_match(const Match& match, uint32_t at) {
    const auto* probe = match.probe < at ? std::get_if<Probe>(&stage_.steps[match.probe].node) : nullptr;
    if (probe == nullptr)
      return broken(index_, fmt::format("step {} ends the pairs of step {}, which is no probe", at, match.probe));
    if (!has_match(match.probe))
      return broken(index_, fmt::format("step {} ends the pairs of step {} once more", at, match.probe));
    for (uint32_t i = match.probe + 1; i < at; ++i) {
      if (!std::holds_alternative<Compute>(stage_.steps[i].node) &&
          !std::holds_alternative<FilterRows>(stage_.steps[i].node))
        return broken(index_,
                      fmt::format("between a probe and its match only values and filters lie, found step {}", i));
    }
    if (match.verdict.has_value()) TRY_STATUS(expect(*match.verdict, TypeId::kBool, "match"));
    TRY_STATUS(verify_mark(match.mark, probe->kind == JoinKind::kMark));
    if (!gives_right_columns(probe->kind) && !match.fetched.empty())
      return broken(index_, "fetches from rows that its kind of join does not give");
    return verify_crossing(match, program_.sinks[probe->table], domain_in_front_[match.probe],
                           keeps_left_rows(probe->kind));
  }

  // The rows of a join table that nobody matched: known when all that probe it have ended.
  Status verify_unmatched(uint32_t sink) const {
    const auto* build = std::get_if<JoinBuildSink>(&program_.sinks[sink].node);
    if (build == nullptr) return kDone;
    if (!build->gives_unmatched) return broken(index_, fmt::format("reads sink {}, which gives no rows", sink));
    for (size_t i = index_; i < program_.stages.size(); ++i)
      for (const Step& step : program_.stages[i].steps)
        if (const auto* probe = std::get_if<Probe>(&step.node); probe != nullptr && probe->table == sink)
          return broken(index_, fmt::format("reads sink {} before stage {} has probed it", sink, i));
    return kDone;
  }

  Status verify_expand(const Expand& expand) {
    TRY_STATUS(expect(expand.count, TypeId::kInt64, "expand"));
    if (expand.number >= stage_.values.size() || stage_.values[expand.number].type != kInt64 ||
        stage_.values[expand.number].may_fault)
      return broken(index_, "numbers copies in what is no int64 of its own");
    return verify_carried(expand.carried, domain_);
  }

  Status verify_carried(const std::vector<std::pair<ValueId, ValueId>>& carried, uint32_t domain) {
    for (const auto& [before, after] : carried) {
      if (after >= stage_.values.size()) return broken(index_, "carries into a value that does not exist");
      TRY_STATUS(expect_visible(before, domain));
      const StageValue& from = stage_.values[before];
      const StageValue& to = stage_.values[after];
      if (from.type != to.type)
        return broken(index_, fmt::format("probe expects {}, found {}", to_text(to.type), to_text(from.type)));
      if (from.nullable && !to.nullable)
        return broken(index_, fmt::format("v{} is declared without nulls, v{} may hold some", after, before));
      if (to.may_fault) return broken(index_, fmt::format("v{} is carried, its faults are settled before", after));
      ranges_[after] = ranges_[before];
    }
    return kDone;
  }

  // `domain`: of the values that are carried.
  template <class Node>
  Status verify_crossing(const Node& node, const SinkSpec& sink, uint32_t domain, bool adds_nulls) {
    TRY_STATUS(verify_carried(node.carried, domain));
    for (const auto& [column, value] : node.fetched) {
      if (column >= sink.input.size() || value >= stage_.values.size() ||
          sink.input[column].type != stage_.values[value].type)
        return broken(index_, "fetches a column that the join table does not have");
      const StageValue& to = stage_.values[value];
      if (to.may_fault) return broken(index_, fmt::format("v{} is fetched, which cannot fault", value));
      ranges_[value] = whole_range(to.type.id);
      if (!to.nullable && (adds_nulls || sink.input[column].nullable))
        return broken(index_, fmt::format("v{} is declared without nulls, the join may give some", value));
    }
    return kDone;
  }

  Status verify_outputs() const {
    const SinkSpec& sink = program_.sinks[stage_.sink];
    const auto* states = std::get_if<AggregateAllSink>(&sink.node);
    if (states != nullptr && slots_.size() != states->aggregates.size())
      return broken(index_,
                    fmt::format("accumulates {} states, its sink takes {}", slots_.size(), states->aggregates.size()));
    const Schema& input = states != nullptr ? Schema{} : sink.input;
    if (stage_.outputs.size() != input.size())
      return broken(index_, fmt::format("gives {} columns, its sink takes {}", stage_.outputs.size(), input.size()));
    for (size_t i = 0; i < input.size(); ++i) {
      TRY(type, type_of(stage_.outputs[i]));
      if (type != input[i].type)
        return broken(index_,
                      fmt::format("column {} is {}, its sink takes {}", i, to_text(type), to_text(input[i].type)));
      if (nullable(stage_.outputs[i]) && !input[i].nullable)
        return broken(index_, fmt::format("column {} may hold nulls, its sink takes none", i));
    }
    return kDone;
  }

  const Program& program_;
  const size_t index_;
  const Stage& stage_;
  std::vector<uint32_t> domain_of_;  // by value
  std::vector<ValueRange> ranges_;  // by value
  std::vector<uint32_t> domain_in_front_;  // by step
  uint32_t domain_ = 0, domains_ = 0;
  std::set<uint32_t> slots_;
  uint32_t loop_steps_ = 0;
};

// What working sources may read, by the recursion's id.
using Working = std::map<uint32_t, Schema>;

Status verify_inside(const Program& program, const Working& working);

// That a part of a recursion gives rows that fit its columns.
Status verify_part(const Program& part, const RecursionSource& recursion, const Working& working, size_t stage) {
  TRY_STATUS(verify_inside(part, working));
  for (const SinkSpec& sink : part.sinks)
    if (std::holds_alternative<FanOutSink>(sink.node)) return broken(stage, "a recursion has a fan_out in it");
  const Schema& given = part.sinks[part.result].output;
  if (given.size() != recursion.columns.size())
    return broken(stage, fmt::format("a recursion of {} columns gets {}", recursion.columns.size(), given.size()));
  for (size_t i = 0; i < given.size(); ++i)
    if (given[i].type != recursion.columns[i].type || !recursion.columns[i].nullable)
      return broken(stage, fmt::format("column {} of a recursion is {}, expected {} with nulls", i,
                                       to_text(recursion.columns[i].type), to_text(given[i].type)));
  return kDone;
}

Status verify_recursions(const Stage& stage, size_t index, const Working& working) {
  if (const auto* rows = std::get_if<WorkingSource>(&stage.source)) {
    const auto known = working.find(rows->id);
    if (known == working.end() || known->second != rows->columns)
      return broken(
          index, fmt::format("reads the working rows of recursion {}, which is not around it or has others", rows->id));
  }
  const auto* recursion = std::get_if<RecursionSource>(&stage.source);
  if (recursion == nullptr) return kDone;
  TRY_STATUS(verify_part(*recursion->base, *recursion, working, index));
  Working inside = working;
  inside[recursion->id] = recursion->columns;
  return verify_part(*recursion->step, *recursion, inside, index);
}

Status verify_inside(const Program& program, const Working& working) {
  if (program.result >= program.sinks.size())
    return Error{ErrorCode::kInvalidPlan, "the program's result is a sink that does not exist", "", ""};
  TRY_STATUS(verify_inputs(program));
  for (size_t i = 0; i < program.stages.size(); ++i) {
    TRY_STATUS(StageVerifier(program, i).verify());
    TRY_STATUS(verify_recursions(program.stages[i], i, working));
  }
  TRY_STATUS(verify_sinks(program));
  for (uint32_t sink = 0; sink < program.sinks.size(); ++sink)
    if (std::holds_alternative<FanOutSink>(program.sinks[sink].node) && readers_of(program, sink).empty())
      return Error{ErrorCode::kInvalidPlan, "hands rows on that no stage reads", fmt::format("sink {}", sink), ""};
  if (waits_for_itself(program))
    return Error{ErrorCode::kInvalidPlan, "stages that read one fan_out wait for each other to end", "", ""};
  return kDone;
}

}  // namespace

Status verify(const Program& program) { return verify_inside(program, {}); }

}  // namespace headrace
