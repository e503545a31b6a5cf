#include "plan/select_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/nearest_name.h"
#include "expr/walk.h"
#include "plan/grouping.h"

namespace headrace {

namespace {

Error invalid(TextPosition where, std::string message, std::string hint = "") {
  return {ErrorCode::kInvalidPlan, std::move(message), to_text(where), std::move(hint)};
}

// % any text, _ one byte that begins a character.
bool like(std::string_view text, std::string_view pattern) {
  if (pattern.empty()) return text.empty();
  if (pattern[0] == '%') {
    for (size_t at = 0; at <= text.size(); ++at)
      if (like(text.substr(at), pattern.substr(1))) return true;
    return false;
  }
  if (text.empty() || (pattern[0] != '_' && pattern[0] != text[0])) return false;
  size_t bytes = 1;
  while (pattern[0] == '_' && bytes < text.size() && (text[bytes] & 0xC0) == 0x80) ++bytes;
  return like(text.substr(bytes), pattern.substr(1));
}

class StarColumns {
 public:
  StarColumns(const Star& star, TextPosition where, const Scope& scope) : star_(star), where_(where), scope_(scope) {}

  Result<std::vector<NamedExpr>> columns() const {
    std::vector<NamedExpr> result;
    bool table = false;
    for (uint32_t i = 0; i < scope_.size(); ++i) {
      const bool wanted = star_.table.empty() ? !scope_[i].merged : same_name(scope_[i].qualifier, star_.table);
      table = table || wanted;
      if (!wanted || is_excluded(scope_[i].column.name)) continue;
      result.push_back(column(i));
    }
    if (!table)
      return invalid(where_,
                     star_.table.empty() ? "* stands for no column: there is no FROM"
                                         : fmt::format("there is no table '{}' for {}.*", star_.table, star_.table),
                     star_.table.empty() ? "" : "name a table or an alias of FROM");
    TRY_STATUS(check_names());
    if (result.empty())
      return invalid(where_, fmt::format("{} stands for no column", to_text(Expr{.node = star_, .where = where_})));
    return result;
  }

 private:
  bool is_excluded(const std::string& name) const {
    const auto named = [&](const std::string& one) { return same_name(one, name); };
    return std::any_of(star_.exclude.begin(), star_.exclude.end(), named) ||
           (!star_.like.empty() && !like(name, star_.like));
  }

  NamedExpr column(uint32_t index) const {
    const Column& found = scope_[index].column;
    NamedExpr result{column_index(index, found.name, found.type, found.nullable), found.name};
    for (const auto& [value, name] : star_.replace)
      if (same_name(name, found.name)) result = {value, found.name};
    for (const auto& [from, to] : star_.rename)
      if (same_name(from, found.name)) result.name = to;
    return result;
  }

  // What EXCLUDE, REPLACE and RENAME name must be there.
  Status check_names() const {
    std::vector<std::string> named = star_.exclude;
    for (const auto& [value, name] : star_.replace) named.push_back(name);
    for (const auto& [from, to] : star_.rename) named.push_back(from);
    std::vector<std::string> known;
    for (const ScopeColumn& one : scope_)
      if (star_.table.empty() ? !one.merged : same_name(one.qualifier, star_.table)) known.push_back(one.column.name);
    for (const std::string& name : named)
      if (std::none_of(known.begin(), known.end(), [&](const std::string& one) { return same_name(one, name); }))
        return invalid(where_, fmt::format("* has no column '{}' to exclude, replace or rename", name),
                       did_you_mean(name, known));
    return kDone;
  }

  const Star& star_;
  TextPosition where_;
  const Scope& scope_;
};

// min(COLUMNS(*)): the expression once for each column, which takes the star's place.
Result<std::vector<NamedExpr>> expand_inside(const NamedExpr& written, const Expr& star, const Scope& scope) {
  TRY(columns, StarColumns(std::get<Star>(star.node), star.where, scope).columns());
  std::vector<NamedExpr> result;
  for (const NamedExpr& column : columns) {
    std::function<Result<ExprPtr>(const ExprPtr&)> replace = [&](const ExprPtr& part) -> Result<ExprPtr> {
      const auto* other = std::get_if<Star>(&part->node);
      if (other != nullptr && other->inside && same(*part, star)) return column.expr;
      return with_children(part, replace);
    };
    TRY(expr, replace(written.expr));
    result.push_back({expr, written.name.empty() ? column.name : written.name});
  }
  return result;
}

class Aliases {
 public:
  Aliases(const std::vector<NamedExpr>& list, const Scope& scope) : list_(list), scope_(scope) {}

  // Over the first `count` columns of the list.
  Result<ExprPtr> replace(const ExprPtr& written, size_t count) {
    if (++nodes_ > limits::kExpressionNodesMax)
      return Error{ErrorCode::kLimit,
                   fmt::format("the select list has more than {} nodes once its names are written out",
                               limits::kExpressionNodesMax),
                   to_text(written->where), "compute parts of it in a subquery"};
    const auto* name = std::get_if<ColumnName>(&written->node);
    if (name != nullptr && name->table.empty() && !is_column(*name))
      for (size_t i = count; i-- > 0;)
        if (same_name(list_[i].name, name->name)) return replace(list_[i].expr, i);
    return with_children(written, [&](const ExprPtr& part) { return replace(part, count); });
  }

 private:
  // Ambiguous names are columns too.
  bool is_column(const ColumnName& name) const {
    return std::any_of(scope_.begin(), scope_.end(),
                       [&](const ScopeColumn& one) { return !one.merged && same_name(one.column.name, name.name); });
  }

  const std::vector<NamedExpr>& list_;
  const Scope& scope_;
  uint64_t nodes_ = 0;
};

}  // namespace

std::string column_label(const NamedExpr& written) {
  if (!written.name.empty()) return written.name;
  const auto* name = std::get_if<ColumnName>(&written.expr->node);
  return name != nullptr ? name->name : to_text(*written.expr);
}

Result<std::vector<NamedExpr>> expand_stars(const std::vector<NamedExpr>& written, const Scope& scope) {
  std::vector<NamedExpr> result;
  for (const NamedExpr& column : written) {
    const auto* star = std::get_if<Star>(&column.expr->node);
    const Expr* inside = star != nullptr ? nullptr : find_node(*column.expr, [](const Expr& part) {
      const auto* other = std::get_if<Star>(&part.node);
      return other != nullptr && other->inside;
    });
    if (star == nullptr && inside == nullptr) {
      result.push_back(column);
      const auto* place = std::get_if<ColumnIndex>(&column.expr->node);
      if (place != nullptr && column.name.empty() && place->index < scope.size())
        result.back().name = scope[place->index].column.name;
      continue;
    }
    TRY(columns, star != nullptr ? StarColumns(*star, column.expr->where, scope).columns()
                                 : expand_inside(column, *inside, scope));
    result.insert(result.end(), columns.begin(), columns.end());
  }
  return result;
}

Result<std::vector<NamedExpr>> replace_columns(const Project& project, const Scope& scope) {
  std::vector<NamedExpr> result;
  std::vector<std::string> given;
  for (const NamedExpr& column : project.columns) {
    if (std::holds_alternative<Star>(column.expr->node)) {
      TRY(expanded, expand_stars({column}, scope));
      result.insert(result.end(), expanded.begin(), expanded.end());
      continue;
    }
    const std::string name = column_label(column);
    const auto has_name = [&](const NamedExpr& other) { return same_name(column_label(other), name); };
    if (std::any_of(given.begin(), given.end(), [&](const std::string& other) { return same_name(other, name); }))
      return invalid(column.expr->where, fmt::format("with_columns makes the column '{}' twice", name),
                     "give one of them another name: .as(\"name\")");
    given.push_back(name);
    const auto count = std::count_if(result.begin(), result.end(), has_name);
    if (count > 1)
      return invalid(column.expr->where,
                     fmt::format("with_columns would replace '{}', but {} columns have that name", name, count),
                     "select() the columns under different names first");
    if (count == 1)
      *std::find_if(result.begin(), result.end(), has_name) = {column.expr, name};
    else
      result.push_back({column.expr, name});
  }
  return result;
}

Result<ExprPtr> with_aliases(const ExprPtr& written, const std::vector<NamedExpr>& list, const Scope& scope) {
  return Aliases(list, scope).replace(written, list.size());
}

Result<std::vector<NamedExpr>> without_aliases(const std::vector<NamedExpr>& list, const Scope& scope) {
  std::vector<NamedExpr> result;
  Aliases aliases(list, scope);
  for (size_t i = 0; i < list.size(); ++i) {
    TRY(expr, aliases.replace(list[i].expr, i));
    result.push_back({expr, expr == list[i].expr ? list[i].name : column_label(list[i])});
  }
  return result;
}

}  // namespace headrace
