// kernel/nested_arguments.h — for tests of kernels on nested values: arguments from what is printed, kept as long as the test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernel/nested.h"
#include "state/arena.h"
#include "types/nested_value.h"
#include "types/parse_nested.h"

namespace headrace::kernel {

struct NestedArguments {
  Arena arena;
  KernelContext context{&arena};
  Faults faults;
  std::vector<std::unique_ptr<std::string>> kept;

  StringRef text(std::string value) {
    kept.push_back(std::make_unique<std::string>(std::move(value)));
    return StringRef(std::string_view(*kept.back()));
  }
  StringRef value(const char* type, const char* printed) {
    return text(parse_nested(printed, parse_type(type).value()).value());
  }
  StringRef shape(const char* type) { return text(nested_shape(parse_type(type).value())); }
};

}  // namespace headrace::kernel
