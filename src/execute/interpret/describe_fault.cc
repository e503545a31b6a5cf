#include "execute/interpret/describe_fault.h"

#include <fmt/format.h>

#include <algorithm>

#include "kernel/faults.h"
#include "types/batch.h"

namespace headrace {

namespace {

constexpr uint32_t kLevelsShown = 3;  // of calls inside the one that faulted
constexpr size_t kValueBytesShown = 60;
constexpr size_t kExpressionBytesShown = 160;
constexpr const char* kLeftOut = "…";
constexpr std::string_view kMapOfLists = "map_of_lists";

std::string shortened(std::string text, size_t bytes_max) {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && (text[bytes_max] & 0xC0) == 0x80) --bytes_max;  // whole characters
  text.resize(bytes_max);
  return text + kLeftOut;
}

std::string what_was_expected(std::string_view function, uint32_t fault, Type type) {
  if (fault == Faults::kBadCast && function == kMapOfLists)
    return ": expected keys that differ and are not null, and a value for each";
  if (fault == Faults::kBadCast) return fmt::format(": expected {}", to_text(type));
  if (fault == Faults::kBadArgument && function == "list_resize") return ": expected a size from 0 to 10,000,000";
  if (fault == Faults::kOutOfRange && type.id == TypeId::kList) return ": it would have more than 10,000,000 elements";
  if (fault == Faults::kOverflow && type == kUtf8) return ": the result would be longer than 2,147,483,647 bytes";
  if (fault == Faults::kOverflow || fault == Faults::kOutOfRange)
    return fmt::format(": the result does not fit {}", to_text(type));
  return "";
}

class FaultDescriber {
 public:
  FaultDescriber(const Stage& stage, const std::vector<Slot>& slots, uint32_t row)
      : stage_(stage), slots_(slots), row_(row), steps_(stage.values.size()) {
    for (const Step& step : stage.steps)
      if (const auto* compute = std::get_if<Compute>(&step.node)) steps_[compute->out] = &step;
  }

  FaultDescription describe(ValueId value) const {
    const Step* step = guilty_step(value);
    if (step == nullptr)
      return {fmt::format("{} in {}", fault_name(slots_[value].faults[row_]), stage_.values[value].name), {}};
    const auto& call = std::get<Compute>(step->node);
    const uint32_t bits = slots_[call.out].faults[row_];
    const Type type = stage_.values[call.out].type;
    std::string text =
        fmt::format("{} in {}", fault_name(bits), shortened(expression_text(call), kExpressionBytesShown));
    std::string values;
    for (const Operand argument : call.arguments) {
      if (argument.constant || slots_[argument.index].data == nullptr) continue;  // in the expression, or gone
      const std::string one =
          fmt::format("{} is {}", shortened(operand_text(argument), kValueBytesShown), value_text(argument));
      if (values.find(one) == std::string::npos) values += (values.empty() ? ", where " : ", ") + one;
    }
    text += values;
    const uint32_t lowest = bits & (0 - bits);
    return {text + what_was_expected(call.kernel->function->name, lowest, type), step->where};
  }

 private:
  bool faults(Operand operand) const {
    return !operand.constant && slots_[operand.index].faults != nullptr && slots_[operand.index].faults[row_] != 0;
  }

  // Down from the value that was read to the first call whose own arguments are sound.
  const Step* guilty_step(ValueId value) const {
    const Step* step = steps_[value];
    while (step != nullptr) {
      const auto& call = std::get<Compute>(step->node);
      const Operand* cause = nullptr;
      const bool chooses = call.kernel->function->name == "if_else" && !faults(call.arguments[0]);
      for (const Operand& argument : call.arguments)
        if (cause == nullptr && faults(argument)) cause = &argument;
      if (chooses && cause != nullptr) cause = &call.arguments[is_true(call.arguments[0]) ? 1 : 2];
      if (cause == nullptr || !faults(*cause) || steps_[cause->index] == nullptr) return step;
      step = steps_[cause->index];
    }
    return step;
  }

  Value value_of(Operand operand) const {
    if (operand.constant) return stage_.constants[operand.index].value;
    const Slot& slot = slots_[operand.index];
    const Vector vector{.type = stage_.values[operand.index].type,
                        .encoding = slot.constant ? Encoding::kConstant : Encoding::kFlat,
                        .data = slot.data,
                        .validity = slot.validity,
                        .owner = {}};
    return value_at(vector, row_);
  }
  bool is_true(Operand operand) const {
    const Value value = value_of(operand);
    return !value.is_null() && std::get<bool>(value.data);
  }

  std::string value_text(Operand operand) const {
    Value value = value_of(operand);
    if (value.is_null()) return "NULL";
    if (value.type != kUtf8) return to_display(value);
    auto& text = std::get<std::string>(value.data);
    text = shortened(std::move(text), kValueBytesShown);
    return to_literal(value);
  }

  // A written expression over the stage's columns, by their names.
  ExprPtr expression_of(Operand operand, uint32_t level) const {
    if (operand.constant) return literal(stage_.constants[operand.index].value);
    const Step* step = steps_[operand.index];
    if (step == nullptr) return column_name("", stage_.values[operand.index].name);
    if (level == kLevelsShown) return column_name("", kLeftOut);
    return expression_of(std::get<Compute>(step->node), level + 1);
  }
  ExprPtr expression_of(const Compute& call, uint32_t level) const {
    std::vector<ExprPtr> arguments;
    for (const Operand argument : call.arguments) arguments.push_back(expression_of(argument, level));
    std::string name(call.kernel->function->name);
    if (name == kMapOfLists) {  // as it is written: without the shapes of the lists
      name = "map";
      arguments.resize(2);
    }
    return std::make_shared<const Expr>(Expr{.node = Call{std::move(name), std::move(arguments), call.kernel},
                                             .type = stage_.values[call.out].type,
                                             .where = {}});
  }

  static std::string without_quotes_and_parentheses(std::string text) {
    const std::string quoted = fmt::format("\"{}\"", kLeftOut);
    for (size_t at; (at = text.find(quoted)) != std::string::npos;) text.replace(at, quoted.size(), kLeftOut);
    if (text.starts_with('(') && text.ends_with(')')) return text.substr(1, text.size() - 2);
    return text;
  }
  std::string expression_text(const Compute& call) const {
    return without_quotes_and_parentheses(to_text(*expression_of(call, 0)));
  }
  std::string operand_text(Operand operand) const {
    return without_quotes_and_parentheses(to_text(*expression_of(operand, 0)));
  }

  const Stage& stage_;
  const std::vector<Slot>& slots_;
  const uint32_t row_;
  std::vector<const Step*> steps_;  // by ValueId: the call that makes it; nullptr: a column
};

}  // namespace

FaultDescription describe_fault(const Stage& stage, const std::vector<Slot>& slots, ValueId value, uint32_t row) {
  return FaultDescriber(stage, slots, row).describe(value);
}

}  // namespace headrace
