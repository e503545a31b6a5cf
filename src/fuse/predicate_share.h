// fuse/predicate_share.h — how many rows a predicate is guessed to keep, from its form alone, and what decoding its columns costs.
#pragma once

#include <string_view>

#include "types/type.h"

namespace headrace {

// Of a call of that name that is no and, or, not; in (0, 1].
inline double predicate_share(std::string_view function) {
  if (function == "eq") return 0.1;
  if (function == "lt" || function == "le" || function == "gt" || function == "ge") return 0.4;
  if (function == "like" || function == "starts_with") return 0.15;
  if (function == "is_null") return 0.1;
  if (function == "is_not_null" || function == "ne") return 0.9;
  return 0.5;
}

// Decoding a column of that type, per row of a batch of which that share is wanted.
inline double decode_ns(Type type, double share_wanted) {
  constexpr double kRowNs = 0.15, kByteNs = 0.04;  // wanted or not; of a value that is wanted
  return kRowNs + kByteNs * width_bytes(type.id) * share_wanted;
}

}  // namespace headrace
