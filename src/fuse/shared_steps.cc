#include "fuse/shared_steps.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/limits.h"
#include "expr/value_range.h"
#include "fuse/constant_index.h"
#include "fuse/liveness.h"
#include "fuse/place_decodes.h"
#include "fuse/rename_values.h"

namespace headrace {

namespace {

constexpr uint32_t kNone = ~uint32_t{0};

// A value that any of the stages computes from the rows of the source. Equal ones of several stages are one: its number is an index
// into all of them. Arguments are numbers, or constants of the trunk.
struct Shareable {
  Compute compute;
  StageValue value;
  TextPosition where;
  uint32_t stages = 0;  // that compute it
  uint32_t last_stage = kNone;
  uint32_t filters_before = kNone;  // where it is computed in front of the fewest
};

// What a stage does before its rows become others.
struct Beginning {
  std::vector<uint32_t> numbers;  // by value; kNone: made of other rows
  std::vector<Operand> filters;  // of numbers
  std::vector<uint32_t> roots;  // numbers that the stage reads otherwise than for other numbers
};

// So many values are handed on, or not, in all combinations; more are looked at one by one.
constexpr size_t kCandidatesMax = 10;

class StepSharer {
 public:
  StepSharer(Stage trunk, const std::vector<const Stage*>& stages, const std::vector<std::vector<ValueId>>& columns,
             const Machine& machine)
      : trunk_(std::move(trunk)), stages_(stages), machine_(machine) {
    for (ValueId column = 0; column < trunk_.source_values; ++column)
      values_.push_back({{}, trunk_.values[column], {}, 0, kNone, 0});
    for (uint32_t index = 0; index < stages.size(); ++index) beginnings_.push_back(number(index, columns[index]));
  }

  SharedSteps share() {
    count_common_filters();
    for (uint32_t index = 0; index < stages_.size(); ++index) note_roots(index);
    choose();
    append_steps();
    SharedSteps shared;
    shared.columns = append_outputs();
    for (uint32_t index = 0; index < stages_.size(); ++index) shared.readers.push_back(reader(index));
    const auto* table = std::get_if<TableSource>(&trunk_.source);
    if (table != nullptr && table->table->decodes_late() && common_filters_ > 0) place_decodes(trunk_);
    trunk_.cuts.assign(trunk_.steps.size(), Cut{});
    shared.trunk = std::move(trunk_);
    return shared;
  }

 private:
  Beginning number(uint32_t index, const std::vector<ValueId>& columns) {
    const Stage& stage = *stages_[index];
    Beginning beginning{.numbers = std::vector<uint32_t>(stage.values.size(), kNone), .filters = {}, .roots = {}};
    std::copy(columns.begin(), columns.end(), beginning.numbers.begin());
    for (ValueId column = 0; column < stage.source_values; ++column)
      if (stage.values[column].range.has_value()) trunk_.values[columns[column]].range = stage.values[column].range;
    for (const Step& step : stage.steps) {
      if (starts_rows(step)) break;
      if (const auto* filter = std::get_if<FilterRows>(&step.node))
        beginning.filters.push_back(numbered(stage, beginning, filter->predicate));
      const auto* compute = std::get_if<Compute>(&step.node);
      if (compute == nullptr) continue;
      const uint32_t value = find_or_add(stage, beginning, *compute, step.where);
      beginning.numbers[compute->out] = value;
      Shareable& found = values_[value];
      if (std::exchange(found.last_stage, index) != index) ++found.stages;
      found.filters_before = std::min(found.filters_before, static_cast<uint32_t>(beginning.filters.size()));
    }
    return beginning;
  }

  // What filters read that all begin with is not among them.
  void note_roots(uint32_t index) {
    const Stage& stage = *stages_[index];
    Beginning& beginning = beginnings_[index];
    const auto note = [&](Operand operand) {
      if (!operand.constant && beginning.numbers[operand.index] != kNone)
        beginning.roots.push_back(beginning.numbers[operand.index]);
    };
    size_t filters = 0;
    for (const Step& step : stage.steps) {
      const auto* compute = std::get_if<Compute>(&step.node);
      if (compute != nullptr && beginning.numbers[compute->out] != kNone) continue;
      if (std::holds_alternative<FilterRows>(step.node) && filters++ < common_filters_) continue;
      for_each_operand(step, note);
    }
    for (const Operand operand : stage.outputs) note(operand);
  }

  Operand numbered(const Stage& stage, const Beginning& beginning, Operand operand) {
    if (!operand.constant) return {false, beginning.numbers[operand.index]};
    const StageConstant& constant = stage.constants[operand.index];
    return constant_index_.operand(constant.value, constant.structural, constants_);
  }

  uint32_t find_or_add(const Stage& stage, const Beginning& beginning, const Compute& compute, TextPosition where) {
    const StageValue& value = stage.values[compute.out];
    Compute shared{compute.kernel, {}, 0};
    std::vector<std::pair<bool, uint32_t>> arguments;
    for (const Operand operand : compute.arguments) {
      shared.arguments.push_back(numbered(stage, beginning, operand));
      arguments.emplace_back(operand.constant, shared.arguments.back().index);
    }
    if (compute.kernel->function->contract.determinism == Determinism::kNone)  // equal to none
      arguments.emplace_back(true, static_cast<uint32_t>(values_.size()));
    const auto [at, added] = known_.try_emplace({compute.kernel, to_text(value.type), std::move(arguments)},
                                                static_cast<uint32_t>(values_.size()));
    if (added) values_.push_back({std::move(shared), value, where, 0, kNone, kNone});
    return at->second;
  }

  void count_common_filters() {
    const std::vector<Operand>& first = beginnings_[0].filters;
    common_filters_ = first.size();
    for (const Beginning& other : beginnings_) {
      const auto [end, other_end] = std::ranges::mismatch(first, other.filters);
      common_filters_ = std::min(common_filters_, static_cast<size_t>(end - first.begin()));
    }
  }

  bool is_column(uint32_t number) const { return number < trunk_.source_values; }

  using Numbers = std::set<uint32_t>;

  void need(uint32_t number, Numbers& needed) const {
    if (is_column(number) || !needed.insert(number).second) return;
    for (const Operand argument : values_[number].compute.arguments)
      if (!argument.constant) need(argument.index, needed);
  }

  double compute_ns(uint32_t number) const {
    const KernelPrice price = machine_.price_of(*values_[number].compute.kernel);
    return price.vectorises ? price.vector_ns : price.selected_ns;
  }
  // Of a value that is written once and read again by so many.
  double hand_on_ns(uint32_t number, size_t readers) const {
    const StageValue& value = values_[number].value;
    const uint64_t bytes = width_bytes(value.type.id) + (value.nullable ? 1 : 0);
    const double once_ns =
        machine_.byte_ns[machine_.level_of(bytes * limits::kVectorRowsMax)] * static_cast<double>(bytes);
    return once_ns * (1 + static_cast<double>(readers)) / 2;
  }

  // ns per row when the trunk computes these for all readers, and each reader the rest of what it needs.
  double price_of(const Numbers& handed_on) const {
    double ns = 0;
    std::map<uint32_t, size_t> readers;  // by number that is handed on
    for (const Beginning& beginning : beginnings_) {
      Numbers seen;
      std::vector<uint32_t> open = beginning.roots;
      while (!open.empty()) {
        const uint32_t number = open.back();
        open.pop_back();
        if (is_column(number) || !seen.insert(number).second) continue;
        if (handed_on.contains(number) && !values_[number].value.may_fault) {
          ++readers[number];
          continue;
        }
        ns += compute_ns(number);
        for (const Operand argument : values_[number].compute.arguments)
          if (!argument.constant) open.push_back(argument.index);
      }
    }
    for (const uint32_t number : handed_on) ns += compute_ns(number);
    for (const auto& [number, count] : readers) ns += hand_on_ns(number, count);
    return ns;
  }

  void choose() {
    Numbers needed;  // whatever is chosen
    for (size_t filter = 0; filter < common_filters_; ++filter)
      if (const Operand predicate = beginnings_[0].filters[filter]; !predicate.constant) need(predicate.index, needed);
    std::vector<uint32_t> candidates;
    for (uint32_t number = trunk_.source_values; number < values_.size(); ++number) {
      const Shareable& one = values_[number];
      const bool may_move = one.filters_before <= common_filters_ && !one.value.may_fault;
      if (one.stages > 1 && may_move && !needed.contains(number)) candidates.push_back(number);
    }
    chosen_ = candidates.size() <= kCandidatesMax ? best_set(candidates, needed) : thinned(candidates, needed);
  }

  // All sets are tried; of equal ones the one that hands on more.
  Numbers best_set(const std::vector<uint32_t>& candidates, const Numbers& needed) const {
    Numbers best;
    double best_ns = std::numeric_limits<double>::infinity();
    for (size_t left_out = 0; left_out < size_t{1} << candidates.size(); ++left_out) {
      Numbers set = needed;
      for (size_t i = 0; i < candidates.size(); ++i)
        if ((left_out >> i & 1) == 0) need(candidates[i], set);
      if (const double ns = price_of(set); ns < best_ns) {
        best_ns = ns;
        best = std::move(set);
      }
    }
    return best;
  }

  // All but those without which it is cheaper, the last first, since nothing is made of them.
  Numbers thinned(std::vector<uint32_t> candidates, const Numbers& needed) const {
    const auto set_of = [&](const std::vector<uint32_t>& some) {
      Numbers set = needed;
      for (const uint32_t number : some) need(number, set);
      return set;
    };
    double best_ns = price_of(set_of(candidates));
    for (size_t at = candidates.size(); at-- > 0;) {
      std::vector<uint32_t> fewer = candidates;
      fewer.erase(fewer.begin() + static_cast<ptrdiff_t>(at));
      if (const double ns = price_of(set_of(fewer)); ns < best_ns) {
        best_ns = ns;
        candidates = std::move(fewer);
      }
    }
    return set_of(candidates);
  }

  // Whether readers take it from the trunk.
  bool is_handed_on(uint32_t number) const {
    return is_column(number) || (chosen_.contains(number) && !values_[number].value.may_fault);
  }

  Operand in_trunk(Operand operand) const {
    return operand.constant ? operand : Operand{false, trunk_values_.at(operand.index)};
  }

  // The value and what it is made of, unless the trunk has them.
  void append(uint32_t number) {
    if (trunk_values_.contains(number)) return;
    const Shareable& one = values_[number];
    for (const Operand argument : one.compute.arguments)
      if (!argument.constant) append(argument.index);
    Compute compute{one.compute.kernel, {}, static_cast<ValueId>(trunk_.values.size())};
    for (const Operand argument : one.compute.arguments) compute.arguments.push_back(in_trunk(argument));
    trunk_values_.emplace(number, compute.out);
    trunk_.values.push_back(one.value);
    trunk_.steps.push_back({std::move(compute), one.where});
  }

  void append_steps() {
    trunk_.constants = std::move(constants_);
    for (ValueId column = 0; column < trunk_.source_values; ++column) trunk_values_.emplace(column, column);
    for (size_t filter = 0; filter < common_filters_; ++filter) {
      const Operand predicate = beginnings_[0].filters[filter];
      if (!predicate.constant) append(predicate.index);
      trunk_.steps.push_back({FilterRows{in_trunk(predicate)}, filter_position(filter)});
    }
    for (const uint32_t number : chosen_) append(number);
  }

  TextPosition filter_position(size_t filter) const {
    for (const Step& step : stages_[0]->steps)
      if (std::holds_alternative<FilterRows>(step.node) && filter-- == 0) return step.where;
    return {};
  }

  // Calls what(step) for the steps that a reader is left with.
  template <class What>
  void for_each_left(uint32_t index, What&& what) const {
    size_t filters = 0;
    bool at_beginning = true;
    for (uint32_t at = 0; at < stages_[index]->steps.size(); ++at) {
      const Step& step = stages_[index]->steps[at];
      at_beginning = at_beginning && !starts_rows(step);
      if (at_beginning && std::holds_alternative<FilterRows>(step.node) && filters++ < common_filters_) continue;
      const auto* compute = std::get_if<Compute>(&step.node);
      if (at_beginning && compute != nullptr && is_handed_on(beginnings_[index].numbers[compute->out])) continue;
      what(at);
    }
  }

  // Numbers that some reader reads become the trunk's outputs.
  Schema append_outputs() {
    std::set<uint32_t> read;
    for (uint32_t index = 0; index < stages_.size(); ++index) {
      const Stage& stage = *stages_[index];
      const auto use = [&](Operand operand) {
        if (operand.constant) return;
        const uint32_t number = beginnings_[index].numbers[operand.index];
        if (number != kNone && is_handed_on(number)) read.insert(number);
      };
      for_each_left(index, [&](uint32_t at) { for_each_operand(stage.steps[at], use); });
      for (const Operand operand : stage.outputs) use(operand);
    }
    Schema columns;
    for (const uint32_t number : read) {
      const StageValue& value = trunk_.values[trunk_values_.at(number)];
      output_of_.emplace(number, static_cast<ValueId>(columns.size()));
      trunk_.outputs.push_back({false, trunk_values_.at(number)});
      columns.push_back({value.name, value.type, value.nullable});
    }
    return columns;
  }

  Stage reader(uint32_t index) const {
    const Stage& stage = *stages_[index];
    const Beginning& beginning = beginnings_[index];
    Stage reader;
    reader.constants = stage.constants;
    reader.source_values = static_cast<uint32_t>(trunk_.outputs.size());
    const std::vector<ValueRange> ranges = ranges_of_values(trunk_);
    for (const Operand output : trunk_.outputs) {
      StageValue value = trunk_.values[output.index];
      value.range.reset();
      if (has_value_range(value.type) && ranges[output.index] != whole_range(value.type.id))
        value.range = ranges[output.index];
      reader.values.push_back(std::move(value));
    }
    ValueNames names(stage.values.size());
    for (ValueId value = 0; value < stage.values.size(); ++value) {
      const uint32_t number = beginning.numbers[value];
      if (const auto at = output_of_.find(number); number != kNone && at != output_of_.end())
        names.give(value, at->second);
    }
    for_each_left(index, [&](uint32_t at) {
      const Step& step = stage.steps[at];
      const auto* decode = std::get_if<Decode>(&step.node);
      if (decode != nullptr && (common_filters_ > 0 || !names.has(decode->value))) return;
      reader.steps.push_back(names.renamed(stage, at, static_cast<uint32_t>(reader.steps.size()), reader));
      // Behind filters the trunk decodes.
      if (auto* probe = std::get_if<Probe>(&reader.steps.back().node); probe != nullptr && common_filters_ > 0)
        probe->decoded.clear();
    });
    for (const Operand operand : stage.outputs) reader.outputs.push_back(names.renamed(operand));
    reader.cuts.assign(reader.steps.size(), Cut{});
    reader.sink = stage.sink;
    reader.sink_input = stage.sink_input;
    return reader;
  }

  Stage trunk_;
  const std::vector<const Stage*>& stages_;
  const Machine& machine_;
  std::vector<Shareable> values_;  // by number; first the source's columns
  std::map<std::tuple<const Overload*, std::string, std::vector<std::pair<bool, uint32_t>>>, uint32_t> known_;
  ConstantIndex constant_index_;
  std::vector<StageConstant> constants_;
  std::vector<Beginning> beginnings_;
  size_t common_filters_ = 0;
  std::set<uint32_t> chosen_;  // numbers that the trunk computes
  std::map<uint32_t, ValueId> trunk_values_;  // by number
  std::map<uint32_t, ValueId> output_of_;  // by number: which output of the trunk it is
};

}  // namespace

SharedSteps share_steps(Stage trunk, const std::vector<const Stage*>& stages,
                        const std::vector<std::vector<ValueId>>& columns, const Machine& machine) {
  return StepSharer(std::move(trunk), stages, columns, machine).share();
}

}  // namespace headrace
