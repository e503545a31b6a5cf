#include <fmt/format.h>

#include "fuse/liveness.h"
#include "fuse/stage.h"

namespace headrace {

namespace {

Error broken(size_t stage, std::string what) {
  return {ErrorCode::kInvalidPlan, std::move(what), fmt::format("stage {}", stage), ""};
}

class StageVerifier {
 public:
  StageVerifier(const Program& program, size_t index)
      : program_(program), index_(index), stage_(program.stages[index]), defined_(stage_.values.size(), false) {}

  Status verify() {
    if (stage_.sink >= program_.sinks.size()) return broken(index_, "flows into a sink that does not exist");
    if (stage_.sink_input >= program_.sinks[stage_.sink].inputs)
      return broken(index_, "flows into an input that its sink does not have");
    if (stage_.source_values > stage_.values.size()) return broken(index_, "has fewer values than its source");
    if (stage_.cuts.size() != stage_.steps.size()) return broken(index_, "needs one cut behind each step");
    if (const auto* source = std::get_if<SinkSource>(&stage_.source)) TRY_STATUS(earlier_sink(source->sink));
    if (!keeps_ranges(stage_)) return broken(index_, "declares ranges of values that its source does not promise");
    for (ValueId value = 0; value < stage_.source_values; ++value) defined_[value] = true;
    for (uint32_t step = 0; step < stage_.steps.size(); ++step) TRY_STATUS(verify_step(step));
    return verify_outputs();
  }

 private:
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
    if (operand.index >= defined_.size() || !defined_[operand.index])
      return broken(index_, fmt::format("uses v{} before it is defined", operand.index));
    return stage_.values[operand.index].type;
  }

  Status expect(Operand operand, TypeId expected, std::string_view user) const {
    TRY(type, type_of(operand));
    if (type.id == expected) return kDone;
    return broken(index_, fmt::format("{} expects {}, found {}", user, to_text(Type{expected}), to_text(type)));
  }

  Status verify_step(uint32_t at) {
    const Step& step = stage_.steps[at];
    if (const auto* compute = std::get_if<Compute>(&step.node)) {
      if (compute->arguments.size() != compute->kernel->arguments.size())
        return broken(index_, fmt::format("{} expects {} arguments, found {}", compute->kernel->symbol,
                                          compute->kernel->arguments.size(), compute->arguments.size()));
      for (size_t i = 0; i < compute->arguments.size(); ++i)
        TRY_STATUS(expect(compute->arguments[i], compute->kernel->arguments[i], compute->kernel->symbol));
      if (compute->out >= stage_.values.size() || stage_.values[compute->out].type.id != compute->kernel->result)
        return broken(index_, fmt::format("{} gives a value of another type", compute->kernel->symbol));
    }
    if (const auto* filter = std::get_if<FilterRows>(&step.node))
      TRY_STATUS(expect(filter->predicate, TypeId::kBool, "filter"));
    if (const auto* accumulate = std::get_if<Accumulate>(&step.node)) {
      if (accumulate->argument.has_value() != (accumulate->aggregate->argument != TypeId::kNull))
        return broken(index_, "an aggregate lacks its argument or has one too many");
      if (accumulate->argument.has_value())
        TRY_STATUS(expect(*accumulate->argument, accumulate->aggregate->argument, accumulate->aggregate->symbol));
    }
    if (const auto* probe = std::get_if<Probe>(&step.node)) TRY_STATUS(verify_probe(*probe));
    if (const auto* match = std::get_if<Match>(&step.node)) TRY_STATUS(verify_match(*match, at));
    bool twice = false;
    for_each_definition(step, [&](ValueId value) {
      twice |= value >= defined_.size() || defined_[value];
      if (value < defined_.size()) defined_[value] = true;
    });
    return twice ? Status(broken(index_, "defines a value twice, or one that it does not declare")) : Status(kDone);
  }

  Status verify_probe(const Probe& probe) {
    TRY_STATUS(earlier_sink(probe.table));
    const SinkSpec& sink = program_.sinks[probe.table];
    const auto* build = std::get_if<JoinBuildSink>(&sink.node);
    if (build == nullptr || build->key_columns != probe.keys.size() || sink.input.size() < probe.keys.size())
      return broken(index_, "probes what is no join table of as many keys");
    for (size_t i = 0; i < probe.keys.size(); ++i) TRY_STATUS(expect(probe.keys[i], sink.input[i].type.id, "probe"));
    return verify_crossing(probe, sink);
  }

  Status verify_match(const Match& match, uint32_t at) const {
    const auto* probe = match.probe < at ? std::get_if<Probe>(&stage_.steps[match.probe].node) : nullptr;
    if (probe == nullptr || probe->kind != JoinKind::kLeft)
      return broken(index_, fmt::format("step {} ends the pairs of step {}, which is no left probe", at, match.probe));
    for (uint32_t i = match.probe + 1; i < at; ++i) {
      if (!std::holds_alternative<Compute>(stage_.steps[i].node) &&
          !std::holds_alternative<FilterRows>(stage_.steps[i].node))
        return broken(index_,
                      fmt::format("between a probe and its match only values and filters lie, found step {}", i));
    }
    return verify_crossing(match, program_.sinks[probe->table]);
  }

  template <class Node>
  Status verify_crossing(const Node& node, const SinkSpec& sink) const {
    for (const auto& [before, after] : node.carried) {
      if (after >= stage_.values.size()) return broken(index_, "carries into a value that does not exist");
      TRY_STATUS(expect(Operand{false, before}, stage_.values[after].type.id, "probe"));
    }
    for (const auto& [column, value] : node.fetched)
      if (column >= sink.input.size() || value >= stage_.values.size() ||
          sink.input[column].type != stage_.values[value].type)
        return broken(index_, "fetches a column that the join table does not have");
    return kDone;
  }

  Status verify_outputs() const {
    const bool takes_states = std::holds_alternative<AggregateAllSink>(program_.sinks[stage_.sink].node);
    const Schema& input = takes_states ? Schema{} : program_.sinks[stage_.sink].input;
    if (stage_.outputs.size() != input.size())
      return broken(index_, fmt::format("gives {} columns, its sink takes {}", stage_.outputs.size(), input.size()));
    for (size_t i = 0; i < input.size(); ++i) {
      TRY(type, type_of(stage_.outputs[i]));
      if (type != input[i].type)
        return broken(index_,
                      fmt::format("column {} is {}, its sink takes {}", i, to_text(type), to_text(input[i].type)));
    }
    return kDone;
  }

  const Program& program_;
  const size_t index_;
  const Stage& stage_;
  std::vector<bool> defined_;
};

}  // namespace

Status verify(const Program& program) {
  if (program.result >= program.sinks.size())
    return Error{ErrorCode::kInvalidPlan, "the program's result is a sink that does not exist", "", ""};
  for (size_t i = 0; i < program.stages.size(); ++i) TRY_STATUS(StageVerifier(program, i).verify());
  return kDone;
}

}  // namespace headrace
