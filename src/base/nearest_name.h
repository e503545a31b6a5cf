// base/nearest_name.h — "did you mean": the known name that a mistyped one was meant to be.
#pragma once

#include <headrace/nearest_name.h>

#include <span>
#include <string>
#include <string_view>

namespace headrace {

// Damerau–Levenshtein distance (optimal string alignment: no piece is edited twice), bytes, ASCII case ignored.
// Time and memory O(left × right).
size_t edit_distance(std::string_view left, std::string_view right);

// The nearest of `known`, the first of equally near ones, as it is spelt there. Empty when none is plausible: more than
// one edit per three letters (at least one, at most four), or `name` has more than 64 bytes.
std::string nearest_name(std::string_view name, std::span<const std::string_view> known);
std::string nearest_name(std::string_view name, std::span<const std::string> known);

// As the one in headrace/nearest_name.h.
std::string did_you_mean(std::string_view name, std::span<const std::string> known);

}  // namespace headrace
