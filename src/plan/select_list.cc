#include "plan/select_list.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "base/nearest_name.h"
#include "expr/walk.h"
#include "kernel/text/regexp.h"
#include "plan/grouping.h"
#include "types/nested_type.h"

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

// What COLUMNS('regex') and COLUMNS(['a', 'b']) choose of all columns.
struct Choice {
  std::string pattern;  // empty: any name
  std::vector<std::string> only;  // none: all names
};

// nullopt: no such call. kInvalidPlan: its argument says nothing.
Result<std::optional<Choice>> choice_of(const Expr& written) {
  const auto* node = std::get_if<Call>(&written.node);
  if (node == nullptr || node->overload != nullptr || node->function != "columns" || node->arguments.size() != 1)
    return std::optional<Choice>();
  const auto text_of = [](const Expr& expr) {
    const auto* value = std::get_if<Literal>(&expr.node);
    return value == nullptr ? nullptr : std::get_if<std::string>(&value->value.data);
  };
  Choice choice;
  if (const std::string* pattern = text_of(*node->arguments[0])) {
    choice.pattern = *pattern;
    const std::string problem = kernel::regexp_error(*pattern, "", nullptr);
    if (!problem.empty()) return invalid(written.where, fmt::format("COLUMNS: {}", problem));
    return std::optional(std::move(choice));
  }
  const auto* list = std::get_if<Call>(&node->arguments[0]->node);
  const bool names = list != nullptr && list->function == "list_value" && !list->arguments.empty();
  for (size_t i = 0; names && i < list->arguments.size(); ++i)
    if (const std::string* name = text_of(*list->arguments[i])) choice.only.push_back(*name);
  if (!names || choice.only.size() != list->arguments.size())
    return invalid(written.where, "COLUMNS expects a star, a regular expression or a list of names",
                   "write COLUMNS(*), COLUMNS('^a') or COLUMNS(['a', 'b'])");
  return std::optional(std::move(choice));
}

// Whether an expression with it in stands for one of each column.
bool stands_for_columns(const Expr& part) {
  if (const auto* star = std::get_if<Star>(&part.node)) return star->inside;
  const auto* node = std::get_if<Call>(&part.node);
  return node != nullptr && node->overload == nullptr && node->function == "columns";
}

class StarColumns {
 public:
  StarColumns(Star star, Choice choice, TextPosition where, const Scope& scope)
      : star_(std::move(star)), choice_(std::move(choice)), where_(where), scope_(scope) {}

  Result<std::vector<NamedExpr>> columns() const {
    TRY(all, candidates());
    TRY_STATUS(check_names(all));
    std::vector<NamedExpr> result;
    for (const NamedExpr& one : all)
      if (!is_left_out(one.name)) result.push_back(changed(one));
    if (result.empty())
      return invalid(where_, choice_.pattern.empty()
                                 ? fmt::format("{} stands for no column", to_text(Expr{.node = star_, .where = where_}))
                                 : fmt::format("COLUMNS finds no column like '{}'", choice_.pattern));
    return result;
  }

 private:
  // The columns of FROM, of a table or of a struct column.
  Result<std::vector<NamedExpr>> candidates() const {
    std::vector<NamedExpr> all;
    for (uint32_t i = 0; i < scope_.size(); ++i) {
      if (star_.table.empty() ? scope_[i].merged : !same_name(scope_[i].qualifier, star_.table)) continue;
      const Column& found = scope_[i].column;
      all.push_back({column_index(i, found.name, found.type, found.nullable), found.name});
    }
    if (!all.empty()) return all;
    if (star_.table.empty())
      return invalid(where_, "* stands for no column: there is no FROM", "name a table or an alias of FROM");
    const auto index = find_column({"", star_.table}, where_, scope_);
    if (!index.ok())
      return invalid(where_, fmt::format("there is no table '{}' for {}.*", star_.table, star_.table),
                     "name a table or an alias of FROM, or a column of structs");
    const Column& column = scope_[index.value()].column;
    if (column.type.id != TypeId::kStruct)
      return invalid(where_, fmt::format("{}.* expects a table or a struct, found a column of {}", star_.table,
                                         to_text(column.type)));
    const ExprPtr whole = column_index(index.value(), column.name, column.type, column.nullable);
    for (const NestedField& field : fields_of(column.type))
      all.push_back({call("struct_extract", {whole, literal(Value{kUtf8, field.name})}, where_), field.name});
    return all;
  }

  static bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& one) { return same_name(one, name); });
  }

  bool is_left_out(const std::string& name) const {
    Faults faults;
    return contains(star_.exclude, name) || (!choice_.only.empty() && !contains(choice_.only, name)) ||
           (!star_.like.empty() && !like(name, star_.like)) ||
           (!choice_.pattern.empty() &&
            !kernel::regexp_matches(StringRef(name), StringRef(choice_.pattern), StringRef(), faults));
  }

  NamedExpr changed(const NamedExpr& one) const {
    NamedExpr result = one;
    for (const auto& [value, name] : star_.replace)
      if (same_name(name, one.name)) result = {value, one.name};
    for (const auto& [from, to] : star_.rename)
      if (same_name(from, one.name)) result.name = to;
    return result;
  }

  // What EXCLUDE, REPLACE, RENAME and a list of names name must be there.
  Status check_names(const std::vector<NamedExpr>& all) const {
    std::vector<std::string> named = star_.exclude;
    named.insert(named.end(), choice_.only.begin(), choice_.only.end());
    for (const auto& [value, name] : star_.replace) named.push_back(name);
    for (const auto& [from, to] : star_.rename) named.push_back(from);
    std::vector<std::string> known;
    for (const NamedExpr& one : all) known.push_back(one.name);
    for (const std::string& name : named)
      if (!contains(known, name))
        return invalid(where_,
                       choice_.only.empty() ? fmt::format("* has no column '{}' to exclude, replace or rename", name)
                                            : fmt::format("COLUMNS finds no column '{}'", name),
                       did_you_mean(name, known));
    return kDone;
  }

  Star star_;
  Choice choice_;
  TextPosition where_;
  const Scope& scope_;
};

// COLUMNS('a(.)') AS "x\\1": the alias with \\0 … \\9 as what the regular expression found in the column's name.
std::string alias_of(const std::string& alias, const std::string& pattern, const std::string& name) {
  if (pattern.empty()) return alias;
  std::string result;
  for (size_t i = 0; i < alias.size(); ++i) {
    const bool group = alias[i] == '\\' && i + 1 < alias.size() && alias[i + 1] >= '0' && alias[i + 1] <= '9';
    if (!group) {
      result += alias[i];
      continue;
    }
    Faults faults;
    result += kernel::regexp_extract(StringRef(name), StringRef(pattern), alias[++i] - '0', faults).view();
  }
  return result;
}

// min(COLUMNS(*)): the expression once for each column, which takes the star's place.
Result<std::vector<NamedExpr>> expand_inside(const NamedExpr& written, const Expr& inside, const Scope& scope) {
  TRY(given, choice_of(inside));
  const Choice choice = given.value_or(Choice{});
  const auto* star = std::get_if<Star>(&inside.node);
  TRY(columns, StarColumns(star == nullptr ? Star{} : *star, choice, inside.where, scope).columns());
  std::vector<NamedExpr> result;
  for (const NamedExpr& column : columns) {
    std::function<Result<ExprPtr>(const ExprPtr&)> replace = [&](const ExprPtr& part) -> Result<ExprPtr> {
      if (stands_for_columns(*part) && same(*part, inside)) return column.expr;
      return with_children(part, replace);
    };
    TRY(expr, replace(written.expr));
    if (find_node(*expr, stands_for_columns) != nullptr)
      return invalid(written.expr->where, "an expression takes one COLUMNS, which may stand in it several times",
                     "name the columns of the other one");
    result.push_back({expr, written.name.empty() ? column.name : alias_of(written.name, choice.pattern, column.name)});
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
    const Expr* inside = star != nullptr ? nullptr : find_node(*column.expr, stands_for_columns);
    if (star == nullptr && inside == nullptr) {
      result.push_back(column);
      const auto* place = std::get_if<ColumnIndex>(&column.expr->node);
      if (place != nullptr && column.name.empty() && place->index < scope.size())
        result.back().name = scope[place->index].column.name;
      continue;
    }
    TRY(columns, star != nullptr ? StarColumns(*star, {}, column.expr->where, scope).columns()
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
