#include "io/part_scan.h"

#include <algorithm>
#include <functional>
#include <map>

#include "execute/constants.h"
#include "execute/interpret/evaluate_constant.h"
#include "types/chunk.h"

namespace headrace {
namespace {

Vector constant_vector(const Value& value) {
  if (value.is_null()) return null_constant(value.type);
  struct Owned {
    explicit Owned(const Stage& literals) : pool(literals) {}
    ConstantPool pool;
  };
  Stage literals;
  literals.constants.push_back({value, false});
  const auto owned = std::make_shared<Owned>(literals);
  return Vector{.type = value.type, .encoding = Encoding::kConstant, .data = owned->pool.value(0), .owner = owned};
}

// Whether the value of an expression is the same whenever it is asked for.
bool is_deterministic(const Expr& expr) {
  const auto* call = std::get_if<Call>(&expr.node);
  if (call == nullptr) return true;
  if (call->overload == nullptr) return false;
  const Contract& contract = call->overload->function->contract;
  return contract.determinism == Determinism::kDeterministic &&
         std::ranges::all_of(call->arguments, [](const ExprPtr& argument) { return is_deterministic(*argument); });
}

// A conjunct over the set's output where `known` says the values of some columns: what is left of it. A literal: it is decided.
ExprPtr with_known_values(const ExprPtr& conjunct, const std::function<const Value*(uint32_t)>& known) {
  bool any = false;
  for_each_column(*conjunct, [&](uint32_t column) { any = any || known(column) != nullptr; });
  if (!any || !is_deterministic(*conjunct)) return conjunct;
  std::map<uint32_t, ExprPtr> columns;
  const std::function<void(const Expr&)> collect = [&](const Expr& expr) {
    if (const auto* column = std::get_if<ColumnIndex>(&expr.node)) {
      const Value* value = known(column->index);
      columns[column->index] = value != nullptr ? literal(*value) : std::make_shared<const Expr>(expr);
    }
    if (const auto* call = std::get_if<Call>(&expr.node))
      for (const ExprPtr& argument : call->arguments) collect(*argument);
  };
  collect(*conjunct);
  auto folded =
      fold_constants(map_columns(conjunct, [&](uint32_t column) { return columns.at(column); }), evaluate_constant);
  return folded.ok() ? folded.value() : conjunct;
}

// False or null.
bool never_passes(const Expr& conjunct) {
  const auto* decided = std::get_if<Literal>(&conjunct.node);
  const auto* value = decided == nullptr ? nullptr : std::get_if<bool>(&decided->value.data);
  return decided != nullptr && (decided->value.is_null() || (value != nullptr && !*value));
}

}  // namespace

bool path_excludes(const FileParts& parts, size_t part, const ScanRequest& request, std::vector<uint64_t>& skipped) {
  bool excluded = false;
  for (size_t i = 0; i < request.pruning.size(); ++i) {
    const ExprPtr left = with_known_values(request.pruning[i],
                                           [&](uint32_t column) { return parts.value(part, request.columns[column]); });
    if (!never_passes(*left)) continue;
    excluded = true;
    ++skipped[i];
  }
  return excluded;
}

PartScan scan_of(const FileParts& parts, size_t at, const FilePart& part, const ScanRequest& request) {
  PartScan scan;
  const Schema& schema = parts.schema();
  std::vector<std::optional<Value>> constants;
  for (const uint32_t column : request.columns) {
    const Value* said = parts.value(at, column);
    if (said == nullptr && part.columns[column].has_value()) {
      scan.outputs.push_back({PartOutput::kColumn, static_cast<uint32_t>(scan.request.columns.size()), {}});
      scan.request.columns.push_back(*part.columns[column]);
      constants.emplace_back();
    } else {
      constants.emplace_back(said != nullptr ? *said : null_value(schema[column].type));
      scan.outputs.push_back({PartOutput::kConstant, 0, constant_vector(*constants.back())});
    }
  }
  for (const ExprPtr& conjunct : request.pruning) {
    const ExprPtr left = with_known_values(
        conjunct, [&](uint32_t column) { return constants[column].has_value() ? &*constants[column] : nullptr; });
    scan.excluded = scan.excluded || never_passes(*left);
    bool in_file = !is_constant(*left);
    for_each_column(*left, [&](uint32_t column) { in_file = in_file && !constants[column].has_value(); });
    if (in_file)
      scan.request.pruning.push_back(map_columns(left, [&](uint32_t column) {
        const Column& of = schema[request.columns[column]];
        return column_index(scan.outputs[column].at, of.name, of.type, of.nullable);
      }));
  }
  if (request.checked.has_value()) {
    scan.request.checked.emplace();
    for (const uint32_t column : *request.checked)
      if (parts.value(at, column) == nullptr && part.columns[column].has_value())
        scan.request.checked->push_back(*part.columns[column]);
    std::ranges::sort(*scan.request.checked);
  }
  for (FieldPath path : request.fields) {
    if (parts.value(at, path[0]) != nullptr || !part.columns[path[0]].has_value()) continue;
    path[0] = *part.columns[path[0]];
    scan.request.fields.push_back(std::move(path));
  }
  for (const uint32_t column : request.late)
    if (scan.outputs[column].kind == PartOutput::kColumn) scan.request.late.push_back(scan.outputs[column].at);
  return scan;
}

void add_path_predicates(const FileParts& parts, const ScanRequest& request, const std::vector<uint64_t>& skipped,
                         ScanReport& report) {
  for (size_t i = 0; i < request.pruning.size(); ++i) {
    bool of_path = true;
    for_each_column(*request.pruning[i],
                    [&](uint32_t column) { of_path = of_path && parts.value(0, request.columns[column]) != nullptr; });
    const char* reason =
        is_deterministic(*request.pruning[i]) ? "some row of every file passes" : "its value changes from row to row";
    if (of_path || skipped[i] > 0) report.predicates.push_back({to_text(*request.pruning[i]), skipped[i], reason});
  }
}

}  // namespace headrace
