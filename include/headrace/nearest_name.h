// headrace/nearest_name.h — "did you mean": the known name that a mistyped one was meant to be.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace headrace {

// "did you mean NAME?" for an Error's hint, with the nearest of `known` as it is spelt there (ASCII case ignored, the
// first of equally near ones); empty when none is plausible.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace headrace
