// fuse/verify_ends.h — the parts of verify() that look at what a program's stages come from and flow into.
#pragma once

#include "fuse/stage.h"

namespace headrace {

// What the source gives: its columns' names, types and whether they may hold nulls. Nothing of a stream, which is checked
// when its rows come. A SinkSource must name a sink that exists.
std::optional<Schema> schema_of_source(const Program& program, const SourceSpec& source);

// kInvalidPlan: a sink whose inputs are not flowed into by exactly one stage each.
Status verify_inputs(const Program& program);

// kInvalidPlan: a sink whose columns, keys, aggregates or output do not fit its input. The result must be a sink that exists.
Status verify_sinks(const Program& program);

// kInvalidPlan: a predicate for pruning that is none, or declared ranges that the source does not promise.
Status verify_source(const Program& program, size_t index);

}  // namespace headrace
