// fuse/rename_values.h — steps of one stage over the values of another.
#pragma once

#include <vector>

#include "fuse/stage.h"

namespace headrace {

// What values of a stage are called in the stage that its steps go to.
class ValueNames {
 public:
  explicit ValueNames(size_t values) : names_(values, kNone) {}

  void give(ValueId value, ValueId name) { names_[value] = name; }
  bool has(ValueId value) const { return names_[value] != kNone; }
  // The value has a name, by give() or as a step that was renamed defines it.
  Operand renamed(Operand operand) const;
  // Step `at` of `stage`, which becomes step `place` of `to`: what it defines is declared there. Every value that it reads has a name.
  Step renamed(const Stage& stage, uint32_t at, uint32_t place, Stage& to);

 private:
  static constexpr ValueId kNone = ~ValueId{0};
  using Pairs = std::vector<std::pair<ValueId, ValueId>>;

  ValueId declare(const Stage& stage, ValueId value, Stage& to);
  void rename_carried(const Stage& stage, Pairs& carried, Stage& to);
  template <class Node>
  void rename_crossing(const Stage& stage, Node& node, Stage& to);

  std::vector<ValueId> names_;  // by value
  std::vector<std::pair<uint32_t, uint32_t>> probes_;  // (step of the stage, where it went)
};

}  // namespace headrace
