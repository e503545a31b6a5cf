// engine/output_block.h — COPY statements between BEGIN and COMMIT: collected, then run as one plan whose files appear together.
#pragma once

#include "engine/core.h"
#include "frontend/sql/statement.h"

namespace headrace {

// BEGIN, COMMIT and ROLLBACK. COMMIT answers with the path and the rows of each COPY.
Result<std::shared_ptr<const RowsCore>> run_block_statement(SessionCore& session, const BlockStatement& statement);

// Of a statement while a block is open. A COPY is checked and kept; what only reads may run at once; others are refused. What fails
// leaves a block of which nothing will be written. Nothing: the statement is to be run as always.
Result<std::optional<std::shared_ptr<const RowsCore>>> run_in_block(SessionCore& session, const Statement& statement);

// A statement of the session has failed; a block that is open fails with it.
void note_failure(SessionCore& session);

// The plan that COMMIT would run; the block ends. kInvalidPlan: there is none, or it failed.
Result<PlanPtr> take_block(SessionCore& session);

}  // namespace headrace
