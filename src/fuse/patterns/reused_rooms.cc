#include <fmt/format.h>

#include <algorithm>

#include "fuse/patterns/places.h"
#include "fuse/rooms.h"

namespace headrace::patterns {

namespace {

std::vector<PatternPlace> find(const Program& program) {
  std::vector<PatternPlace> places;
  for_each_stage(program, [&](const Program&, const Stage& stage, const std::string& name) {
    std::vector<uint32_t> rooms = assign_rooms(stage);
    rooms.erase(rooms.begin(), rooms.begin() + stage.source_values);
    const size_t values = rooms.size();
    std::ranges::sort(rooms);
    rooms.erase(std::ranges::unique(rooms).begin(), rooms.end());
    if (rooms.size() < values) places.push_back({name, fmt::format("{} values in {} rooms", values, rooms.size())});
  });
  return places;
}

constexpr std::string_view kQuery =
    "SELECT max(range "
    "+ range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - "
    "range + 2 "
    "+ range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - "
    "range + 2 "
    "+ range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - "
    "range + 2 "
    "+ range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - "
    "range + 2 "
    "+ range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - range + 2 + range - 1 - "
    "range + 2 "
    ") AS value FROM range(0, {rows})";

}  // namespace

Pattern reused_rooms() {
  return {.name = "reused_rooms",
          .shape = "update in place: a value takes over the memory of one that nobody reads any more",
          .assumptions =
              "Both values have the same width; the first one's maker promises its memory for the batch and no longer "
              "(lifetime batch), so that "
              "nobody else holds it, and it was read for the last time in an earlier loop. No step that makes other "
              "rows comes back to it "
              "(domain other). What lasts longer, as a column of the source (lifetime owner), is never overwritten.",
          .guarantee =
              "No value is overwritten while it is read; a step's result is never where its own arguments are. A sink "
              "that keeps a vector holds "
              "its owner: then the next batch gets other memory. Builds with assertions poison memory at the end of "
              "its life.",
          .cost = "None while a query runs: rooms are given out when a stage begins.",
          .example = {.prepare = "",
                      .rows = 1'000'000,
                      .with = {kQuery, {{"fusion.mode", "staged"}, {"fusion.rule.reuse_rooms", "on"}}},
                      .without = {kQuery, {{"fusion.mode", "staged"}, {"fusion.rule.reuse_rooms", "off"}}}},
          .find = find};
}

}  // namespace headrace::patterns
