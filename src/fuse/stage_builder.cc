#include "fuse/stage_builder.h"

#include <algorithm>

#include "base/check.h"
#include "base/overloaded.h"
#include "expr/faults.h"
#include "expr/value_range.h"
#include "fuse/place_decodes.h"

namespace headrace {

StageBuilder::StageBuilder(SourceSpec source, const Schema& source_schema, const CutOptions& options)
    : options_(options) {
  stage_.source = std::move(source);
  for (const Column& column : source_schema) define({column.name, column.type, column.nullable, false});
  stage_.source_values = static_cast<uint32_t>(source_schema.size());
}

ValueId StageBuilder::define(StageValue value) {
  stage_.values.push_back(std::move(value));
  return static_cast<ValueId>(stage_.values.size() - 1);
}

Operand StageBuilder::append_constant(const Value& value, bool structural) {
  return constants_.operand(value, structural, stage_.constants);
}

Type StageBuilder::type_of(Operand operand) const {
  return operand.constant ? stage_.constants[operand.index].value.type : stage_.values[operand.index].type;
}

bool StageBuilder::nullable(Operand operand) const {
  return operand.constant ? stage_.constants[operand.index].value.is_null() : stage_.values[operand.index].nullable;
}

bool StageBuilder::can_fault(const Compute& step) {
  return !options_.prove_ranges || range_of_call(*step.kernel, ranges_of(step.arguments)).can_fault;
}

std::vector<ValueRange> StageBuilder::ranges_of(const std::vector<Operand>& operands) {
  std::vector<ValueRange> ranges;
  for (const Operand operand : operands) ranges.push_back(range_of(operand));
  return ranges;
}

ValueRange StageBuilder::range_of(Operand operand) {
  if (operand.constant) return range_of_literal(stage_.constants[operand.index].value);
  const ValueId value = operand.index;
  if (const auto known = known_ranges_.find(value); known != known_ranges_.end()) return known->second;
  ValueRange range = whole_range(stage_.values[value].type.id);
  if (value < stage_.source_values) {
    stage_.values[value].range = range_of_source(stage_.source, value);
    range = stage_.values[value].range.value_or(range);
  } else if (const auto step = made_by_.find(value); step != made_by_.end()) {
    const Compute& compute = std::get<Compute>(stage_.steps[step->second].node);
    range = range_of_call(*compute.kernel, ranges_of(compute.arguments)).range;
  } else if (const auto before = carried_from_.find(value); before != carried_from_.end()) {
    range = range_of({false, before->second});
  }
  return known_ranges_.emplace(value, range).first->second;
}

Operand StageBuilder::append(const Expr& expr, const std::vector<Operand>& columns) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) {
    CHECK(column->index < columns.size());
    return columns[column->index];
  }
  if (const auto* literal = std::get_if<Literal>(&expr.node)) return append_constant(literal->value, false);
  const Call& call = std::get<Call>(expr.node);
  CHECK(call.overload != nullptr);
  Compute step{call.overload, {}, 0};
  CallKey key{call.overload, {}};
  StageValue value{call.function, expr.type, expr.nullable};
  for (const ExprPtr& argument : call.arguments) {
    const auto* literal = std::get_if<Literal>(&argument->node);
    const Operand operand = literal != nullptr && call.overload->function->literals_shape_code
                                ? append_constant(literal->value, true)
                                : append(*argument, columns);
    step.arguments.push_back(operand);
    key.second.emplace_back(operand.constant, operand.index);
    if (!operand.constant) {
      value.may_fault |= stage_.values[operand.index].may_fault;
      value.nullable |= options_.faults_become_null && stage_.values[operand.index].nullable;
    }
  }
  value.may_fault |= call_can_fault(call, expr.type) && can_fault(step);
  if (options_.faults_become_null) {
    value.nullable |= value.may_fault;
    value.may_fault = false;
  }
  if (const auto known = known_calls_.find(key); known != known_calls_.end()) return {false, known->second};
  step.out = define(std::move(value));
  made_by_.emplace(step.out, static_cast<uint32_t>(stage_.steps.size()));
  known_calls_.emplace(std::move(key), step.out);
  stage_.steps.push_back({step, expr.where});
  return {false, step.out};
}

bool StageBuilder::decodes_late() const {
  const auto* table = std::get_if<TableSource>(&stage_.source);
  return table != nullptr && table->table->decodes_late() &&
         std::none_of(stage_.steps.begin(), stage_.steps.end(), starts_rows);
}

void StageBuilder::append_filter(const Expr& predicate, const std::vector<Operand>& columns) {
  const Operand operand = append(predicate, columns);
  stage_.steps.push_back({FilterRows{operand}, predicate.where});
}

// What `node`, a Probe or a Match, carries over and fetches: the columns behind it.
template <class Node>
std::vector<Operand> StageBuilder::cross(Node& node, const std::vector<Operand>& left,
                                         const std::vector<uint32_t>& fetched, const Schema& fetched_schema) {
  CHECK(fetched.size() == fetched_schema.size());
  std::vector<Operand> columns = carry(left, node.carried);
  for (size_t i = 0; i < fetched.size(); ++i) {
    const Column& column = fetched_schema[i];
    const ValueId value = define({column.name, column.type, column.nullable, false});
    node.fetched.emplace_back(fetched[i], value);
    columns.push_back({false, value});
  }
  known_calls_.clear();
  return columns;
}

std::vector<Operand> StageBuilder::carry(const std::vector<Operand>& left,
                                         std::vector<std::pair<ValueId, ValueId>>& carried) {
  std::vector<Operand> columns;
  std::map<ValueId, ValueId> after;  // a value carried once serves every column that holds it
  for (const Operand operand : left) {
    if (operand.constant) {
      columns.push_back(operand);
      continue;
    }
    auto known = after.find(operand.index);
    if (known == after.end()) {
      StageValue value = stage_.values[operand.index];
      value.range.reset();
      value.may_fault = false;  // a fault is settled before the row leaves the loop in front of the probe
      known = after.emplace(operand.index, define(std::move(value))).first;
      carried.emplace_back(operand.index, known->second);
      carried_from_.emplace(known->second, operand.index);
    }
    columns.push_back({false, known->second});
  }
  return columns;
}

std::vector<Operand> StageBuilder::append_expand(Operand count, const std::vector<Operand>& left, TextPosition where) {
  Expand expand{count, {}, 0};
  std::vector<Operand> columns = carry(left, expand.carried);
  expand.number = define({"number", kInt64, false, false});
  columns.push_back({false, expand.number});
  known_calls_.clear();
  stage_.steps.push_back({std::move(expand), where});
  return columns;
}

std::vector<Operand> StageBuilder::append_probe(Probe probe, const std::vector<Operand>& left,
                                                const std::vector<uint32_t>& fetched, const Schema& fetched_schema,
                                                TextPosition where, bool match_follows) {
  std::vector<Operand> columns = cross(probe, left, fetched, fetched_schema);
  if (probe.kind == JoinKind::kMark && !match_follows) {
    probe.mark = define({"mark", kBool, true, false});
    columns.push_back({false, *probe.mark});
  }
  stage_.steps.push_back({std::move(probe), where});
  return columns;
}

std::vector<Operand> StageBuilder::append_match(uint32_t probe, std::optional<Operand> verdict,
                                                const std::vector<Operand>& left, const std::vector<uint32_t>& fetched,
                                                const Schema& fetched_schema, TextPosition where) {
  CHECK(probe < stage_.steps.size() && std::holds_alternative<Probe>(stage_.steps[probe].node));
  Match match{probe, verdict, {}, {}};
  std::vector<Operand> columns = cross(match, left, fetched, fetched_schema);
  if (std::get<Probe>(stage_.steps[probe].node).kind == JoinKind::kMark) {
    match.mark = define({"mark", kBool, true, false});
    columns.push_back({false, *match.mark});
  }
  stage_.steps.push_back({std::move(match), where});
  return columns;
}

void StageBuilder::append_accumulate(const AggregateOverload& aggregate, std::vector<Operand> arguments, uint32_t slot,
                                     TextPosition where) {
  stage_.steps.push_back({Accumulate{&aggregate, std::move(arguments), slot}, where});
}

Stage StageBuilder::finish(std::vector<Operand> outputs, uint32_t sink, uint32_t sink_input) {
  stage_.outputs = std::move(outputs);
  stage_.sink = sink;
  stage_.sink_input = sink_input;
  const auto* table = std::get_if<TableSource>(&stage_.source);
  if (table != nullptr && table->table->decodes_late()) place_decodes(stage_);
  stage_.cuts.assign(stage_.steps.size(), Cut{});
  return std::move(stage_);
}

}  // namespace headrace
