#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  return at.before.domain == Domain::kOther && at.before.lifetime == Lifetime::kBatch &&
         at.behind.domain == Domain::kSame;
}

}  // namespace

Pattern rows_go_on() {
  return {
      .name = "rows_go_on",
      .shape = "rows of a join's look-up or an unnest go on in the same stage, a vector at a time",
      .assumptions =
          "The first step makes other rows of its rows (domain other), which last for a batch (lifetime batch); the "
          "second takes them as "
          "they come (domain same). The step is resumable: it stops when a vector is full.",
      .guarantee =
          "However many rows come of one, a vector of at most 2,048 is there at a time, and is gone before the next. "
          "Order is kept.",
      .cost = "A staged cut on both sides of the step.",
      .example =
          {.prepare = "",
           .rows = 500'000,
           .with =
               {"SELECT sum(id * 3) AS value FROM (SELECT a.range AS id FROM range(0, {rows}) a JOIN range(0, 1000) b "
                "ON a.range % 2000 = b.range) pairs",
                {}},
           .without =
               {"SELECT sum(id * 3) AS value FROM (SELECT a.range AS id FROM range(0, {rows}) a JOIN range(0, 1000) b "
                "ON a.range % 2000 = b.range LIMIT {rows}) pairs",
                {}}},
      .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
