#include <fmt/format.h>

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
    if (outlasts_its_stages(contract_of(of.sinks[stage.sink].node))) return;
    const size_t readers = readers_of(of, stage.sink).size();
    if (readers >= 2) places.push_back({name, fmt::format("{}, {} readers", sink_label(of, stage.sink), readers)});
  });
  return places;
}

constexpr std::string_view kQuery =
    "BEGIN; COPY (SELECT sum(amount) AS value FROM '{directory}/rows.parquet' WHERE note LIKE '%77%') TO "
    "'{directory}/sum.csv'; "
    "COPY (SELECT count(*) AS found, max(id) AS last FROM '{directory}/rows.parquet' WHERE note LIKE '%77%') TO "
    "'{directory}/last.csv'; "
    "COPY (SELECT min(amount) AS least FROM '{directory}/rows.parquet' WHERE note LIKE '%77%') TO "
    "'{directory}/least.csv'; COMMIT";

}  // namespace

Pattern shared_batches() {
  return {
      .name = "shared_batches",
      .shape = "buffers shared as they come: several outputs read each batch of one scan",
      .assumptions =
          "The sink keeps nothing (state none) and its rows last for a batch (lifetime batch): every reader has seen "
          "one before the next is "
          "there. No reader waits for another one.",
      .guarantee =
          "Each output is what it is alone: rows, order and faults. The table is read once, and what all readers "
          "compute alike is computed once.",
      .cost =
          "Readers run one after the other in the task that made the batch; the scan reads the columns of all of them.",
      .example =
          {.prepare =
               "COPY (SELECT range AS id, 'note ' || CAST(range * 31 AS text) AS note, range * 7 % 10007 AS amount "
               "FROM range(0, {rows})) TO '{directory}/rows.parquet'",
           .rows = 500'000,
           .with = {kQuery, {{"fusion.rule.share_scans", "on"}}},
           .without = {kQuery, {{"fusion.rule.share_scans", "off"}}}},
      .find = find};
}

}  // namespace headrace::patterns
