#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  return at.decided.decision == Decision::kRegister && filters(at.before) && computes(at.behind);
}

constexpr std::string_view kQuery =
    "SELECT sum(range * 3 + 1) AS value FROM range(0, {rows}) WHERE (range * 40503 & 1023) < 512";

}  // namespace

Pattern filter_project() {
  return {.name = "filter_project",
          .shape = "a filter and what is computed behind it share a loop: rows that it drops are masked",
          .assumptions =
              "The first step keeps some rows as they are (cardinality 1:0..1, domain same), the second gives one "
              "value a row and "
              "remembers nothing (state none).",
          .guarantee =
              "No list of rows is made between them. A row that the filter drops sets no fault and reaches no state, "
              "though its "
              "value may be computed.",
          .cost =
              "Values of dropped rows are computed and thrown away, which a filter that keeps few rows makes dear "
              "(selective_filter).",
          .example = {.prepare = "",
                      .rows = 1'000'000,
                      .with = {kQuery, {{"fusion.mode", "on"}, {"fusion.edge.0.3", "register"}}},
                      .without = {kQuery, {{"fusion.mode", "on"}, {"fusion.edge.0.3", "staged"}}}},
          .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
