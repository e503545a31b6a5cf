#include "observe/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "fuse/decide_cuts.h"
#include "fuse/edges.h"
#include "observe/explain_work.h"
#include "observe/json.h"
#include "runtime/scannable.h"

namespace headrace {

namespace {

// What all loops took together, as they were timed.
std::string loops_ns_text(const PlanReport& plan) {
  if (plan.loop_ns.empty()) return "nothing";
  return fmt::format("{:.3f}", std::accumulate(plan.loop_ns.begin(), plan.loop_ns.end(), 0.0));
}

// What a scan leaves out: as measured, if it ran; of files, whose sizes nobody asks for while a query runs, and of formats that count
// nothing, as the table says.
ScanReport skipped_by(const Stage& stage, const StageReport* measured) {
  const auto* source = std::get_if<TableSource>(&stage.source);
  const auto* table = source == nullptr ? nullptr : dynamic_cast<const ScannableTable*>(source->table.get());
  if (table == nullptr) return {};
  ScanReport planned = table->report({source->columns, source->pruning, source->checked, source->fields});
  if (measured == nullptr || measured->scan.rungs.empty()) return planned;
  ScanReport report = measured->scan;
  for (ScanReport::Rung& rung : report.rungs)
    for (const ScanReport::Rung& known : planned.rungs)
      if (rung.unit == "files" && known.unit == "files") rung = known;
  return report;
}

void append_skipped(const ScanReport& report, bool measured, const std::string& indent, std::string& text) {
  for (const ScanReport::Rung& rung : report.rungs) {
    if (rung.looked_at == 0) continue;
    text += fmt::format("{}  skipped {} of {} {}", indent, rung.skipped, rung.looked_at, rung.unit);
    if (measured && rung.skipped > 0)
      text += fmt::format("; {} bytes in {} requests not read", rung.bytes_saved, rung.requests_saved);
    text += "\n";
  }
  for (const ScanReport::Predicate& predicate : report.predicates)
    if (predicate.skipped == 0)
      text += fmt::format("{}  not used to skip: {}: {}\n", indent, predicate.text, predicate.reason);
}

std::string skipped_json(const ScanReport& report) {
  std::string rungs, predicates;
  for (const ScanReport::Rung& rung : report.rungs)
    rungs += fmt::format(
        "{}{{\"unit\": {}, \"looked_at\": {}, \"skipped\": {}, \"bytes_saved\": {}, \"requests_saved\": {}}}",
        rungs.empty() ? "" : ", ", json_string(rung.unit), rung.looked_at, rung.skipped, rung.bytes_saved,
        rung.requests_saved);
  for (const ScanReport::Predicate& predicate : report.predicates)
    predicates += fmt::format("{}{{\"predicate\": {}, \"skipped\": {}, \"reason\": {}}}",
                              predicates.empty() ? "" : ", ", json_string(predicate.text), predicate.skipped,
                              json_string(predicate.skipped > 0 ? "" : predicate.reason));
  return fmt::format(", \"pruning\": [{}], \"predicates\": [{}]", rungs, predicates);
}

double milliseconds(uint64_t ns) { return static_cast<double>(ns) / 1e6; }

void append_stages(const Program& program, const std::vector<StageReport>& reports, const std::string& indent,
                   std::string& text);

// How long batches took, and what waited meanwhile.
std::string latency_text(const StageReport& r) {
  const LatencyReport& latency = r.plan.latency;
  std::vector<std::string> parts;
  if (latency.batches > 0)
    parts.push_back(fmt::format("{} in machine code, half within {:.3f} ms, 99 of 100 within {:.3f} ms",
                                latency.batches, milliseconds(latency.p50_ns), milliseconds(latency.p99_ns)));
  if (latency.apart_batches > 0)
    parts.push_back(fmt::format("{} interpreted, 99 of 100 within {:.3f} ms", latency.apart_batches,
                                milliseconds(latency.apart_p99_ns)));
  if (r.queue.looks > 0)
    parts.push_back(fmt::format("waiting at a claim: {:.1f}, at most {}", r.queue.mean(), r.queue.depth_max));
  if (r.plan.below_load)
    parts.push_back(r.plan.load > 0 ? fmt::format("{:.3f} % of a worker, less than fusion.load_min", 100 * r.plan.load)
                                    : "too little work for machine code");
  return fmt::format("{}", fmt::join(parts, "; "));
}

// The programs inside a recursion.
void append_parts(const RecursionSource& recursion, const RecursionReport* report, const std::string& indent,
                  std::string& text) {
  text += indent + "base:\n";
  append_stages(*recursion.base, report == nullptr ? std::vector<StageReport>{} : report->base, indent + "  ", text);
  text += indent + (report == nullptr ? "step:\n" : fmt::format("step, in {} rounds:\n", report->rounds));
  append_stages(*recursion.step, report == nullptr ? std::vector<StageReport>{} : report->step, indent + "  ", text);
}

void append_stages(const Program& program, const std::vector<StageReport>& reports, const std::string& indent,
                   std::string& text) {
  for (uint32_t i = 0; i < program.stages.size(); ++i) {
    const Stage& stage = program.stages[i];
    text += fmt::format("{}stage {}: {} -> {}; {} steps in loops {}\n", indent, i, source_label(program, stage),
                        sink_label(program, stage.sink), stage.steps.size(), loops_text(stage));
    if (const auto* recursion = std::get_if<RecursionSource>(&stage.source))
      append_parts(*recursion, i < reports.size() ? reports[i].recursion.get() : nullptr, indent + "  ", text);
    const StageReport* measured = i < reports.size() ? &reports[i] : nullptr;
    append_skipped(skipped_by(stage, measured), measured != nullptr, indent, text);
    if (i >= reports.size()) continue;
    const StageReport& r = reports[i];
    text += fmt::format(
        "{}  rows {} -> {}; morsels {}, {} of them compiled; batches run again {}; {:.3f} ms busy, {:.3f} ms from "
        "start to end\n",
        indent, r.rows_in, r.rows_out, r.morsels, r.morsels_compiled, r.loops_rerun, milliseconds(r.busy_ns),
        milliseconds(r.wall_ns));
    if (r.filter_changes > 0) text += fmt::format("{}  order of filters changed {} times\n", indent, r.filter_changes);
    if (r.plan.unfused_ns > 0)
      text += fmt::format("{}  loops: predicted {:.2f} ns a row, measured {}; each step alone, interpreted: {:.2f}\n",
                          indent, r.plan.predicted_ns, loops_ns_text(r.plan), r.plan.unfused_ns);
    for (const std::string& change : r.plan.changes) text += fmt::format("{}  changed: {}\n", indent, change);
    if (const std::string latency = latency_text(r); !latency.empty())
      text += fmt::format("{}  batches: {}\n", indent, latency);
    text += work_text(stage, r, indent + "  ");
    if (r.reads.requests > 0)
      text += fmt::format("{}  read {} bytes in {} requests\n", indent, r.reads.bytes, r.reads.requests);
    if (r.bad_rows.left_out > 0) text += fmt::format("{}  bad records left out: {}\n", indent, r.bad_rows.left_out);
    if (r.bad_rows.nulled > 0) text += fmt::format("{}  bad values read as null: {}\n", indent, r.bad_rows.nulled);
  }
}

}  // namespace

std::string stages_text(const Program& program, const std::vector<StageReport>& reports) {
  std::string text;
  append_stages(program, reports, "", text);
  if (std::ranges::any_of(reports, [](const StageReport& report) { return !report.work.empty(); })) text += work_note();
  return text;
}

namespace {

// By step, of the source, of the sink; empty: the stage was not sampled.
std::vector<double> sampled_ns(const StageReport& report) {
  uint64_t samples = 0;
  for (const PartReport& part : report.work) samples += part.samples;
  std::vector<double> ns;
  if (samples == 0 || report.rows_in == 0) return ns;
  const size_t steps = report.work.size() - kPartsAroundSteps;
  for (size_t part = 0; part <= part_of(AroundSteps::kSink, steps); ++part)
    ns.push_back(static_cast<double>(report.work[part].cpu_ns) / static_cast<double>(report.rows_in));
  return ns;
}

}  // namespace

void take_cuts(const std::vector<StageReport>& reports, Program& program) {
  for (size_t i = 0; i < reports.size(); ++i) {
    Stage& stage = program.stages[i];
    if (!reports[i].plan.cuts.empty()) stage.cuts = reports[i].plan.cuts;
    auto* recursion = std::get_if<RecursionSource>(&stage.source);
    if (recursion == nullptr || reports[i].recursion == nullptr) continue;
    const RecursionReport& inner = *reports[i].recursion;
    for (const auto& [part, known] :
         {std::pair(&recursion->base, &inner.base), std::pair(&recursion->step, &inner.step)}) {
      Program ran = **part;
      take_cuts(*known, ran);
      *part = std::make_shared<const Program>(std::move(ran));
    }
  }
}

std::vector<StageKnowledge> knowledge_of(const std::vector<StageReport>& reports) {
  std::vector<StageKnowledge> known;
  for (const StageReport& report : reports) {
    known.push_back({report.plan.reaching, report.plan.loop_ns, report.plan.step_ns, sampled_ns(report), {}, {}});
    if (report.recursion == nullptr) continue;
    known.back().base = knowledge_of(report.recursion->base);
    known.back().step = knowledge_of(report.recursion->step);
  }
  return known;
}

std::string alternatives_json(const Edge& edge) {
  if (!edge.alternative.has_value()) return "[]";
  return fmt::format("[{{\"decision\": {}, \"predicted_ns_per_row\": {:.3f}, \"code_ns_per_row\": {:.3f}}}]",
                     json_string(decision_name(edge.alternative->decision)), edge.alternative->predicted_ns_per_row,
                     edge.alternative->code_ns_per_row);
}

namespace {

// "1.25", "1.25 → 1.31" with what was measured, "→ 1.31" without a prediction, "": nothing is known.
std::string price_text(const Edge& edge) {
  const std::string predicted = edge.predicted_ns_per_row == 0 ? "" : fmt::format("{:.2f}", edge.predicted_ns_per_row);
  if (!edge.measured_ns_per_row.has_value()) return predicted;
  return fmt::format("{}{}→ {:.2f}", predicted, predicted.empty() ? "" : " ", *edge.measured_ns_per_row);
}

// What else than its reason forbids the edge's ends to share a loop.
std::string other_barriers_text(const Edge& edge) {
  std::string text;
  for (const Reason barrier : list_of(edge.barriers & ~only(edge.reason)))
    text += (text.empty() ? "; also " : ", ") + std::string(reason_name(barrier));
  return text;
}

// "staged 1.45", "staged 1.20 +0.30 code" where code that is made is charged.
std::string alternative_text(const Edge& edge) {
  constexpr double kShown = 0.005;
  if (!edge.alternative.has_value()) return "";
  const auto& [decision, ns, code_ns] = *edge.alternative;
  const std::string text = fmt::format("{} {:.2f}", decision_name(decision), ns);
  return std::abs(code_ns) < kShown ? text : fmt::format("{} {:+.2f} code", text, code_ns);
}

}  // namespace

std::string edges_text(const Program& program, const Machine& machine, const std::vector<StageReport>& reports) {
  std::string text;
  size_t from_width = 4, to_width = 2;
  const std::vector<Edge> edges = edges_of(program, machine, knowledge_of(reports));
  for (const Edge& edge : edges) {
    from_width = std::max(from_width, edge.from.size());
    to_width = std::max(to_width, edge.to.size());
  }
  text += fmt::format("{:<{}}  {:<{}}  {:<12}  {:<6} {:>8}  {:<13}  {:<22}  {}\n", "from", from_width, "to", to_width,
                      "decision", "cut", "B/row", "ns/row", "otherwise", "reason");
  for (const Edge& edge : edges) {
    text += fmt::format("{:<{}}  {:<{}}  {:<12}  {:<6} {:>8}  {:<13}  {:<22}  {}: {}{}\n", edge.from, from_width,
                        edge.to, to_width, decision_name(edge.decision), edge.cut, edge.live_bytes_per_row,
                        price_text(edge), alternative_text(edge), reason_name(edge.reason), reason_text(edge.reason),
                        other_barriers_text(edge));
  }
  return text;
}

namespace {

std::string stages_json(const Program& program, const Machine& machine, const std::vector<StageReport>& reports);

std::string parts_json(const RecursionSource& recursion, const Machine& machine, const RecursionReport* report) {
  const std::vector<StageReport> none;
  return fmt::format(", \"recursion\": {{{}\"base\": [{}], \"step\": [{}]}}",
                     report == nullptr ? "" : fmt::format("\"rounds\": {}, ", report->rounds),
                     stages_json(*recursion.base, machine, report == nullptr ? none : report->base),
                     stages_json(*recursion.step, machine, report == nullptr ? none : report->step));
}

std::string plan_json(const PlanReport& plan) {
  const std::string measured = plan.loop_ns.empty() ? "null" : loops_ns_text(plan);
  std::string changes;
  for (const std::string& change : plan.changes) changes += (changes.empty() ? "" : ", ") + json_string(change);
  return fmt::format(
      ", \"measured_ns_per_row\": {}, \"unfused_ns_per_row\": {}, \"rows_reaching\": [{:.4f}], \"changes\": [{}]",
      measured, plan.unfused_ns > 0 ? fmt::format("{:.3f}", plan.unfused_ns) : "null", fmt::join(plan.reaching, ", "),
      changes);
}

std::string latency_json(const StageReport& r) {
  const LatencyReport& latency = r.plan.latency;
  return fmt::format(
      ", \"latency\": {{\"batches\": {}, \"p50_ns\": {}, \"p99_ns\": {}, \"apart_batches\": {}, "
      "\"apart_p99_ns\": {}}}, \"queue_depth\": {{\"mean\": {:.2f}, \"max\": {}}}, \"load\": {:.5f}, "
      "\"below_load\": {}",
      latency.batches, latency.p50_ns, latency.p99_ns, latency.apart_batches, latency.apart_p99_ns, r.queue.mean(),
      r.queue.depth_max, r.plan.load, r.plan.below_load);
}

std::string stages_json(const Program& program, const Machine& machine, const std::vector<StageReport>& reports) {
  std::string stages;
  for (uint32_t i = 0; i < program.stages.size(); ++i) {
    const Stage& stage = program.stages[i];
    stages += fmt::format(
        "{}{{\"stage\": {}, \"source\": {}, \"sink\": {}, \"steps\": {}, \"loops\": {}, \"predicted_ns_per_row\": "
        "{:.3f}",
        stages.empty() ? "" : ",\n  ", i, json_string(source_label(program, stage)),
        json_string(sink_label(program, stage.sink)), stage.steps.size(), json_string(loops_text(stage)),
        i < reports.size() && reports[i].plan.predicted_ns > 0 ? reports[i].plan.predicted_ns
                                                               : predicted_ns(stage, machine));
    if (const auto* recursion = std::get_if<RecursionSource>(&stage.source))
      stages += parts_json(*recursion, machine, i < reports.size() ? reports[i].recursion.get() : nullptr);
    if (std::holds_alternative<TableSource>(stage.source))
      stages += skipped_json(skipped_by(stage, i < reports.size() ? &reports[i] : nullptr));
    if (i < reports.size()) {
      const StageReport& r = reports[i];
      stages += fmt::format(
          ", \"rows_in\": {}, \"rows_out\": {}, \"morsels\": {}, \"morsels_compiled\": {}, \"batches_rerun\": {}, "
          "\"busy_ns\": {}, \"busiest_lane_ns\": {}, \"wall_ns\": {}, \"filter_order_changes\": {}, "
          "\"bad_records_left_out\": {}, "
          "\"bad_values_nulled\": {}, \"bytes_read\": {}, \"requests\": {}",
          r.rows_in, r.rows_out, r.morsels, r.morsels_compiled, r.loops_rerun, r.busy_ns, r.busiest_lane_ns, r.wall_ns,
          r.filter_changes, r.bad_rows.left_out, r.bad_rows.nulled, r.reads.bytes, r.reads.requests);
      stages += plan_json(r.plan) + latency_json(r) + work_json(stage, r);
    }
    stages += "}";
  }
  return stages;
}

}  // namespace

namespace {

std::string number_or_null(const std::optional<double>& number) {
  return number.has_value() ? fmt::format("{:.3f}", *number) : "null";
}

std::string barriers_json(const Edge& edge) {
  std::string text;
  for (const Reason barrier : list_of(edge.barriers))
    text += (text.empty() ? "" : ", ") + json_string(reason_name(barrier));
  return text;
}

}  // namespace

std::string program_json(const Program& program, const Machine& machine, const std::string& origin,
                         const std::vector<StageReport>& reports) {
  const std::string stages = stages_json(program, machine, reports);
  std::string edges;
  for (const Edge& edge : edges_of(program, machine, knowledge_of(reports))) {
    edges += fmt::format(
        "{}{{\"from\": {}, \"to\": {}, \"decision\": {}, \"reason\": {}, \"barriers\": [{}], \"cut\": {}, "
        "\"live_bytes\": {}, "
        "\"predicted_ns_per_row\": {}, \"measured_ns_per_row\": {}, \"measured_gain_ns_per_row\": {}, "
        "\"alternatives\": {}}}",
        edges.empty() ? "" : ",\n  ", json_string(edge.from), json_string(edge.to),
        json_string(decision_name(edge.decision)), json_string(reason_name(edge.reason)), barriers_json(edge),
        json_string(edge.cut), edge.live_bytes_per_row,
        number_or_null(edge.predicted_ns_per_row > 0 ? std::optional(edge.predicted_ns_per_row) : std::nullopt),
        number_or_null(edge.measured_ns_per_row), number_or_null(edge.measured_gain_ns_per_row),
        alternatives_json(edge));
  }
  return fmt::format("{{\"stages\": [\n  {}],\n \"edges\": [\n  {}],\n \"prices\": {}}}\n", stages, edges,
                     json_string(origin));
}

}  // namespace headrace
