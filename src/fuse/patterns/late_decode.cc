#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

bool is_instance(const CutSides& at) {
  return at.decided.decision == Decision::kStaged && filters(at.before) && brings_column(at.behind);
}

constexpr std::string_view kQuery =
    "SELECT count(note) AS notes, sum(amount) AS value FROM '{directory}/rows.parquet' WHERE key * 2 = 14";

}  // namespace

Pattern late_decode() {
  return {.name = "late_decode",
          .shape = "columns that are first read behind a filter are decoded for the rows that it leaves",
          .assumptions =
              "The source gives columns late (Parquet). The first step keeps some rows as they are (cardinality "
              "1:0..1, domain same); "
              "the second gives a column its values, in memory of the source (buffers owns, lifetime owner), which "
              "nobody overwrites.",
          .guarantee =
              "Pages of which no row is left are not decoded. Bad bytes are an error of the file, no row's fault, so "
              "that leaving them out "
              "changes no answer.",
          .cost = "A list of rows behind the filter, and decoding that jumps.",
          .example = {.prepare = "COPY (SELECT range AS id, range // 100 * 7919 % 1000 AS key, 'note ' || CAST(range * "
                                 "31 AS text) AS note, "
                                 "range * 7 % 10007 AS amount FROM range(0, {rows})) TO '{directory}/rows.parquet'",
                      .rows = 1'000'000,
                      .with = {kQuery, {{"fusion.edge.0.2", "staged"}}},
                      .without = {kQuery, {{"fusion.edge.0.2", "register"}}}},
          .find = [](const Program& program) { return cuts_where(program, is_instance); }};
}

}  // namespace headrace::patterns
