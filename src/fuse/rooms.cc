#include "fuse/rooms.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fuse/contracts.h"
#include "fuse/legality.h"
#include "fuse/liveness.h"

namespace headrace {

namespace {

// Steps from the first to the last one during which a value's room is taken, both included.
struct Span {
  uint32_t first, last;
};

constexpr Span kAlways{0, UINT32_MAX};

std::vector<StepInterval> loops_of_steps(const Stage& stage) {
  std::vector<StepInterval> loop_of(stage.steps.size());
  for (const StepInterval interval : intervals_of(stage))
    std::fill(loop_of.begin() + interval.first, loop_of.begin() + interval.last, interval);
  return loop_of;
}

std::vector<Span> spans_of(const Stage& stage) {
  const Liveness liveness = liveness_of(stage);
  const auto count = static_cast<uint32_t>(stage.steps.size());
  const std::vector<StepInterval> loop_of = loops_of_steps(stage);
  std::vector<Span> spans(stage.values.size(), kAlways);
  for (ValueId value = stage.source_values; value < stage.values.size(); ++value) {
    const uint32_t defined = liveness.defined[value];
    if (!may_be_overwritten(contract_of(stage, stage.steps[defined]))) continue;
    const uint32_t read = std::max(liveness.last_read[value], defined);
    const bool leaves = read >= loop_of[defined].last;
    spans[value].first = leaves ? loop_of[defined].first : defined;
    spans[value].last = !leaves || read >= count ? read : loop_of[read].last - 1;
  }
  for (const Step& step : stage.steps) {
    if (contract_of(stage, step).domain == Domain::kSame) continue;
    for_each_operand(step, [&](Operand operand) {
      if (!operand.constant) spans[operand.index].last = std::max(spans[operand.index].last, count);
    });
  }
  return spans;
}

}  // namespace

std::vector<uint32_t> assign_rooms(const Stage& stage, bool shares) {
  std::vector<uint32_t> room_of(stage.values.size());
  for (ValueId value = 0; value < stage.values.size(); ++value) room_of[value] = value;
  if (!shares) return room_of;
  const std::vector<Span> spans = spans_of(stage);
  struct Room {
    uint32_t width, taken_until;
  };
  std::vector<Room> rooms(stage.source_values, Room{0, UINT32_MAX});
  std::vector<ValueId> order;
  for (ValueId value = stage.source_values; value < stage.values.size(); ++value) order.push_back(value);
  std::ranges::sort(order, {}, [&](ValueId value) { return std::pair(spans[value].first, value); });
  for (const ValueId value : order) {
    const uint32_t width = width_bytes(stage.values[value].type.id);
    const auto free = std::ranges::find_if(
        rooms, [&](const Room& room) { return room.width == width && room.taken_until < spans[value].first; });
    room_of[value] = static_cast<uint32_t>(free - rooms.begin());
    if (free == rooms.end()) rooms.push_back({width, 0});
    rooms[room_of[value]].taken_until = spans[value].last;
  }
  return room_of;
}

bool keep_their_inputs(const Stage& stage, uint32_t first, uint32_t last) {
  const Liveness liveness = liveness_of(stage);
  bool computes = false, reads_last = false;
  for (uint32_t i = first; i < last; ++i) {
    computes |= std::holds_alternative<Compute>(stage.steps[i].node);
    for_each_operand(stage.steps[i], [&](Operand operand) {
      if (operand.constant || operand.index < stage.source_values) return;
      const bool comes_in = liveness.defined[operand.index] < first;
      reads_last |= comes_in && liveness.last_read[operand.index] < last;
    });
  }
  return !computes || !reads_last;
}

}  // namespace headrace
