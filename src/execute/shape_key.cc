#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>

#include "base/check.h"
#include "base/overloaded.h"
#include "execute/foreign.h"
#include "execute/loop.h"

namespace headrace {

namespace {

// Writes a loop as text in which values are numbered by where they first appear.
class KeyWriter {
 public:
  explicit KeyWriter(const LoopShape& shape) : shape_(shape) {}

  std::string write() {
    add("{}{}{}|", shape_.has_filter ? 'f' : '-', shape_.names_faults ? 'b' : '-',
        shape_.faults_become_null ? 'n' : '-');
    for (ValueId input : shape_.inputs) {
      name(input);
      value(input);
    }
    for (uint32_t i = shape_.interval.first; i < shape_.interval.last; ++i) step(shape_.stage->steps[i]);
    add("|");
    for (ValueId output : shape_.outputs) add("{},", name(output));
    return std::move(key_);
  }

 private:
  template <class... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(key_), format, std::forward<Arguments>(arguments)...);
  }

  uint32_t name(ValueId value) { return names_.emplace(value, static_cast<uint32_t>(names_.size())).first->second; }

  // Precision and scale of decimals are the kernels' business: they arrive as literals.
  void value(ValueId id) {
    const StageValue& declared = shape_.stage->values[id];
    add("v{}:{}{}{};", name(id), static_cast<int>(declared.type.id), declared.nullable ? "?" : "",
        declared.may_fault ? "!" : "");
  }

  void operand(const Operand& operand) {
    if (!operand.constant) {
      add("v{},", name(operand.index));
      return;
    }
    const StageConstant& constant = shape_.stage->constants[operand.index];
    const int type = static_cast<int>(constant.value.type.id);
    if (constant.value.is_null()) {
      add("null:{},", type);
    } else if (constant.structural) {
      const std::string literal = to_literal(constant.value);
      add("s{}:{}:{},", type, literal.size(), literal);
    } else {
      add("c{}:{},", operand.index, type);
    }
  }

  void step(const Step& step) {
    std::visit(Overloaded{
                   [&](const Compute& compute) {
                     add("k {}", compute.kernel->symbol);
                     if (const ForeignKernel* foreign = find_foreign(*compute.kernel))
                       add("#{:x}", foreign->bitcode_hash);
                     add("(");
                     for (const Operand& argument : compute.arguments) operand(argument);
                     add(")");
                     value(compute.out);
                   },
                   [&](const FilterRows& filter) {
                     add("f ");
                     operand(filter.predicate);
                   },
                   [&](const Accumulate& accumulate) {
                     add("a {}@{} ", accumulate.aggregate->symbol, accumulate.slot);
                     for (const Operand& argument : accumulate.arguments) operand(argument);
                   },
                   [&](const Decode&) { add("decode"); },
                   [&](const Probe&) { add("probe"); },
                   [&](const Match&) { add("match"); },
                   [&](const Expand&) { add("expand"); },
               },
               step.node);
    add("\n");
  }

  const LoopShape& shape_;
  std::string key_;
  std::unordered_map<ValueId, uint32_t> names_;
};

}  // namespace

std::string shape_key(const LoopShape& shape) { return KeyWriter(shape).write(); }

}  // namespace headrace
