// observe/build_name.h — which build of the program made a measurement.
#pragma once

#include <string>

namespace headrace {

const std::string& build_name();  // "0.1.0 a3a900c61670809b": the version and the linker's identifier, if there is one

}  // namespace headrace
