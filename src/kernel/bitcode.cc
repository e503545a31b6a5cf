// kernel/bitcode.cc — the kernels of kernel/list.def as functions that compiled loops call and inline. Built to LLVM bitcode
// only (cmake/), never into a library.
//
// Every function passes values through pointers in vector layout (bool: one byte), so that a caller needs no calling
// convention beyond "pointers in, i32 out"; after inlining the memory is gone.
//   plain     uint32_t headrace_SYMBOL(KernelContext*, R* out, const A*, const B*, …)              returns fault bits
//   seeing    uint32_t headrace_SYMBOL(KernelContext*, Outcome<R>* out, const Outcome<A>*, …)       returns out->fault
//             Outcome<T> is {T value; i8 valid; i32 fault} in C layout
//   aggregate void headrace_SYMBOL_init(State*)
//             void headrace_SYMBOL_update(KernelContext*, State*, const A*, …)                      count_none: one null
//             void headrace_SYMBOL_update_if(KernelContext*, State*, uint32_t wanted, const A*, …)  nothing where it is 0
#define HEADRACE_BITCODE 1
#include "kernel/invoke.h"
#include "kernel/kernels.h"
#include "kernel/tags.h"

using headrace::Faults;
using headrace::KernelContext;
using headrace::Outcome;
namespace tags = headrace::tags;

#define T(tag) tags::tag::type
#define OVERLOAD1(name, function, result, a)                                                           \
  extern "C" uint32_t headrace_##name##_##a(KernelContext* context, T(result) * out, const T(a) * x) { \
    Faults faults;                                                                                     \
    *out = headrace::invoke_kernel(HEADRACE_KERNEL(function), faults, *context, *x);                   \
    return faults.bits;                                                                                \
  }
#define OVERLOAD2(name, function, result, a, b)                                                            \
  extern "C" uint32_t headrace_##name##_##a##_##b(KernelContext* context, T(result) * out, const T(a) * x, \
                                                  const T(b) * y) {                                        \
    Faults faults;                                                                                         \
    *out = headrace::invoke_kernel(HEADRACE_KERNEL(function), faults, *context, *x, *y);                   \
    return faults.bits;                                                                                    \
  }
#define OVERLOAD3(name, function, result, a, b, c)                                                               \
  extern "C" uint32_t headrace_##name##_##a##_##b##_##c(KernelContext* context, T(result) * out, const T(a) * x, \
                                                        const T(b) * y, const T(c) * z) {                        \
    Faults faults;                                                                                               \
    *out = headrace::invoke_kernel(HEADRACE_KERNEL(function), faults, *context, *x, *y, *z);                     \
    return faults.bits;                                                                                          \
  }
#define OVERLOAD4(name, function, result, a, b, c, d)                                                                  \
  extern "C" uint32_t headrace_##name##_##a##_##b##_##c##_##d(KernelContext* context, T(result) * out, const T(a) * x, \
                                                              const T(b) * y, const T(c) * z, const T(d) * w) {        \
    Faults faults;                                                                                                     \
    *out = headrace::invoke_kernel(HEADRACE_KERNEL(function), faults, *context, *x, *y, *z, *w);                       \
    return faults.bits;                                                                                                \
  }
#define SEES1(name, function, result, a)                                                                       \
  extern "C" uint32_t headrace_##name##_##a(KernelContext*, Outcome<T(result)>* out, const Outcome<T(a)>* x) { \
    *out = headrace::kernel::function(*x);                                                                     \
    return out->fault;                                                                                         \
  }
#define SEES2(name, function, result, a, b)                                                                        \
  extern "C" uint32_t headrace_##name##_##a##_##b(KernelContext*, Outcome<T(result)>* out, const Outcome<T(a)>* x, \
                                                  const Outcome<T(b)>* y) {                                        \
    *out = headrace::kernel::function(*x, *y);                                                                     \
    return out->fault;                                                                                             \
  }
#define SEES3(name, function, result, a, b, c)                                                          \
  extern "C" uint32_t headrace_##name##_##a##_##b##_##c(KernelContext*, Outcome<T(result)>* out,        \
                                                        const Outcome<T(a)>* x, const Outcome<T(b)>* y, \
                                                        const Outcome<T(c)>* z) {                       \
    *out = headrace::kernel::function(*x, *y, *z);                                                      \
    return out->fault;                                                                                  \
  }
#include "kernel/read_list.h"

namespace headrace::kernel {
using namespace headrace::tags;
template <class State, class Argument>
inline void update_by_pointer(KernelContext* context, State* state, const void* argument) {
  if constexpr (Argument::id == TypeId::kNull) {
    update_state(*state, *context);
  } else {
    update_state(*state, *context, *static_cast<const typename Argument::type*>(argument));
  }
}
template <class State, class Argument>
inline void update_if_by_pointer(KernelContext* context, State* state, bool wanted, const void* argument) {
  if constexpr (requires { state->update_if(wanted, *static_cast<const typename Argument::type*>(argument)); }) {
    state->update_if(wanted, *static_cast<const typename Argument::type*>(argument));
  } else {
    if (wanted) update_by_pointer<State, Argument>(context, state, argument);
  }
}
#define STATE(name, state, result, argument)                                                                   \
  extern "C" void headrace_##name##_##argument##_init(state* at) { at->init(); }                               \
  extern "C" void headrace_##name##_##argument##_update(KernelContext* context, state* at, const void* x) {    \
    update_by_pointer<state, tags::argument>(context, at, x);                                                  \
  }                                                                                                            \
  extern "C" void headrace_##name##_##argument##_update_if(KernelContext* context, state* at, uint32_t wanted, \
                                                           const void* x) {                                    \
    update_if_by_pointer<state, tags::argument>(context, at, wanted != 0, x);                                  \
  }
#define STATE2(name, state, result, a, b)                                                                     \
  extern "C" void headrace_##name##_##a##_##b##_init(state* at) { at->init(); }                               \
  extern "C" void headrace_##name##_##a##_##b##_update(KernelContext* context, state* at, const a::type* x,   \
                                                       const b::type* y) {                                    \
    update_state(*at, *context, *x, *y);                                                                      \
  }                                                                                                           \
  extern "C" void headrace_##name##_##a##_##b##_update_if(KernelContext* context, state* at, uint32_t wanted, \
                                                          const a::type* x, const b::type* y) {               \
    if (wanted != 0) update_state(*at, *context, *x, *y);                                                     \
  }
#include "kernel/read_list.h"
}  // namespace headrace::kernel
