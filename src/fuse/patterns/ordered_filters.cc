#include <algorithm>

#include "fuse/filter_runs.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  const std::vector<StepInterval> loops = intervals_of(at.stage);
  return std::ranges::any_of(filter_runs_of(at.stage), [&](const LoopRun& run) {
    return at.cut >= loops[run.first].first && at.cut + 1 < loops[run.last - 1].last &&
           at.decided.decision == Decision::kStaged;
  });
}

constexpr std::string_view kQuery =
    "SELECT count(*) AS found FROM '{directory}/rows.parquet' WHERE note LIKE '%1%' AND key % 1000 <> 0";

}  // namespace

Pattern ordered_filters() {
  return {
      .name = "ordered_filters",
      .shape = "filters side by side, each in a loop of its own: first runs the one that drops most for least",
      .assumptions =
          "Each loop only keeps rows (cardinality 1:0..1, domain same; filters are commutative among each other), by "
          "what was there before it or what it computes for nobody else: of the same arguments always the same value "
          "(purity pure), and no fault. Functions that users registered stay where they are. Columns that come late "
          "(buffers owns, lifetime owner) are decoded by whichever loop reads them first.",
      .guarantee =
          "Any order keeps the same rows, in their order. The planned order is by what the forms of the predicates let "
          "guess; each worker measures what its filters cost and keep, and changes it where that promises less work "
          "and then takes less. explain --analyze counts the changes; filter_order = planned makes none.",
      .cost =
          "A list of rows behind each filter, and a clock that is read for each filter and batch. A filter that shares "
          "a loop with what lies behind it keeps its place.",
      .example =
          {.prepare = "COPY (SELECT 'note ' || CAST(range * 31 AS text) AS note, CASE WHEN range % 100 = 7 THEN "
                      "range % 1000 ELSE 5000 END AS key FROM range(0, {rows})) TO '{directory}/rows.parquet'",
           .rows = 1'000'000,
           .with = {kQuery,
                    {{"fusion.edge.0.1", "staged"}, {"fusion.edge.0.4", "register"}, {"fusion.edge.0.5", "staged"}}},
           .without = {kQuery,
                       {{"fusion.edge.0.1", "staged"}, {"fusion.edge.0.4", "staged"}, {"fusion.edge.0.5", "staged"}}}},
      .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
