#include "execute/rooms.h"

#include <algorithm>
#include <utility>

#include "fuse/liveness.h"

namespace headrace {

namespace {

// Steps from the first to the last one during which a value's room is taken, both included.
struct Span {
  uint32_t first, last;
};

std::vector<Span> spans_of(const Stage& stage) {
  const Liveness liveness = liveness_of(stage);
  const auto count = static_cast<uint32_t>(stage.steps.size());
  std::vector<StepInterval> loop_of(count);
  for (const StepInterval interval : intervals_of(stage))
    std::fill(loop_of.begin() + interval.first, loop_of.begin() + interval.last, interval);
  std::vector<Span> spans(stage.values.size());
  for (ValueId value = 0; value < stage.values.size(); ++value) {
    const uint32_t defined = liveness.defined[value];
    if (value < stage.source_values) continue;
    const uint32_t read = std::max(liveness.last_read[value], defined);
    const bool leaves = read >= loop_of[defined].last;
    spans[value].first = leaves ? loop_of[defined].first : defined;
    spans[value].last = !leaves || read >= count ? read : loop_of[read].last - 1;
  }
  for (const Step& step : stage.steps) {
    if (!starts_rows(step)) continue;
    for_each_operand(step, [&](Operand operand) {
      if (!operand.constant) spans[operand.index].last = count;
    });
  }
  return spans;
}

}  // namespace

std::vector<uint32_t> assign_rooms(const Stage& stage) {
  const std::vector<Span> spans = spans_of(stage);
  std::vector<uint32_t> room_of(stage.values.size());
  struct Room {
    uint32_t width, taken_until;
  };
  std::vector<Room> rooms(stage.source_values, Room{0, UINT32_MAX});
  for (ValueId value = 0; value < stage.source_values; ++value) room_of[value] = value;
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

}  // namespace headrace
