#include "fuse/legality.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  const bool chosen = at.decided.reason == Reason::kSelectiveFilter || at.decided.pinned;
  return at.decided.decision == Decision::kStaged && chosen && filters(at.before) && !brings_column(at.behind) &&
         at.behind.domain == Domain::kSame && !is_absolute(at.decided.barriers);
}

constexpr std::string_view kQuery =
    "SELECT count(md5(CAST(range AS text))) AS digests FROM range(0, {rows}) WHERE range % 1000 = 7";

}  // namespace

Pattern selective_filter() {
  return {.name = "selective_filter",
          .shape = "steps behind a filter that keeps few rows have a loop of their own, over those rows",
          .assumptions =
              "The first step keeps some rows as they are (cardinality 1:0..1, domain same) and nothing forbids one "
              "loop; few rows "
              "are left, as predicted or as measured.",
          .guarantee =
              "What lies behind is computed for the rows that are left and no others. Rows, their order and faults are "
              "those of one loop.",
          .cost =
              "The filter's mask becomes a list of rows; values that cross are written to vectors and read again row "
              "by row.",
          .example = {.prepare = "",
                      .rows = 500'000,
                      .with = {kQuery, {{"fusion.mode", "on"}}},
                      .without = {kQuery, {{"fusion.mode", "full"}}}},
          .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
