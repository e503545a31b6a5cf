// plan/select_list.h — select lists as written: stars, and names of the list that stand for its expressions.
#pragma once

#include <string>
#include <vector>

#include "expr/typing.h"
#include "plan/plan.h"

namespace headrace {

// The name that a column gets: its alias, the column's own name, or the expression's text.
std::string column_label(const NamedExpr& written);

// *, t.* and COLUMNS(…) as the columns that they stand for. kInvalidPlan: they stand for none, or name one that is not there.
Result<std::vector<NamedExpr>> expand_stars(const std::vector<NamedExpr>& written, const Scope& scope);

// with_columns: the columns behind a Star, each in the place of the Star's column of its name, if there is one.
Result<std::vector<NamedExpr>> replace_columns(const Project& project, const Scope& scope);

// `written` with names that no column of `scope` has, but a column of the list, as that column's expression.
// kLimit: the expression grows beyond limits::kExpressionNodesMax.
Result<ExprPtr> with_aliases(const ExprPtr& written, const std::vector<NamedExpr>& list, const Scope& scope);
// The list itself, each column over those in front of it. Labels stay.
Result<std::vector<NamedExpr>> without_aliases(const std::vector<NamedExpr>& list, const Scope& scope);

}  // namespace headrace
