// expr/same.h — same() (expr/expr.h) of the parts that expressions and plans hold.
#pragma once

#include <vector>

#include "expr/expr.h"

namespace headrace {

bool same_pointers(const ExprPtr& left, const ExprPtr& right);  // nullptr is the same as nullptr alone
bool same_lists(const std::vector<ExprPtr>& left, const std::vector<ExprPtr>& right);
bool same_keys(const std::vector<SortKey>& left, const std::vector<SortKey>& right);

}  // namespace headrace
