// expr/statement_facts.h — what a statement says of itself to now(), current_date, current_setting() … Resolving puts it into
// the plan as literals: it is the same for every row, worker and re-run, and a plan that is kept or shipped keeps it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.h"
#include "types/value.h"

namespace headrace {

struct Plan;  // plan/plan.h

struct StatementFacts {
  int64_t began_us;  // since 1970-01-01 UTC
  std::function<std::optional<std::string>(const std::string&)> setting;  // by its name; nullopt: there is none
  std::function<Result<Value>(const Plan&)> value_of =
      {};  // of a written query of one row and one column; may be empty
};

// While it lives, this thread resolves expressions of a statement. Inside another the outer one's facts hold.
class StatementScope {
 public:
  explicit StatementScope(StatementFacts facts);
  ~StatementScope();
  StatementScope(const StatementScope&) = delete;
  StatementScope& operator=(const StatementScope&) = delete;

 private:
  StatementFacts facts_;
};

const StatementFacts* statement_facts();  // nullptr: no statement is being resolved

}  // namespace headrace
