#include "plan/plan.h"

#include "base/check.h"
#include "base/overloaded.h"

namespace headrace {

namespace {

Schema columns_of(const TablePtr& table, const std::vector<uint32_t>& columns) {
  CHECK(table != nullptr);
  Schema schema;
  for (const uint32_t index : columns) {
    CHECK(index < table->schema().size());
    schema.push_back(table->schema()[index]);
  }
  return schema;
}

Schema joined_schema(const Join& join) {
  Schema schema = join.left->schema;
  if (join.kind == JoinKind::kMark) schema.push_back({"mark", kBool, true});
  if (!gives_right_columns(join.kind)) return schema;
  for (Column& column : schema) column.nullable = column.nullable || keeps_right_rows(join.kind);
  for (Column column : join.right->schema) {
    column.nullable = column.nullable || keeps_left_rows(join.kind);
    schema.push_back(std::move(column));
  }
  return schema;
}

constexpr std::pair<const char*, JoinKind> kJoinKinds[] = {
    {"inner", JoinKind::kInner}, {"left", JoinKind::kLeft}, {"right", JoinKind::kRight}, {"full", JoinKind::kFull},
    {"semi", JoinKind::kSemi},   {"anti", JoinKind::kAnti}, {"mark", JoinKind::kMark}};

Schema aggregated_schema(const Aggregation& node) {
  Schema schema;
  for (const NamedExpr& key : node.keys) schema.push_back({key.name, key.expr->type, key.expr->nullable});
  for (const NamedAggregate& aggregate : node.aggregates) {
    CHECK(aggregate.overload != nullptr);
    schema.push_back({aggregate.name, aggregate.type, aggregate.overload->result_nullable});
  }
  return schema;
}

Schema repeated_schema(const Repeat& node) {
  Schema schema = node.input->schema;
  CHECK(node.count < schema.size());
  schema.erase(schema.begin() + node.count);
  return schema;
}

Schema all_nullable(Schema schema) {
  for (Column& column : schema) column.nullable = true;
  return schema;
}

Schema union_schema(const UnionAll& node) {
  CHECK(!node.inputs.empty());
  Schema schema = node.inputs[0]->schema;
  for (const PlanPtr& input : node.inputs) {
    CHECK(input->schema.size() == schema.size());
    for (size_t i = 0; i < schema.size(); ++i) schema[i].nullable = schema[i].nullable || input->schema[i].nullable;
  }
  return schema;
}

}  // namespace

const char* join_kind_name(JoinKind kind) { return kJoinKinds[static_cast<size_t>(kind)].first; }

std::optional<JoinKind> join_kind_of(std::string_view name) {
  for (const auto& [known, kind] : kJoinKinds)
    if (name == known) return kind;
  return std::nullopt;
}

Schema pair_schema(const Join& join) {
  Schema schema = join.left->schema;
  schema.insert(schema.end(), join.right->schema.begin(), join.right->schema.end());
  return schema;
}

std::vector<PlanPtr> inputs_of(const Plan& plan) {
  return std::visit(Overloaded{[](const ScanFile&) { return std::vector<PlanPtr>{}; },
                               [](const ScanTable&) { return std::vector<PlanPtr>{}; },
                               [](const Range&) { return std::vector<PlanPtr>{}; },
                               [](const OneRow&) { return std::vector<PlanPtr>{}; },
                               [](const Values&) { return std::vector<PlanPtr>{}; },
                               [](const SetOperation& n) { return std::vector<PlanPtr>{n.left, n.right}; },
                               [](const Recursion& n) { return std::vector<PlanPtr>{n.base, n.step}; },
                               [](const WorkingRows&) { return std::vector<PlanPtr>{}; },
                               [](const Join& n) { return std::vector<PlanPtr>{n.left, n.right}; },
                               [](const UnionAll& n) { return n.inputs; }, [](const WriteAll& n) { return n.inputs; },
                               [](const auto& n) { return std::vector<PlanPtr>{n.input}; }},
                    plan.node);
}

PlanPtr with_inputs(const Plan& plan, std::vector<PlanPtr> inputs) {
  CHECK(inputs.size() == inputs_of(plan).size());
  // Every node of a written plan has an empty schema.
  bool is_resolved = !plan.schema.empty();
  for (const PlanPtr& input : inputs) is_resolved = is_resolved || !input->schema.empty();
  Plan changed = plan;
  const auto keep = [](const auto&) {};
  std::visit(
      Overloaded{[&](ScanFile& n) { keep(n); }, [&](ScanTable& n) { keep(n); }, [&](Range& n) { keep(n); },
                 [&](OneRow& n) { keep(n); }, [&](Values& n) { keep(n); },
                 [&](Join& n) {
                   n.left = std::move(inputs[0]);
                   n.right = std::move(inputs[1]);
                 },
                 [&](SetOperation& n) {
                   n.left = std::move(inputs[0]);
                   n.right = std::move(inputs[1]);
                 },
                 [&](Recursion& n) {
                   n.base = std::move(inputs[0]);
                   n.step = std::move(inputs[1]);
                 },
                 [&](WorkingRows& n) { keep(n); }, [&](UnionAll& n) { n.inputs = std::move(inputs); },
                 [&](WriteAll& n) { n.inputs = std::move(inputs); }, [&](auto& n) { n.input = std::move(inputs[0]); }},
      changed.node);
  if (is_resolved) changed.schema = derive_schema(changed);
  return std::make_shared<const Plan>(std::move(changed));
}

Schema derive_schema(const Plan& plan) {
  return std::visit(
      Overloaded{[](const ScanFile& n) { return columns_of(n.table, n.columns); },
                 [](const ScanTable& n) { return columns_of(n.table, n.columns); },
                 [](const Range&) { return Schema{{"range", kInt64, false}}; }, [](const OneRow&) { return Schema{}; },
                 [](const Values& n) { return n.columns; }, [](const Repeat& n) { return repeated_schema(n); },
                 [](const Unnest& n) {
                   Schema schema = n.input->schema;
                   schema.push_back({"number", kInt64, false});
                   return schema;
                 },
                 [](const ScalarRow& n) { return all_nullable(n.input->schema); },
                 [](const Recursion& n) { return all_nullable(n.base->schema); },
                 [](const WorkingRows& n) { return n.columns; },
                 [](const SetOperation&) -> Schema {
                   CHECK(!"a set operation is written only");
                   return {};
                 },
                 [](const Project& n) {
                   Schema schema;
                   for (const NamedExpr& column : n.columns)
                     schema.push_back({column.name, column.expr->type, column.expr->nullable});
                   return schema;
                 },
                 [](const Aggregation& n) { return aggregated_schema(n); },
                 [](const Join& n) { return joined_schema(n); }, [](const UnionAll& n) { return union_schema(n); },
                 [](const Alias&) -> Schema {
                   CHECK(!"an Alias is written only");
                   return {};
                 },
                 [](const Write&) { return Schema{{"rows", kInt64, false}}; },
                 [](const WriteAll&) { return Schema{{"path", kUtf8, false}, {"rows", kInt64, false}}; },
                 [](const auto& n) { return n.input->schema; }},
      plan.node);
}

}  // namespace headrace
