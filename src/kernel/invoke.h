// kernel/invoke.h — calls a kernel with the extra arguments that its declaration asks for.
#pragma once

#include <type_traits>

#include "kernel/context.h"
#include "kernel/faults.h"
#include "kernel/function.h"

namespace headrace {

template <class F, class... Arguments>
inline auto invoke_kernel(F kernel, Faults& faults, KernelContext& context, Arguments... arguments) {
  if constexpr (std::is_invocable_v<F, Arguments..., Faults&, KernelContext&>) {
    return kernel(arguments..., faults, context);
  } else if constexpr (std::is_invocable_v<F, Arguments..., Faults&>) {
    return kernel(arguments..., faults);
  } else if constexpr (std::is_invocable_v<F, Arguments..., KernelContext&>) {
    return kernel(arguments..., context);
  } else {
    return kernel(arguments...);
  }
}

// The same for the update of an aggregate's state.
template <class State, class... Arguments>
inline void update_state(State& state, KernelContext& context, Arguments... arguments) {
  if constexpr (requires { state.update(arguments..., context); }) {
    state.update(arguments..., context);
  } else {
    state.update(arguments...);
  }
}

template <class State>
inline void merge_state(State& state, const State& other, KernelContext& context) {
  if constexpr (requires { state.merge(other, context); }) {
    state.merge(other, context);
  } else {
    state.merge(other);
  }
}

// A state that says what it does with null rows keeps them.
template <class State>
inline constexpr bool kKeepsNulls = requires(State& state, KernelContext& context) { state.update_null(context); };

// States that name the same Shared have the same init, update and merge.
template <class State>
inline constexpr char kFamily = 0;
template <class State>
constexpr const void* family_of() {
  if constexpr (requires { typename State::Shared; }) {
    return &kFamily<typename State::Shared>;
  } else {
    return &kFamily<State>;
  }
}

template <class State>
constexpr StateOrder order_of() {
  if constexpr (requires { State::kOrder; }) {
    return State::kOrder;
  } else {
    return StateOrder::kFree;
  }
}

}  // namespace headrace

// Every overload of a function as one callable.
#define HEADRACE_KERNEL(function)                                                   \
  [](auto&&... arguments) -> decltype(::headrace::kernel::function(arguments...)) { \
    return ::headrace::kernel::function(arguments...);                              \
  }
