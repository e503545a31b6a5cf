#include "fuse/edges.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "base/limits.h"
#include "fuse/contracts.h"
#include "fuse/end_prices.h"
#include "fuse/fan_out.h"
#include "fuse/legality.h"
#include "fuse/liveness.h"
#include "fuse/stage_prices.h"

namespace headrace {

std::string source_label(const Program& program, const Stage& stage) {
  return std::visit(Overloaded{[](const TableSource& s) { return "scan " + s.table->describe(); },
                               [](const RangeSource& s) { return fmt::format("range({}, {})", s.begin, s.end); },
                               [](const OneRowSource&) { return std::string("one row"); },
                               [](const ValuesSource& s) { return fmt::format("values of {} rows", s.rows.size()); },
                               [&](const SinkSource& s) { return sink_label(program, s.sink); },
                               [](const RecursionSource& s) { return fmt::format("recursion {}", s.id); },
                               [](const WorkingSource& s) { return fmt::format("working rows of recursion {}", s.id); },
                               [](const StreamSource&) { return std::string("stream"); }},
                    stage.source);
}

// ", decode a, b" where the probe decodes columns.
std::string decoded_text(const Stage& stage, const Probe& probe) {
  std::string text;
  for (const ValueId value : probe.decoded) text += (text.empty() ? ", decode " : ", ") + stage.values[value].name;
  return text;
}

std::string step_label(const Stage& stage, uint32_t step) {
  return fmt::format("#{} {}", step,
                     std::visit(Overloaded{[](const Compute& s) { return std::string(s.kernel->symbol); },
                                           [](const FilterRows&) { return std::string("filter"); },
                                           [&](const Decode& s) { return "decode " + stage.values[s.value].name; },
                                           [&](const Probe& s) {
                                             const bool told = s.kind > JoinKind::kLeft;
                                             return fmt::format("{}{}probe sink {}{}",
                                                                told ? join_kind_name(s.kind) : "", told ? " " : "",
                                                                s.table, decoded_text(stage, s));
                                           },
                                           [](const Match& s) { return fmt::format("match #{}", s.probe); },
                                           [](const Expand&) { return std::string("expand"); },
                                           [](const Accumulate& s) { return std::string(s.aggregate->symbol); }},
                                stage.steps[step].node));
}

std::string sink_label(const Program& program, uint32_t sink) {
  return fmt::format(
      "sink {} {}", sink,
      std::visit(Overloaded{[](const CollectSink&) { return "collect"; }, [](const LimitSink&) { return "limit"; },
                            [](const SampleSink&) { return "sample"; },
                            [](const SortSink& s) { return s.rows_max.has_value() ? "top-n" : "sort"; },
                            [](const AggregateSink& s) { return s.window_us > 0 ? "window aggregate" : "aggregate"; },
                            [](const AggregateAllSink&) { return "aggregate all"; },
                            [](const RepeatSink&) { return "repeat"; }, [](const OnlyRowSink&) { return "only row"; },
                            [](const JoinBuildSink&) { return "join build"; }, [](const WriteSink&) { return "write"; },
                            [](const FanOutSink&) { return "fan-out"; }},
                 program.sinks[sink].node));
}

std::string loops_text(const Stage& stage) {
  std::string text;
  for (const StepInterval interval : intervals_of(stage)) {
    if (!text.empty()) text += " | ";
    text += interval.last == interval.first + 1 ? fmt::format("#{}", interval.first)
                                                : fmt::format("#{}-#{}", interval.first, interval.last - 1);
  }
  return text.empty() ? "none" : text;
}

namespace {

// The edges inside a part of a recursion that stage `index` reads.
void add_inner_edges(const Program& part, std::string_view name, uint32_t index, const Machine& machine,
                     const std::vector<StageKnowledge>& known, std::vector<Edge>& edges) {
  for (Edge& edge : edges_of(part, machine, known)) {
    edge.from = fmt::format("stage {} {}: {}", index, name, edge.from);
    edge.to = fmt::format("stage {} {}: {}", index, name, edge.to);
    if (!edge.cut.empty()) edge.cut = fmt::format("{}.{}.{}", index, name, edge.cut);
    edges.push_back(std::move(edge));
  }
  Edge kept{fmt::format("stage {} {}: {}", index, name, sink_label(part, part.result)),
            fmt::format("stage {} recursion", index), Decision::kMaterialized, Reason::kBreaker, ""};
  for (const Column& column : part.sinks[part.result].output)
    kept.live_bytes_per_row += width_bytes(column.type.id) + (column.nullable ? 1 : 0);
  edges.push_back(std::move(kept));
}

std::string cut_name(uint32_t stage, uint32_t cut) { return fmt::format("{}.{}", stage, cut); }

// Why what a sink keeps is kept.
Reason reason_to_keep(const Program& program, uint32_t sink) {
  size_t readers = readers_of(program, sink).size();
  for (const Stage& stage : program.stages)
    for (const Step& step : stage.steps)
      if (const auto* probe = std::get_if<Probe>(&step.node)) readers += probe->table == sink ? 1 : 0;
  return readers > 1 ? Reason::kSeveralConsumers : Reason::kBreaker;
}

StageFlowShares shares_of(const Program& program, const Stage& stage, const StageKnowledge& known) {
  StageFlowShares shares = guessed_shares(stage);
  if (!known.reaching.empty()) shares.reaching = known.reaching;
  shares.state_bytes = probed_bytes(program, stage);
  return shares;
}

// Prices of a stage's loops and of its ends, and what they took.
class EdgePrices {
 public:
  EdgePrices(const Program& program, const Stage& stage, const Machine& machine, const StageKnowledge& known)
      : stage_(stage),
        machine_(machine),
        shares_(shares_of(program, stage, known)),
        prices_(stage, machine, shares_),
        sink_ns_(sink_ns(program, stage, shares_.reaching.back())),
        loops_(intervals_of(stage)),
        loop_ns_(known.loop_ns.size() == loops_.size() ? known.loop_ns : std::vector<double>{}),
        step_ns_(known.step_ns),
        part_ns_(known.part_ns) {}

  // Fills in an edge from what the stage reads.
  void fill_from_source(Edge& edge) const {
    edge.live_bytes_per_row = source_bytes(stage_);
    edge.predicted_ns_per_row = source_ns(stage_, machine_);
    fill_sampled(stage_.steps.size(), edge);
  }

  // Fills in an edge into the sink.
  void fill_to_sink(Edge& edge) const {
    edge.live_bytes_per_row = 0;
    for (const Operand output : stage_.outputs)
      if (!output.constant) edge.live_bytes_per_row += prices_.width_of(output.index);
    edge.predicted_ns_per_row = sink_ns_;
    fill_sampled(stage_.steps.size() + 1, edge);
  }

  // Fills in an edge from a sink to the probe that looks into it.
  void fill_probe(uint32_t step, Edge& edge) const {
    for (const auto& [column, value] : std::get<Probe>(stage_.steps[step].node).fetched)
      edge.live_bytes_per_row += width_bytes(stage_.values[value].type.id);
    edge.predicted_ns_per_row = prices_.step_price(step).vector_ns * prices_.share(step);
    fill_sampled(step, edge);
  }

  // Fills in prices of an edge whose cut lies behind step `cut`.
  void fill(uint32_t cut, Edge& edge) const {
    size_t left = 0;
    while (left < loops_.size() && loops_[left].last <= cut) ++left;
    const bool apart = loops_[left].last == cut + 1;
    if (apart && left + 1 == loops_.size()) return fill_to_sink(edge);
    const size_t right = apart ? left + 1 : left;
    const StepInterval both{loops_[left].first, loops_[right].last};
    const double together_ns = prices_.loop_ns(both);
    const double apart_ns = prices_.loop_ns({both.first, cut + 1}) + prices_.loop_ns({cut + 1, both.last});
    edge.predicted_ns_per_row = apart ? apart_ns : together_ns;
    if (!loop_ns_.empty()) edge.measured_ns_per_row = loop_ns_[left] + (apart ? loop_ns_[right] : 0);
    if (!loop_ns_.empty() && !step_ns_.empty() && !apart) edge.measured_gain_ns_per_row = gain_of_cut(left);
    const Cut& decided = stage_.cuts[cut];
    if (is_absolute(decided.barriers) || both.last - both.first > limits::kLoopStepsMax) return;
    edge.alternative = {apart ? Decision::kRegister : Decision::kStaged, apart ? together_ns : apart_ns,
                        decided.code_ns_otherwise};
  }

 private:
  double gain_of_cut(size_t loop) const {
    const auto [first, last] = loops_[loop];
    const double apart_ns = std::accumulate(step_ns_.begin() + first, step_ns_.begin() + last, 0.0);
    return (apart_ns - loop_ns_[loop]) / (last - first - 1);
  }
  void fill_sampled(size_t part, Edge& edge) const {
    if (part < part_ns_.size()) edge.measured_ns_per_row = part_ns_[part];
  }

  const Stage& stage_;
  const Machine& machine_;
  const StageFlowShares shares_;
  const StagePrices prices_;
  const double sink_ns_;
  const std::vector<StepInterval> loops_;
  const std::vector<double> loop_ns_, step_ns_, part_ns_;
};

// The edge from a producer (a step, or kBySource) to a consumer (a step, or steps.size(): the sink).
Edge edge_between(const Program& program, uint32_t index, uint32_t from, uint32_t to, const EdgePrices& prices) {
  const Stage& stage = program.stages[index];
  const auto count = static_cast<uint32_t>(stage.steps.size());
  const auto in_stage = [&](const std::string& label) { return fmt::format("stage {} {}", index, label); };
  Edge edge{in_stage(from == kBySource ? source_label(program, stage) : step_label(stage, from)),
            to == count ? sink_label(program, stage.sink) : in_stage(step_label(stage, to)), Decision::kRegister,
            Reason::kFused, ""};
  if (from == kBySource) {
    prices.fill_from_source(edge);
    if (reads_fan_out(program, stage)) {
      edge.decision = Decision::kStaged;
      edge.reason = Reason::kFanOut;
      return edge;
    }
    const auto* sink = std::get_if<SinkSource>(&stage.source);
    edge.decision = sink != nullptr ? Decision::kMaterialized : Decision::kStaged;
    const bool one_at_a_time = contract_of(program, stage.source).concurrency == Concurrency::kOne;
    edge.reason = one_at_a_time ? Reason::kDestroysParallelism : Reason::kSourceVectors;
    if (stage.scans_alone) edge.reason = Reason::kFlagOff;
    if (sink != nullptr) edge.reason = reason_to_keep(program, sink->sink);
    return edge;
  }
  // The strongest decision on the way: materialized over staged over register.
  for (uint32_t cut = from; cut < to && cut < count; ++cut) {
    const Cut& crossed = stage.cuts[cut];
    if (cut > from && crossed.decision <= edge.decision) continue;
    edge.decision = crossed.decision;
    edge.reason = crossed.reason;
    edge.barriers = crossed.barriers;
    edge.cut = cut + 1 < count ? cut_name(index, cut) : "";
    edge.live_bytes_per_row = crossed.live_bytes_per_row;
    edge.predicted_ns_per_row = 0;
    edge.measured_ns_per_row.reset();
    edge.measured_gain_ns_per_row.reset();
    edge.alternative.reset();
    prices.fill(cut, edge);
  }
  return edge;
}

// The steps, or kBySource, whose values or rows step `to` of a stage reads; of its sink where `to` is the number of steps.
std::set<uint32_t> producers_of(const Stage& stage, const Liveness& liveness, uint32_t to) {
  const auto count = static_cast<uint32_t>(stage.steps.size());
  std::set<uint32_t> producers;
  if (to > 0 && std::holds_alternative<FilterRows>(stage.steps[to - 1].node)) producers.insert(to - 1);
  const auto use = [&](Operand operand) {
    if (!operand.constant) producers.insert(liveness.defined[operand.index]);
  };
  if (to < count) {
    for_each_operand(stage.steps[to], use);
    return producers;
  }
  for (const Operand operand : stage.outputs) use(operand);
  if (count > 0 && std::holds_alternative<Accumulate>(stage.steps.back().node)) {
    for (uint32_t step = 0; step < count; ++step)
      if (std::holds_alternative<Accumulate>(stage.steps[step].node)) producers.insert(step);
  }
  if (producers.empty()) producers.insert(count > 0 ? count - 1 : kBySource);
  return producers;
}

// The edges of a stage, in order of consumers. A cut that decides none of them is an edge of the steps on its sides.
void add_stage_edges(const Program& program, uint32_t index, const EdgePrices& prices, std::vector<Edge>& edges) {
  const Stage& stage = program.stages[index];
  const Liveness liveness = liveness_of(stage);
  const auto count = static_cast<uint32_t>(stage.steps.size());
  std::vector<std::vector<Edge>> found(count + 1);  // by consumer
  std::set<std::string> cuts;
  const auto add = [&](uint32_t from, uint32_t to) {
    found[to].push_back(edge_between(program, index, from, to, prices));
    cuts.insert(found[to].back().cut);
  };
  for (uint32_t to = 0; to <= count; ++to) {
    if (const auto* probe = to < count ? std::get_if<Probe>(&stage.steps[to].node) : nullptr) {
      Edge edge{sink_label(program, probe->table), fmt::format("stage {} {}", index, step_label(stage, to)),
                Decision::kMaterialized, reason_to_keep(program, probe->table), ""};
      prices.fill_probe(to, edge);
      found[to].push_back(std::move(edge));
    }
    for (const uint32_t from : producers_of(stage, liveness, to)) add(from, to);
  }
  for (uint32_t cut = 0; cut + 1 < count; ++cut)
    if (!cuts.contains(cut_name(index, cut))) add(cut, cut + 1);
  for (std::vector<Edge>& of_consumer : found) std::ranges::move(of_consumer, std::back_inserter(edges));
}

}  // namespace

std::vector<Edge> edges_of(const Program& program, const Machine& machine, const std::vector<StageKnowledge>& known) {
  static const StageKnowledge kNothing;
  std::vector<Edge> edges;
  for (uint32_t index = 0; index < program.stages.size(); ++index) {
    const Stage& stage = program.stages[index];
    const StageKnowledge& knowledge = index < known.size() ? known[index] : kNothing;
    if (const auto* recursion = std::get_if<RecursionSource>(&stage.source)) {
      add_inner_edges(*recursion->base, "base", index, machine, knowledge.base, edges);
      add_inner_edges(*recursion->step, "step", index, machine, knowledge.step, edges);
    }
    add_stage_edges(program, index, EdgePrices(program, stage, machine, knowledge), edges);
  }
  return edges;
}

}  // namespace headrace
