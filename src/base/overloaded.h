// base/overloaded.h — one lambda per alternative for std::visit; a missed alternative does not compile.
#pragma once

namespace headrace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace headrace
