#include "expr/typing.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/nearest_name.h"
#include "base/overloaded.h"
#include "expr/calls.h"
#include "expr/coerce.h"

namespace headrace {

namespace {

bool same_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::string written_name(const std::string& table, const std::string& name) {
  return table.empty() ? name : table + "." + name;
}

Error unknown_column(const ColumnName& name, TextPosition where, const Scope& scope) {
  std::vector<std::string> known;
  for (const ScopeColumn& column : scope) {
    if (column.merged && column.qualifier.empty()) continue;  // no name finds it
    const bool qualified = !name.table.empty() && !column.qualifier.empty();
    known.push_back(written_name(qualified ? column.qualifier : "", column.column.name));
  }
  std::string hint = did_you_mean(written_name(name.table, name.name), known);
  if (hint.empty() && !known.empty()) {
    constexpr size_t kListedMax = 12;
    for (size_t i = 0; i < known.size() && i < kListedMax; ++i) hint += (i == 0 ? "known columns: " : ", ") + known[i];
    if (known.size() > kListedMax) hint += ", …";
  }
  return {ErrorCode::kInvalidPlan, fmt::format("there is no column '{}'", written_name(name.table, name.name)),
          to_text(where), std::move(hint)};
}

Error ambiguous_column(const ColumnName& name, TextPosition where, const Scope& scope,
                       const std::vector<uint32_t>& found) {
  std::string candidates;
  for (const uint32_t index : found)
    candidates += (candidates.empty() ? "" : ", ") + written_name(scope[index].qualifier, scope[index].column.name);
  return {ErrorCode::kInvalidPlan,
          fmt::format("column '{}' is ambiguous: {}", written_name(name.table, name.name), candidates), to_text(where),
          "write the table before the name: table.column"};
}

class Typing {
 public:
  explicit Typing(const Scope& scope) : scope_(scope) {}

  Result<ExprPtr> resolve(const Expr& expr) {
    if (++depth_ > limits::kExpressionDepthMax)
      return Error{ErrorCode::kLimit,
                   fmt::format("an expression is nested deeper than {}", limits::kExpressionDepthMax),
                   to_text(expr.where), "split it with a subquery"};
    auto result = std::visit([&](const auto& node) { return resolve_node(node, expr); }, expr.node);
    --depth_;
    return result;
  }

 private:
  Result<ExprPtr> resolve_node(const ColumnName& node, const Expr& expr) {
    auto index = find_column(node, expr.where, scope_);
    if (index.ok()) return column(index.value(), expr.where);
    return field_of_column(node, expr.where, index.error());
  }
  Result<ExprPtr> resolve_node(const ColumnIndex& node, const Expr& expr) {
    if (node.index >= scope_.size())
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("there is no column #{}, the input has {}", node.index + (node.name.empty() ? 1 : 0),
                               scope_.size()),
                   to_text(expr.where), ""};
    return column(node.index, expr.where);
  }
  Result<ExprPtr> resolve_node(const Star&, const Expr& expr) {
    return Error{ErrorCode::kInvalidPlan, "* may stand only in a select list and in count(*)", to_text(expr.where), ""};
  }
  Result<ExprPtr> resolve_node(const AggregateCall& node, const Expr& expr) {
    return Error{ErrorCode::kInvalidPlan, fmt::format("the aggregate {} may not stand here", node.function),
                 to_text(expr.where),
                 "aggregates belong into the select list, HAVING or ORDER BY, and cannot be nested"};
  }
  Result<ExprPtr> resolve_node(const Subquery& node, const Expr& expr) {
    return Error{ErrorCode::kUnsupported, fmt::format("a subquery may not stand here: {}", node.text),
                 to_text(expr.where), "subqueries belong into the clauses of a SELECT"};
  }
  Result<ExprPtr> resolve_node(const Parameter& node, const Expr& expr) {
    return Error{ErrorCode::kInvalidPlan, fmt::format("the parameter ${} has no value", node.name), to_text(expr.where),
                 "give a value for each parameter of the statement"};
  }
  Result<ExprPtr> resolve_node(const Literal& node, const Expr& expr) {
    if (node.value.is_null() && !node.typed && node.value.type == kInt32)
      return literal(null_value(kNullType), expr.where);
    const ExprPtr value = literal(node.value, expr.where);
    return node.typed ? with_own_type(value) : value;
  }
  Result<ExprPtr> resolve_node(const CastTo& node, const Expr& expr) {
    TRY(input, resolve(*node.input));
    auto cast = cast_expr(input, node.to, expr.where);
    const bool unwritten = input->type.id == TypeId::kStruct &&  // others have the one cast, and refuse the other
                           (node.to.id == TypeId::kMap || node.to.id == TypeId::kStruct);
    if (!cast.ok() && node.try_ && !unwritten) return null_instead_of(input, node.to, expr.where);
    TRY(converted, std::move(cast));
    converted = with_own_type(std::move(converted));
    if (!node.try_) return converted;
    return null_where_it_faults(converted, input, expr.where);
  }
  Result<ExprPtr> resolve_node(const Case& node, const Expr& expr) {
    std::vector<ExprPtr> conditions, values{literal(null_value(kNullType))};  // ELSE, then the arms
    if (node.otherwise != nullptr) {
      TRY(otherwise, resolve(*node.otherwise));
      values[0] = otherwise;
    }
    for (const auto& arm : node.arms) {
      TRY(condition, resolve(*arm.first));
      TRY(value, resolve(*arm.second));
      conditions.push_back(condition);
      values.push_back(value);
    }
    return resolve_case(std::move(conditions), std::move(values), expr.where);
  }
  Result<ExprPtr> resolve_node(const Call& node, const Expr& expr) {
    if (node.overload != nullptr) return std::make_shared<const Expr>(expr);
    std::vector<ExprPtr> arguments;
    for (const ExprPtr& argument : node.arguments) {
      TRY(resolved, resolve(*argument));
      arguments.push_back(resolved);
    }
    return resolve_call(node.function, std::move(arguments), expr.where);
  }

  // a.b, when there is no table a with a column b: the field b of the struct in the column a.
  Result<ExprPtr> field_of_column(const ColumnName& name, TextPosition where, const Error& otherwise) {
    if (name.table.empty()) return otherwise;
    const auto index = find_column({"", name.table}, where, scope_);
    if (!index.ok() || !is_nested(scope_[index.value()].column.type.id)) return otherwise;
    return resolve_call("struct_extract", {column(index.value(), where), literal(Value{kUtf8, name.name}, where)},
                        where);
  }

  ExprPtr column(uint32_t index, TextPosition where) const {
    const Column& found = scope_[index].column;
    const Type type = scope_[index].only_nulls ? kNullType : found.type;
    return std::make_shared<const Expr>(Expr{ColumnIndex{index, found.name}, type, found.nullable, where});
  }

  const Scope& scope_;
  uint32_t depth_ = 0;
};

}  // namespace

std::string to_text(TextPosition where) {
  return where.line == 0 ? "" : fmt::format("line {}, column {}", where.line, where.column);
}

Scope scope_of(const Schema& schema, const std::string& qualifier) {
  Scope scope;
  for (const Column& column : schema) scope.push_back({qualifier, column});
  return scope;
}

Result<uint32_t> find_column(const ColumnName& name, TextPosition where, const Scope& scope) {
  enum class Look : uint8_t { kExact, kAnyCase, kOtherName };
  for (const Look look : {Look::kExact, Look::kAnyCase, Look::kOtherName}) {
    const auto matches = [&](const ScopeColumn& candidate) {
      if (look == Look::kExact) return candidate.column.name == name.name;
      return same_ignoring_case(look == Look::kAnyCase ? candidate.column.name : candidate.other_name, name.name);
    };
    std::vector<uint32_t> found;
    for (uint32_t i = 0; i < scope.size(); ++i) {
      const ScopeColumn& candidate = scope[i];
      if (!matches(candidate)) continue;
      if (name.table.empty() ? !candidate.merged : same_ignoring_case(candidate.qualifier, name.table))
        found.push_back(i);
    }
    if (found.size() > 1) return ambiguous_column(name, where, scope, found);
    if (found.size() == 1) return found[0];
  }
  return unknown_column(name, where, scope);
}

Result<ExprPtr> resolve_expression(const Expr& written, const Scope& scope) {
  TRY(resolved, Typing(scope).resolve(written));
  if (resolved->type == kNullType) return cast_expr(resolved, kInt32);
  return resolved;
}

Result<ExprPtr> resolve_untyped(const Expr& written, const Scope& scope) { return Typing(scope).resolve(written); }

bool gives_only_nulls(const Expr& resolved, const Scope& scope) {
  if (const auto* column = std::get_if<ColumnIndex>(&resolved.node)) return scope[column->index].only_nulls;
  const auto* node = std::get_if<Literal>(&resolved.node);
  return node != nullptr && node->value.is_null() && !node->typed &&
         (resolved.type == kNullType || resolved.type == kInt32);
}

Result<ExprPtr> resolve_predicate(const Expr& written, const Scope& scope, std::string_view clause) {
  TRY(resolved, Typing(scope).resolve(written));
  return as_condition(resolved, clause, written.where);
}

}  // namespace headrace
