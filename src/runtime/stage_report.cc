#include "runtime/stage_report.h"

#include <algorithm>
#include <utility>

namespace headrace {

namespace {

// Of a stage that ran once more: its last plan. What was measured before stands where it was not measured again, of loops if they are the same.
void take_plan(const PlanReport& last, PlanReport& plan) {
  if (last.cuts.empty()) return;  // it did not run
  constexpr size_t kChangesMax = 16;
  const PlanReport before = std::exchange(plan, last);
  plan.latency = {};
  plan.changes = before.changes;
  for (const std::string& change : last.changes)
    if (plan.changes.size() < kChangesMax && std::ranges::find(plan.changes, change) == plan.changes.end())
      plan.changes.push_back(change);
  const bool same_loops = std::ranges::equal(plan.cuts, before.cuts, {}, &Cut::decision, &Cut::decision);
  if (plan.loop_ns.empty() && same_loops) plan.loop_ns = before.loop_ns;
  if (plan.reaching.empty()) plan.reaching = before.reaching;
  if (!plan.step_ns.empty()) return;
  plan.step_ns = before.step_ns;
  plan.unfused_ns = before.unfused_ns;
}

}  // namespace

void add_reports(const std::vector<StageReport>& more, std::vector<StageReport>& sums) {
  sums.resize(more.size());
  for (size_t i = 0; i < more.size(); ++i) {
    StageReport& sum = sums[i];
    const StageReport& one = more[i];
    sum.rows_in += one.rows_in;
    sum.rows_out += one.rows_out;
    sum.morsels += one.morsels;
    sum.morsels_compiled += one.morsels_compiled;
    sum.loops_rerun += one.loops_rerun;
    sum.busy_ns += one.busy_ns;
    sum.busiest_lane_ns += one.busiest_lane_ns;
    sum.wall_ns += one.wall_ns;
    sum.filter_changes += one.filter_changes;
    sum.bad_rows.left_out += one.bad_rows.left_out;
    sum.bad_rows.nulled += one.bad_rows.nulled;
    sum.reads.bytes += one.reads.bytes;
    sum.reads.requests += one.reads.requests;
    sum.scan.add(one.scan);
    sum.queue.looks += one.queue.looks;
    sum.queue.depths += one.queue.depths;
    sum.queue.depth_max = std::max(sum.queue.depth_max, one.queue.depth_max);
    add_work(one.work, sum.work);
    take_plan(one.plan, sum.plan);
    if (one.recursion == nullptr) continue;
    auto inner = sum.recursion == nullptr ? RecursionReport{} : *sum.recursion;
    inner.rounds += one.recursion->rounds;
    add_reports(one.recursion->base, inner.base);
    add_reports(one.recursion->step, inner.step);
    sum.recursion = std::make_shared<const RecursionReport>(std::move(inner));
  }
}

}  // namespace headrace
