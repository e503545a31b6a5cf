#include <fmt/format.h>

#include <algorithm>

#include "fuse/contracts.h"
#include "fuse/edges.h"
#include "fuse/fan_out.h"
#include "fuse/legality.h"
#include "fuse/patterns/places.h"

namespace headrace::patterns {

namespace {

std::vector<PatternPlace> find(const Program& program) {
  std::vector<PatternPlace> places;
  for_each_stage(program, [&](const Program& of, const Stage& stage, const std::string& name) {
    if (stage.sink_input != 0 || !outlasts_its_stages(contract_of(of.sinks[stage.sink].node))) return;
    const size_t readers = readers_of(of, stage.sink).size();
    if (readers >= 2) places.push_back({name, fmt::format("{}, {} readers", sink_label(of, stage.sink), readers)});
  });
  return places;
}

constexpr std::string_view kQuery =
    "WITH sums AS (SELECT range * 7919 % 5000 AS key, sum(range) AS total FROM range(0, {rows}) GROUP BY range * 7919 "
    "% 5000) "
    "SELECT max(key) AS key FROM sums WHERE total = (SELECT max(total) FROM sums)";

}  // namespace

Pattern shared_aggregation() {
  return {.name = "shared_aggregation",
          .shape = "buffers shared for the query: an aggregation that is written twice is made once and read by all",
          .assumptions =
              "The sink's rows last for the query (lifetime query), so that several stages may read them, each when it "
              "likes; its windows, if it "
              "has any, do not close while rows come.",
          .guarantee =
              "All readers see the same groups, bit for bit. Nothing is kept that would not be kept for one reader.",
          .cost = "None: groups are kept until the query ends in any case.",
          .example = {.prepare = "",
                      .rows = 500'000,
                      .with = {kQuery, {{"fusion.rule.share_aggregations", "on"}}},
                      .without = {kQuery, {{"fusion.rule.share_aggregations", "off"}}}},
          .find = find};
}

}  // namespace headrace::patterns
