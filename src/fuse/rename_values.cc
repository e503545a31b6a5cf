#include "fuse/rename_values.h"

#include "base/check.h"
#include "base/overloaded.h"

namespace headrace {

Operand ValueNames::renamed(Operand operand) const {
  if (operand.constant) return operand;
  CHECK(has(operand.index));
  return {false, names_[operand.index]};
}

ValueId ValueNames::declare(const Stage& stage, ValueId value, Stage& to) {
  names_[value] = static_cast<ValueId>(to.values.size());
  to.values.push_back(stage.values[value]);
  return names_[value];
}

void ValueNames::rename_carried(const Stage& stage, Pairs& carried, Stage& to) {
  for (auto& [before, after] : carried) {
    before = renamed(Operand{false, before}).index;
    after = declare(stage, after, to);
  }
}

template <class Node>
void ValueNames::rename_crossing(const Stage& stage, Node& node, Stage& to) {
  rename_carried(stage, node.carried, to);
  for (auto& [column, value] : node.fetched) value = declare(stage, value, to);
  if (node.mark.has_value()) node.mark = declare(stage, *node.mark, to);
}

Step ValueNames::renamed(const Stage& stage, uint32_t at, uint32_t place, Stage& to) {
  Step step = stage.steps[at];
  const auto rename_all = [&](std::vector<Operand>& operands) {
    for (Operand& operand : operands) operand = renamed(operand);
  };
  std::visit(Overloaded{[&](Compute& node) {
                          rename_all(node.arguments);
                          node.out = declare(stage, node.out, to);
                        },
                        [&](FilterRows& node) { node.predicate = renamed(node.predicate); },
                        [&](Decode& node) { node.value = renamed(Operand{false, node.value}).index; },
                        [&](Probe& node) {
                          rename_all(node.keys);
                          for (ValueId& value : node.decoded) value = renamed(Operand{false, value}).index;
                          rename_crossing(stage, node, to);
                          probes_.emplace_back(at, place);
                        },
                        [&](Match& node) {
                          if (node.verdict.has_value()) node.verdict = renamed(*node.verdict);
                          rename_crossing(stage, node, to);
                          for (const auto& [before, now] : probes_)
                            if (before == node.probe) {
                              node.probe = now;
                              break;
                            }
                        },
                        [&](Expand& node) {
                          node.count = renamed(node.count);
                          rename_carried(stage, node.carried, to);
                          node.number = declare(stage, node.number, to);
                        },
                        [&](Accumulate& node) { rename_all(node.arguments); }},
             step.node);
  return step;
}

}  // namespace headrace
