// base/version.h — which Headrace this is, for `headrace --version` and for files that must name their writer.
#pragma once
#include <string_view>

namespace headrace {

std::string_view version();  // "major.minor.patch"

}  // namespace headrace
