// app/json.h — texts as JSON has them.
#pragma once

#include <string>

namespace headrace {

std::string json_string(const std::string& text);  // in quotes

}  // namespace headrace
