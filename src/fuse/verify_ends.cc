#include "fuse/verify_ends.h"

#include <fmt/format.h>

#include <set>

#include "base/overloaded.h"
#include "fuse/contracts.h"
#include "fuse/legality.h"
#include "types/nested_type.h"

namespace headrace {

namespace {

class SinkVerifier {
 public:
  SinkVerifier(const SinkSpec& sink, size_t index) : sink_(sink), index_(index) {}

  Status verify() const {
    return std::visit(
        Overloaded{[&](const CollectSink&) { return passes_rows(); },
                   [&](const LimitSink& s) { return limit(s.rows_max, s.offset); },
                   [&](const SampleSink& s) { return sample(s); }, [&](const SortSink& s) { return sort(s); },
                   [&](const AggregateSink& s) { return aggregate(s); },
                   [&](const AggregateAllSink& s) { return aggregates(s.aggregates, 0); },
                   [&](const RepeatSink& s) { return repeat(s); }, [&](const OnlyRowSink&) { return only_row(); },
                   [&](const JoinBuildSink& s) { return join_build(s); }, [&](const WriteSink&) { return write(); },
                   [&](const FanOutSink&) { return fan_out(); }},
        sink_.node);
  }

 private:
  Error broken(std::string what) const {
    return {ErrorCode::kInvalidPlan, std::move(what), fmt::format("sink {}", index_), ""};
  }

  // Output column `at` is `type`, and may be null where `nullable`.
  Status gives(size_t at, Type type, bool nullable) const {
    const Column& output = sink_.output[at];
    if (output.type != type)
      return broken(
          fmt::format("its output's column {} is declared {}, it gives {}", at, to_text(output.type), to_text(type)));
    if (nullable && !output.nullable)
      return broken(fmt::format("its output's column {} is declared without nulls, it may hold some", at));
    return kDone;
  }

  Status output_columns(size_t count) const {
    if (sink_.output.size() == count) return kDone;
    return broken(fmt::format("declares {} columns of output, it gives {}", sink_.output.size(), count));
  }

  Status passes_rows() const {
    TRY_STATUS(output_columns(sink_.input.size()));
    for (size_t i = 0; i < sink_.input.size(); ++i) TRY_STATUS(gives(i, sink_.input[i].type, sink_.input[i].nullable));
    return kDone;
  }

  Status limit(uint64_t rows_max, uint64_t offset) const {
    const bool unlimited = rows_max == UINT64_MAX;  // OFFSET alone
    if ((!unlimited && rows_max > uint64_t{INT64_MAX}) || offset > uint64_t{INT64_MAX})
      return broken("limits its rows by more than int64 holds");
    return passes_rows();
  }

  Status sample(const SampleSink& sample) const {
    if (const Status spec = headrace::verify(sample.spec); !spec.ok()) return broken(spec.error().message);
    return passes_rows();
  }

  Status sort(const SortSink& sort) const {
    for (const SortColumn& key : sort.keys)
      if (key.column >= sink_.input.size())
        return broken(fmt::format("sorts by column {} of {}", key.column, sink_.input.size()));
    return limit(sort.rows_max.value_or(0), sort.offset);
  }

  Status join_build(const JoinBuildSink& build) const {
    if (build.key_columns == 0 || build.key_columns > sink_.input.size())
      return broken(fmt::format("has {} keys among {} columns", build.key_columns, sink_.input.size()));
    if (!build.nulls_equal.empty() && build.nulls_equal.size() != build.key_columns)
      return broken("does not say of each key whether its nulls are equal");
    return passes_rows();
  }

  Status repeat(const RepeatSink& repeat) const {
    if (repeat.count >= sink_.input.size() || sink_.input[repeat.count].type != kInt64 ||
        sink_.input[repeat.count].nullable)
      return broken(fmt::format("repeats by column {}, which is no int64 without nulls", repeat.count));
    return passes_rows();
  }

  Status only_row() const {
    TRY_STATUS(output_columns(sink_.input.size()));
    for (size_t i = 0; i < sink_.input.size(); ++i) TRY_STATUS(gives(i, sink_.input[i].type, true));
    return kDone;
  }

  Status fan_out() const {
    if (sink_.inputs != 1) return broken("hands on the rows of one stage, found several");
    return passes_rows();
  }

  Status write() const {
    TRY_STATUS(output_columns(1));
    return gives(0, kInt64, false);
  }

  Status aggregate(const AggregateSink& aggregate) const {
    if (aggregate.key_columns == 0 || aggregate.key_columns > sink_.input.size())
      return broken(fmt::format("has {} keys among {} columns", aggregate.key_columns, sink_.input.size()));
    if (aggregate.window_us < 0 || (aggregate.window_us > 0 && sink_.input[0].type.id != TypeId::kTimestamp))
      return broken("its windows need a positive length and a timestamp as first key");
    TRY_STATUS(aggregates(aggregate.aggregates, aggregate.key_columns));
    for (uint32_t key = 0; key < aggregate.key_columns; ++key)
      TRY_STATUS(gives(key, sink_.input[key].type, sink_.input[key].nullable));
    return kDone;
  }

  Status aggregates(const std::vector<GroupAggregate>& all, uint32_t key_columns) const {
    TRY_STATUS(output_columns(key_columns + all.size()));
    for (size_t i = 0; i < all.size(); ++i) {
      const GroupAggregate& one = all[i];
      const AggregateOverload& overload = *one.overload;
      if (one.columns.size() != overload.arguments.size())
        return broken(fmt::format("{} lacks its column or has one too many", overload.symbol));
      for (size_t at = 0; at < one.columns.size(); ++at) TRY_STATUS(argument(one, at));
      if (key_columns == 0 && keeps_rows(one))
        return broken(fmt::format("{} wants its rows in order, but there is none", overload.symbol));
      TRY_STATUS(row_order(one));
      if (!overload.gives(one.result.id))
        return broken(fmt::format("{} does not give {}", overload.symbol, to_text(one.result)));
      TRY_STATUS(gives(key_columns + i, one.result, overload.result_nullable));
    }
    return kDone;
  }

  Status row_order(const GroupAggregate& one) const {
    std::vector<uint32_t> read;
    for (const SortColumn& key : one.order) read.push_back(key.column);
    if (one.filter.has_value()) read.push_back(*one.filter);
    for (const uint32_t column : read)
      if (column >= sink_.input.size())
        return broken(fmt::format("{} reads column {} of {}", one.overload->symbol, column, sink_.input.size()));
    if (one.filter.has_value() && sink_.input[*one.filter].type != kBool)
      return broken(fmt::format("{} filters by column {}, which is no bool", one.overload->symbol, *one.filter));
    return kDone;
  }

  Status argument(const GroupAggregate& one, size_t at) const {
    const uint32_t column = one.columns[at];
    if (column >= sink_.input.size())
      return broken(fmt::format("{} reads column {} of {}", one.overload->symbol, column, sink_.input.size()));
    const Type type = sink_.input[column].type;
    if (!one.overload->accepts(at, type.id))
      return broken(
          fmt::format("{} does not take column {}, which is {}", one.overload->symbol, column, to_text(type)));
    if (at > 0) return kDone;
    const std::string_view name = one.overload->aggregate->name;
    const Type made = name == "list" ? list_of(type) : name == "histogram" ? map_of(type, kUInt64) : type;
    if (one.overload->result_by_layout && one.result != made)
      return broken(fmt::format("{} of {} does not give {}", one.overload->symbol, to_text(type), to_text(one.result)));
    if (is_decimal(type) && is_decimal(one.result) &&
        (one.result.scale != type.scale || one.result.precision < type.precision))
      return broken(fmt::format("{} of {} does not give {}", one.overload->symbol, to_text(type), to_text(one.result)));
    return kDone;
  }

  const SinkSpec& sink_;
  const size_t index_;
};

}  // namespace

Status verify_inputs(const Program& program) {
  std::set<std::pair<uint32_t, uint32_t>> taken;
  std::vector<uint64_t> stages(program.sinks.size(), 0);
  for (size_t i = 0; i < program.stages.size(); ++i) {
    const Stage& stage = program.stages[i];
    const auto broken = [&](std::string what) {
      return Error{ErrorCode::kInvalidPlan, std::move(what), fmt::format("stage {}", i), ""};
    };
    if (stage.sink >= program.sinks.size()) return broken("flows into a sink that does not exist");
    if (stage.sink_input >= program.sinks[stage.sink].inputs)
      return broken("flows into an input that its sink does not have");
    if (!taken.emplace(stage.sink, stage.sink_input).second)
      return broken("flows into an input that another stage flows into");
    ++stages[stage.sink];
  }
  for (size_t sink = 0; sink < stages.size(); ++sink)
    if (stages[sink] != program.sinks[sink].inputs || stages[sink] == 0)
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("has {} inputs, {} stages flow into it", program.sinks[sink].inputs, stages[sink]),
                   fmt::format("sink {}", sink), ""};
  return kDone;
}

std::optional<Schema> schema_of_source(const Program& program, const SourceSpec& source) {
  using Found = std::optional<Schema>;
  return std::visit(Overloaded{[](const TableSource& s) -> Found {
                                 Schema schema;
                                 for (const uint32_t column : s.columns) schema.push_back(s.table->schema()[column]);
                                 return schema;
                               },
                               [](const RangeSource&) -> Found { return Schema{{"range", kInt64, false}}; },
                               [](const OneRowSource&) -> Found { return Schema{}; },
                               [](const ValuesSource& s) -> Found { return s.columns; },
                               [&](const SinkSource& s) -> Found { return program.sinks[s.sink].output; },
                               [](const RecursionSource& s) -> Found { return s.columns; },
                               [](const WorkingSource& s) -> Found { return s.columns; },
                               [](const StreamSource&) -> Found { return std::nullopt; }},
                    source);
}

Status verify_sinks(const Program& program) {
  for (size_t i = 0; i < program.sinks.size(); ++i) TRY_STATUS(SinkVerifier(program.sinks[i], i).verify());
  if (std::holds_alternative<JoinBuildSink>(program.sinks[program.result].node))
    return Error{ErrorCode::kInvalidPlan, "the program's result is a join table, which cannot be read as rows", "", ""};
  if (!outlasts_its_stages(contract_of(program.sinks[program.result].node)))
    return Error{ErrorCode::kInvalidPlan, "the program's result is a fan_out, which keeps no rows", "", ""};
  return kDone;
}

Status verify_source(const Program& program, size_t index) {
  const Stage& stage = program.stages[index];
  const auto broken = [&](std::string what) {
    return Error{ErrorCode::kInvalidPlan, std::move(what), fmt::format("stage {}", index), ""};
  };
  if (const auto* table = std::get_if<TableSource>(&stage.source))
    for (const ExprPtr& predicate : table->pruning)
      if (predicate->type.id != TypeId::kBool)
        return broken(
            fmt::format("prunes by {}, expected bool, found {}", to_text(*predicate), to_text(predicate->type)));
  if (const auto* values = std::get_if<ValuesSource>(&stage.source))
    for (const auto& row : values->rows) {
      if (row.size() != values->columns.size()) return broken("a row of values has another length than the columns");
      for (size_t i = 0; i < row.size(); ++i)
        if (row[i].type != values->columns[i].type || (row[i].is_null() && !values->columns[i].nullable))
          return broken(fmt::format("the value {} does not fit its column", to_literal(row[i])));
    }
  for (ValueId value = 0; value < stage.values.size(); ++value) {
    const std::optional<ValueRange>& range = stage.values[value].range;
    if (!range.has_value()) continue;
    if (value >= stage.source_values || !has_value_range(stage.values[value].type) || range->low > range->high)
      return broken(
          fmt::format("v{} cannot have a range: expected a column of the source, of integers or dates", value));
  }
  if (!keeps_ranges(program, stage)) return broken("declares ranges of values that its source does not promise");
  return kDone;
}

}  // namespace headrace
