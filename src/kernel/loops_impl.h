// kernel/loops_impl.h — the body of kernel/loops_family.cc.
#pragma once

#include <cstring>
#include <new>

#include "kernel/invoke.h"
#include "kernel/kernels.h"
#include "kernel/loops.h"
#include "kernel/tags.h"

namespace headrace {
namespace HEADRACE_LOOPS_NAMESPACE {

// Reads argument `Index`: at 0 when constant, else at the row.
template <class Tag, bool Constant>
inline typename Tag::type read(const void* data, uint32_t row) {
  return static_cast<const typename Tag::type*>(data)[Constant ? 0 : row];
}

template <class F, class Result, class... Tags>
struct PlainLoop {
  using Out = typename Result::type;
  static constexpr uint32_t kCount = sizeof...(Tags);

  static constexpr bool kChecks = std::is_invocable_v<F, typename Tags::type..., Faults&>;

  // Every row, with the constant arguments known at compile time, so that they stay in registers. Unchecked: nobody reads
  // the faults, so that nothing is done to find them.
  template <uint32_t Mask, bool Checked, size_t... I>
  static uint32_t every_row(const LoopArguments& a, std::index_sequence<I...>) {
    Out* __restrict out = static_cast<Out*>(a.out);
    uint32_t bits = 0;
    for (uint32_t row = 0; row < a.rows; ++row) {
      Faults faults;
      out[row] = invoke_kernel(F{}, faults, *a.context, read<Tags, (Mask >> I & 1) != 0>(a.data[I], row)...);
      if constexpr (Checked) bits |= faults.bits;
    }
    return bits;
  }
  template <uint32_t Mask, size_t... I>
  static uint32_t dense(const LoopArguments& a, std::index_sequence<I...> all) {
    if constexpr (kChecks) {
      if (!a.checked) return every_row<Mask, false>(a, all);
    }
    return every_row<Mask, true>(a, all);
  }

  template <size_t... I>
  static uint32_t strided(const LoopArguments& a, std::index_sequence<I...>) {
    Out* __restrict out = static_cast<Out*>(a.out);
    const uint32_t keep[] = {((a.constant_mask >> I & 1) != 0 ? 0u : ~0u)...};
    uint32_t bits = 0;
    const uint32_t count = a.selection != nullptr ? a.selected : a.rows;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = a.selection != nullptr ? a.selection[i] : i;
      Faults faults;
      out[row] = invoke_kernel(F{}, faults, *a.context, read<Tags, false>(a.data[I], row & keep[I])...);
      bits |= faults.bits;
    }
    return bits;
  }

  // Row by row where `run` allows, naming the rows that fault.
  template <size_t... I>
  static uint32_t masked(const LoopArguments& a, std::index_sequence<I...>) {
    Out* out = static_cast<Out*>(a.out);
    uint32_t bits = 0;
    const uint32_t count = a.selection != nullptr ? a.selected : a.rows;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = a.selection != nullptr ? a.selection[i] : i;
      a.out_faults[row] = 0;
      if (a.run[row] == 0) continue;
      Faults faults;
      out[row] = invoke_kernel(F{}, faults, *a.context,
                               read<Tags, false>(a.data[I], (a.constant_mask >> I & 1) != 0 ? 0 : row)...);
      a.out_faults[row] = static_cast<uint8_t>(faults.bits);
      bits |= faults.bits;
    }
    return bits;
  }

  static uint32_t run(const LoopArguments& a) {
    constexpr auto all = std::make_index_sequence<kCount>{};
    if (a.run != nullptr) return masked(a, all);
    if (a.selection != nullptr) return strided(a, all);
    if (a.constant_mask == 0) return dense<0>(a, all);
    if constexpr (kCount == 2) {
      if (a.constant_mask == 1) return dense<1>(a, all);
      if (a.constant_mask == 2) return dense<2>(a, all);
    }
    return strided(a, all);
  }
};

// Kernels on Outcome<T>. Nullable and Faulting say which arrays matter; missing ones are replaced by constant arrays.
template <class F, class Result, class... Tags>
struct SeeingLoop {
  using Out = typename Result::type;
  static constexpr uint32_t kCount = sizeof...(Tags);

  struct Inputs {
    const uint8_t* validity[kArgumentsMax];
    const uint8_t* faults[kArgumentsMax];
    uint32_t keep[kArgumentsMax];  // ~0: by row, 0: constant
  };

  template <bool Nullable, bool Faulting, class Tag>
  static Outcome<typename Tag::type> outcome(const LoopArguments& a, const Inputs& in, uint32_t argument,
                                             uint32_t row) {
    const uint32_t at = row & in.keep[argument];
    return {static_cast<const typename Tag::type*>(a.data[argument])[at],
            Nullable ? in.validity[argument][at] != 0 : true, Faulting ? uint32_t{in.faults[argument][at]} : 0};
  }

  template <bool Nullable, bool Faulting, bool Selected, size_t... I>
  static uint32_t loop(const LoopArguments& a, const Inputs& in, std::index_sequence<I...>) {
    Out* __restrict out = static_cast<Out*>(a.out);
    uint8_t* __restrict out_validity = a.out_validity;
    uint8_t* __restrict out_faults = a.out_faults;
    uint32_t bits = 0;
    const uint32_t count = Selected ? a.selected : a.rows;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = Selected ? a.selection[i] : i;
      const Outcome<Out> result = F{}(outcome<Nullable, Faulting, Tags>(a, in, I, row)...);
      out[row] = result.value;
      if constexpr (Nullable || Faulting) out_validity[row] = result.valid ? 1 : 0;
      if constexpr (Faulting) out_faults[row] = static_cast<uint8_t>(result.fault);
      bits |= result.fault;
    }
    return bits;
  }

  template <bool Nullable, bool Faulting>
  static uint32_t choose(const LoopArguments& a, const Inputs& in) {
    constexpr auto all = std::make_index_sequence<kCount>{};
    if (a.selection != nullptr) return loop<Nullable, Faulting, true>(a, in, all);
    if (a.constant_mask != 0) return loop<Nullable, Faulting, false>(a, in, all);
    Inputs by_row = in;
    for (uint32_t argument = 0; argument < kCount; ++argument) by_row.keep[argument] = ~0u;  // lets the loop vectorise
    return loop<Nullable, Faulting, false>(a, by_row, all);
  }

  static uint32_t run(const LoopArguments& a) {
    Inputs in{};
    bool nullable = false;
    bool faulting = false;
    for (uint32_t argument = 0; argument < kCount; ++argument) {
      nullable |= a.validity[argument] != nullptr;
      faulting |= a.faults[argument] != nullptr;
      in.validity[argument] = a.validity[argument] != nullptr ? a.validity[argument] : kAllOnes;
      in.faults[argument] = a.faults[argument] != nullptr ? a.faults[argument] : kAllZeros;
      in.keep[argument] = (a.constant_mask >> argument & 1) != 0 ? 0u : ~0u;
    }
    if (faulting) return choose<true, true>(a, in);
    return nullable ? choose<true, false>(a, in) : choose<false, false>(a, in);
  }
};

template <class State, class Result, class... Arguments>
struct StateLoops {
  static constexpr uint32_t kCount = sizeof...(Arguments);
  static_assert(kCount <= kAggregateArgumentsMax);
  static constexpr auto kEach = std::make_index_sequence<kCount>{};

  static State& at(void* state) { return *static_cast<State*>(state); }
  static void init(void* state) { (new (state) State)->init(); }
  static void begin(void* state, int64_t rows) {
    if constexpr (requires { at(state).begin(rows); }) at(state).begin(rows);
  }

  // What a row's value of an argument is read at. Loops without constants do not look for them.
  template <bool Constants>
  static uint32_t index(const AggregateArguments& a, size_t argument, uint32_t row) {
    return Constants && (a.constant_mask >> argument & 1) != 0 ? 0 : row;
  }

  template <bool Constants, size_t... I>
  static void update(State& state, const AggregateArguments& a, uint32_t row, std::index_sequence<I...>) {
    update_state(state, *a.context,
                 static_cast<const typename Arguments::type*>(a.data[I])[index<Constants>(a, I, row)]...);
  }

  template <bool Constants, size_t... I>
  static bool valid(const AggregateArguments& a, uint32_t row, std::index_sequence<I...>) {
    return (true && ... && (a.validity[I] == nullptr || a.validity[I][index<Constants>(a, I, row)] != 0));
  }

  template <bool Constants, bool Nullable, class Target>
  static void each_row(const AggregateArguments& a, Target target) {
    const uint32_t count = a.selection != nullptr ? a.selected : a.rows;
    for (uint32_t i = 0; i < count; ++i) {
      const uint32_t row = a.selection != nullptr ? a.selection[i] : i;
      if (!Nullable || valid<Constants>(a, row, kEach)) {
        update<Constants>(target(i), a, row, kEach);
      } else if constexpr (kKeepsNulls<State>) {
        target(i).update_null(*a.context);
      }
    }
  }

  template <class Target>
  static void each_row(const AggregateArguments& a, Target target) {
    bool nullable = false;
    for (uint32_t argument = 0; argument < kCount; ++argument) nullable |= a.validity[argument] != nullptr;
    if (a.constant_mask != 0) return each_row<true, true>(a, target);
    if (nullable) return each_row<false, true>(a, target);
    if (a.selection != nullptr) return each_row<false, false>(a, target);
    for (uint32_t row = 0; row < a.rows; ++row) update<false>(target(row), a, row, kEach);
  }

  static void update_all(State& state, const AggregateArguments& a) {
    const auto only = [&](uint32_t) -> State& { return state; };
    if constexpr (requires { state.update_all(nullptr, a.validity[0], a.rows, *a.context); }) {
      if (a.selection == nullptr && a.constant_mask == 0) {
        using First = std::tuple_element_t<0, std::tuple<Arguments...>>;
        return state.update_all(static_cast<const typename First::type*>(a.data[0]), a.validity[0], a.rows, *a.context);
      }
    }
    each_row(a, only);
  }

  static void update_one(void* state, const AggregateArguments& a) {
    State local = at(state);  // a local lets the loop keep it in registers
    update_all(local, a);
    if constexpr (requires { local.settle(); }) local.settle();
    at(state) = local;
  }

  template <size_t... I>
  static constexpr bool updates_each(std::index_sequence<I...>) {
    return requires(char* const* states, KernelContext& context, const uint8_t* const* validity) {
      State::update_each(states, 0, 0, validity, context, static_cast<const typename Arguments::type*>(nullptr)...);
    };
  }

  template <size_t... I>
  static void update_each(char* const* states, uint32_t offset, const AggregateArguments& a,
                          std::index_sequence<I...>) {
    State::update_each(states, offset, a.rows, a.validity, *a.context,
                       static_cast<const typename Arguments::type*>(a.data[I])...);
  }

  static void update_grouped(char* const* states, uint32_t offset, const AggregateArguments& a) {
    if constexpr (updates_each(kEach)) {
      if (a.selection == nullptr && a.constant_mask == 0) return update_each(states, offset, a, kEach);
    }
    each_row(a, [&](uint32_t i) -> State& {
      State& state = at(states[i] + offset);
      if constexpr (requires { state.settle_if_due(); }) state.settle_if_due();
      return state;
    });
  }

  static void merge(void* state, const void* other, KernelContext& context) {
    merge_state(at(state), *static_cast<const State*>(other), context);
  }

  static bool finish(const void* state, void* out, uint32_t& fault_bits, int32_t scale) {
    Faults faults;
    typename Result::type value{};
    const bool valid = static_cast<const State*>(state)->finish(value, faults, scale);
    std::memcpy(out, &value, sizeof value);
    fault_bits |= faults.bits;
    return valid;
  }

  static void serialize(const void* state, std::string& to) {
    if constexpr (State::kRelocatable) {
      to.append(static_cast<const char*>(state), sizeof(State));
    } else {
      static_cast<const State*>(state)->serialize(to);
    }
  }

  static constexpr int64_t kRowsMax = int64_t{1} << 48;  // a state of more is damaged; merging states of fewer is safe
  static bool deserialize(void* state, std::string_view from, KernelContext& context) {
    if constexpr (State::kRelocatable) {
      if (from.size() != sizeof(State)) return false;
      std::memcpy(state, from.data(), sizeof(State));
      if constexpr (requires { at(state).count; }) {
        if (at(state).count < 0 || at(state).count > kRowsMax) return false;
      }
      if constexpr (requires { at(state).settle(); }) at(state).settle();  // pieces of any size would overflow later
      if constexpr (requires { at(state).top; }) {
        if (at(state).top < -kRowsMax || at(state).top > kRowsMax) return false;
      }
      return true;
    } else {
      init(state);
      return at(state).deserialize(from, context);
    }
  }
};

#define OVERLOAD1(name, function, result, a) \
  &PlainLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a>::run,
#define OVERLOAD2(name, function, result, a, b) \
  &PlainLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a, tags::b>::run,
#define OVERLOAD3(name, function, result, a, b, c) \
  &PlainLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a, tags::b, tags::c>::run,
#define OVERLOAD4(name, function, result, a, b, c, d) \
  &PlainLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a, tags::b, tags::c, tags::d>::run,
#define SEES1(name, function, result, a) &SeeingLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a>::run,
#define SEES2(name, function, result, a, b) \
  &SeeingLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a, tags::b>::run,
#define SEES3(name, function, result, a, b, c) \
  &SeeingLoop<decltype(HEADRACE_KERNEL(function)), tags::result, tags::a, tags::b, tags::c>::run,
const KernelLoop kKernelLoops[] = {
#include "kernel/read_list.h"
    nullptr,
};

namespace states {
using namespace headrace::kernel;
using namespace headrace::tags;
template <class State, class Result, class... Arguments>
constexpr AggregateFunctions functions_of() {
  using Loops = StateLoops<State, Result, Arguments...>;
  return {&Loops::init,       order_of<State>() == StateOrder::kSorted ? &Loops::begin : nullptr,
          &Loops::update_one, &Loops::update_grouped,
          &Loops::merge,      &Loops::finish,
          &Loops::serialize,  &Loops::deserialize};
}
template <class State, class Result, class Argument>
constexpr AggregateFunctions functions_of_one() {
  if constexpr (Argument::id == TypeId::kNull) {
    return functions_of<State, Result>();
  } else {
    return functions_of<State, Result, Argument>();
  }
}
#define STATE(name, state, result, argument) functions_of_one<state, tags::result, tags::argument>(),
#define STATE2(name, state, result, a, b) functions_of<state, tags::result, tags::a, tags::b>(),
const AggregateFunctions kAggregateFunctions[] = {
#include "kernel/read_list.h"
    AggregateFunctions{},
};
}  // namespace states

#define HEADRACE_FAMILY_SYMBOL(name) kFamily_##name
#define HEADRACE_FAMILY_OF(name) HEADRACE_FAMILY_SYMBOL(name)
extern const FamilyLoops HEADRACE_FAMILY_OF(HEADRACE_FAMILY);
const FamilyLoops HEADRACE_FAMILY_OF(HEADRACE_FAMILY){
    std::span(kKernelLoops).first(std::size(kKernelLoops) - 1),
    std::span(states::kAggregateFunctions).first(std::size(states::kAggregateFunctions) - 1)};

}  // namespace HEADRACE_LOOPS_NAMESPACE
}  // namespace headrace
