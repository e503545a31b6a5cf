#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  return at.decided.decision == Decision::kRegister && filters(at.before) && aggregates(at.behind);
}

constexpr std::string_view kQuery =
    "SELECT sum(range) AS value FROM range(0, {rows}) WHERE (range * 40503 & 1023) < 896";

}  // namespace

Pattern filter_aggregate() {
  return {.name = "filter_aggregate",
          .shape = "a filter and an aggregate without keys share a loop: the state stays in registers",
          .assumptions =
              "The first step keeps some rows as they are (cardinality 1:0..1, domain same), the second updates a "
              "state of a fixed "
              "size from all rows (cardinality n:1, state fixed).",
          .guarantee =
              "The state of a batch is merged when the batch is known to be free of faults; sums of floats are exact, "
              "so that "
              "neither masks nor the order of rows show.",
          .cost = "As filter_project: dropped rows are masked, not skipped.",
          .example = {.prepare = "",
                      .rows = 1'000'000,
                      .with = {kQuery, {{"fusion.mode", "on"}, {"fusion.edge.0.3", "register"}}},
                      .without = {kQuery, {{"fusion.mode", "on"}, {"fusion.edge.0.3", "staged"}}}},
          .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
