// engine/prepared.h — statements with parameters: the values of a call, or of EXECUTE, in their places.
#pragma once

#include "engine/core.h"
#include "frontend/sql/statement.h"
#include "plan/parameters.h"

namespace headrace {

// A query, INSERT, UPDATE or DELETE with a literal for each of its parameters. kInvalidPlan: a parameter without a value or a
// value without a parameter. kUnsupported: another statement.
Result<Statement> with_values(const Statement& statement, const ParameterValues& values);

// The value of an expression without columns. A literal meets other types as one, as it is written; what is computed has the type
// of the expression. `name`: of the parameter.
Result<Literal> parameter_value(SessionCore& session, const std::string& name, const ExprPtr& written);

Result<std::shared_ptr<const RowsCore>> prepare(SessionCore& session, const PrepareStatement& statement);
Result<std::shared_ptr<const RowsCore>> execute(SessionCore& session, const ExecuteStatement& statement);
Result<std::shared_ptr<const RowsCore>> deallocate(SessionCore& session, const DeallocateStatement& statement);

}  // namespace headrace
