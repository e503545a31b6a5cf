#include "runtime/operators/list.h"

#include "base/check.h"
#include "base/overloaded.h"
#include "runtime/operators/aggregate_all.h"
#include "runtime/operators/collect.h"
#include "runtime/operators/hash_aggregate.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/limit_rows.h"
#include "runtime/operators/only_row.h"
#include "runtime/operators/repeat_rows.h"
#include "runtime/operators/sample_rows.h"
#include "runtime/operators/sort_rows.h"
#include "runtime/operators/write_rows.h"

namespace headrace {

Result<std::unique_ptr<Sink>> make_sink(const SinkSpec& spec, QueryContext& context) {
  using Made = Result<std::unique_ptr<Sink>>;
  return std::visit(
      Overloaded{
          [&](const CollectSink& node) -> Made { return std::make_unique<Collect>(node, spec.input, context); },
          [&](const LimitSink& node) -> Made { return std::make_unique<LimitRows>(node, spec.input, context); },
          [&](const SampleSink& node) -> Made { return std::make_unique<SampleRows>(node, spec.input, context); },
          [&](const SortSink& node) -> Made { return std::make_unique<SortRows>(node, spec.input, context); },
          [&](const AggregateSink& node) -> Made {
            return std::make_unique<HashAggregate>(node, spec.input, spec.output, context);
          },
          [&](const AggregateAllSink& node) -> Made {
            return std::make_unique<AggregateAll>(node, spec.input, context);
          },
          [&](const RepeatSink& node) -> Made { return std::make_unique<RepeatRows>(node, spec.input, context); },
          [&](const OnlyRowSink&) -> Made { return std::make_unique<OnlyRow>(spec.input, context); },
          [&](const JoinBuildSink& node) -> Made { return std::make_unique<JoinBuild>(node, spec.input, context); },
          [&](const WriteSink& node) -> Made { return WriteRows::make(node, spec.input, context); },
          [&](const FanOutSink&) -> Made {
            CHECK(!"a fan_out keeps nothing: the stages that read it have sinks");
            return nullptr;
          },
      },
      spec.node);
}

}  // namespace headrace
