// expr/text.h — how names are written in every text form.
#pragma once

#include <string>
#include <string_view>

namespace headrace {

// As is when it reads back as a plain identifier, else in double quotes (quoted_text).
std::string identifier_text(std::string_view name);

}  // namespace headrace
