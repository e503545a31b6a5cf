// runtime/operators/list.h — which operator serves which stage end.
#pragma once

#include <memory>

#include "runtime/operator.h"

namespace headrace {

// The operator for `spec`, ready to consume. `context` and the spec outlive it. kInvalidPlan, kUnsupported, kIo.
Result<std::unique_ptr<Sink>> make_sink(const SinkSpec& spec, QueryContext& context);

}  // namespace headrace
