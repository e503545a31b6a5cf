// headrace/error.h — the one error type for what a user, a file or a network can cause.
// A mistake in our own code is never an Error: it is a CHECK, and stops the process.
#pragma once

#include <string>
#include <utility>
#include <variant>

namespace headrace {

enum class ErrorCode : int {
  kInvalidPlan = 1,  // the text or calls do not make a valid query
  kBadInput = 2,     // a file or value is not what was declared
  kFault = 3,        // an expression faulted on a row under the policy `fail`
  kIo = 4,           // the operating system refused
  kLimit = 5,        // memory, disk or a named limit
  kCancelled = 6,
  kUnsupported = 7,  // valid, but not built
  kMiscompiled = 8,  // machine code gave another answer than the interpreter, and rows of it may be outside already
};

struct Error {
  ErrorCode code;
  std::string message;  // one sentence: what failed, what was expected, what was found
  std::string where;    // what the user can point at: "orders.csv:812", "line 1, column 8"; may be empty
  std::string hint;     // the next thing to try; empty when we honestly do not know

  friend bool operator==(const Error&, const Error&) = default;
};

// "error: MESSAGE\n  at WHERE\n  hint: HINT", without the lines that are empty.
std::string to_text(const Error& error);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}
  template <class U>
    requires(std::is_convertible_v<U &&, T> && !std::is_same_v<std::remove_cvref_t<U>, T> &&
             !std::is_same_v<std::remove_cvref_t<U>, Error> && !std::is_same_v<std::remove_cvref_t<U>, Result<T>>)
  Result(U&& value) : state_(std::in_place_index<0>, std::forward<U>(value)) {}

  bool ok() const { return state_.index() == 0; }
  T& value() { return std::get<0>(state_); }  // requires ok()
  const T& value() const { return std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }  // requires !ok()

 private:
  std::variant<T, Error> state_;
};

struct Unit {};
using Status = Result<Unit>;
inline constexpr Unit kDone{};

// Binds the value of `expr` to `name`, or returns its error to the caller.
#define TRY(name, ...)                                   \
  auto name##_result = (__VA_ARGS__);                    \
  if (!name##_result.ok()) return name##_result.error(); \
  auto& name = name##_result.value()

// Returns the error of a Status expression to the caller, if it has one.
#define TRY_STATUS(...)                                                                        \
  do {                                                                                         \
    if (auto status_of_try = (__VA_ARGS__); !status_of_try.ok()) return status_of_try.error(); \
  } while (false)

}  // namespace headrace
