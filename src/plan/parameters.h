// plan/parameters.h — values for the parameters of a statement.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace headrace {

using ParameterValues = std::vector<std::pair<std::string, Literal>>;

// Adds the names of the parameters in a written plan, its subqueries included, or in a written expression, each once: "1" for $1
// and the first ?, "name" for $name. nullptr has none.
void note_parameters(const PlanPtr& written, std::vector<std::string>& names);
void note_parameters(const ExprPtr& written, std::vector<std::string>& names);

// Whether each of `names` has one value, and each value one of them, letters' case aside. kInvalidPlan.
Status check_parameters(const std::vector<std::string>& names, const ParameterValues& values);

// The written plan or expression with a literal in the place of each parameter that has a value. A column that a parameter is
// part of keeps its name. nullptr stays.
Result<PlanPtr> with_parameters(const PlanPtr& written, const ParameterValues& values);
Result<ExprPtr> with_parameters(const ExprPtr& written, const ParameterValues& values);

}  // namespace headrace
