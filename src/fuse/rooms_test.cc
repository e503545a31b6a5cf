#include "fuse/rooms.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <utility>

namespace headrace {
namespace {

// v0, v1 int64 from the source; then v(i+2) = v(i+1) + v0, all cuts as given; the sink reads the last value.
Stage chain(uint32_t steps, Decision decision) {
  Stage stage;
  stage.source_values = 2;
  stage.values.resize(steps + 2, StageValue{"", kInt64});
  const Overload* add = find_overload("add_i64_i64");
  for (uint32_t i = 0; i < steps; ++i) stage.steps.push_back({Compute{add, {{false, i + 1}, {false, 0}}, i + 2}, {}});
  stage.cuts.assign(steps, Cut{decision});
  stage.outputs = {{false, steps + 1}};
  return stage;
}

size_t rooms_behind_source(const Stage& stage) {
  const std::vector<uint32_t> rooms = assign_rooms(stage);
  return std::set<uint32_t>(rooms.begin() + stage.source_values, rooms.end()).size();
}

TEST(Rooms, AChainAlternatesBetweenTwo) {
  EXPECT_EQ(rooms_behind_source(chain(40, Decision::kStaged)), 2u);
  EXPECT_EQ(rooms_behind_source(chain(40, Decision::kRegister)), 2u + 1u);  // what leaves the loop is written meanwhile
}

TEST(Rooms, SourceColumnsShareWithNobody) {
  const std::vector<uint32_t> rooms = assign_rooms(chain(5, Decision::kStaged));
  for (size_t value = 2; value < rooms.size(); ++value)
    EXPECT_TRUE(rooms[value] != rooms[0] && rooms[value] != rooms[1]);
}

TEST(Rooms, WidthsAreKeptApart) {
  Stage stage = chain(4, Decision::kStaged);
  stage.values[3].type = kInt32;
  const std::vector<uint32_t> rooms = assign_rooms(stage);
  EXPECT_EQ(std::count(rooms.begin(), rooms.end(), rooms[3]), 1);
}

TEST(Rooms, WhatASinkOrAProbeReadsStays) {
  Stage stage = chain(10, Decision::kStaged);
  stage.outputs.push_back({false, 2});
  std::vector<uint32_t> rooms = assign_rooms(stage);
  EXPECT_EQ(std::count(rooms.begin(), rooms.end(), rooms[2]), 1);

  stage = chain(10, Decision::kStaged);
  stage.values.push_back({"carried", kInt64});
  stage.steps.insert(stage.steps.begin() + 3, {Probe{0, JoinKind::kInner, {{false, 2}}, {{3, ValueId{12}}}, {}}, {}});
  stage.cuts.push_back({Decision::kStaged});
  rooms = assign_rooms(stage);
  EXPECT_EQ(std::count(rooms.begin(), rooms.end(), rooms[2]), 1);
  EXPECT_EQ(std::count(rooms.begin(), rooms.end(), rooms[3]), 1);
}

// What a step says that an owner or the query holds is not given to other values, and they are not given its memory.
TEST(Rooms, WhatOutlastsTheBatchIsNeverOverwritten) {
  const Overload* add = find_overload("add_i64_i64");
  for (const auto& [lifetime, rooms] : {std::pair(Lifetime::kBatch, size_t{2}), std::pair(Lifetime::kOwner, size_t{3}),
                                        std::pair(Lifetime::kQuery, size_t{3})}) {
    Function function = *add->function;
    function.contract.lifetime = lifetime;
    Overload lasting = *add;
    lasting.function = &function;
    Stage stage = chain(20, Decision::kStaged);
    std::get<Compute>(stage.steps[4].node).kernel = &lasting;
    EXPECT_EQ(rooms_behind_source(stage), rooms);
    const std::vector<uint32_t> room_of = assign_rooms(stage);
    if (lifetime != Lifetime::kBatch) EXPECT_EQ(std::ranges::count(room_of, room_of[6]), 1);
  }
}

TEST(Rooms, AreNotSharedWhereTheRuleIsOff) {
  const std::vector<uint32_t> rooms = assign_rooms(chain(40, Decision::kStaged), false);
  EXPECT_EQ(std::set<uint32_t>(rooms.begin(), rooms.end()).size(), rooms.size());
}

// v2 = v0 + v0 | v3 = v2 + v0: in another order v3 might be given the room of v2.
TEST(Rooms, StepsThatTakeOverRoomsKeepTheirOrder) {
  const Stage stage = chain(6, Decision::kStaged);
  EXPECT_TRUE(keep_their_inputs(stage, 0, 2)) << "what comes in are columns of the source";
  EXPECT_FALSE(keep_their_inputs(stage, 2, 4)) << "reads for the last time what was made before";
}

}  // namespace
}  // namespace headrace
