// runtime/operators/morsel_order.h — where a sink stands that takes the morsels of its inputs in their order.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

namespace headrace {

using MorselPlace = std::pair<uint32_t, uint64_t>;  // input, morsel

// Moves `next` on to the following input when its own has ended and none of its morsels is left. `left`: by MorselPlace, none
// before `next`. False: it stays.
template <class Morsels>
bool pass_ended_input(const Morsels& left, const std::set<uint32_t>& inputs_done, MorselPlace& next) {
  const auto first = left.begin();
  if (!inputs_done.contains(next.first) || (first != left.end() && first->first.first == next.first)) return false;
  next = {next.first + 1, 0};
  return true;
}

}  // namespace headrace
