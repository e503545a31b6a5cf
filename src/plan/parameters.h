// plan/parameters.h — values for the parameters of a statement.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "plan/plan.h"

namespace headrace {

// The names of the parameters in a written plan, its subqueries included, each once: "1" for $1 and the first ?, "name" for $name.
std::vector<std::string> parameters_of(const Plan& written);

// The written plan with a literal in the place of each parameter. kInvalidPlan: a parameter has no value, or a value no parameter.
Result<PlanPtr> with_parameters(const PlanPtr& written, const std::vector<std::pair<std::string, Value>>& values);

}  // namespace headrace
