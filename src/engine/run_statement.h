// engine/run_statement.h — one parsed statement in its session, to rows.
#pragma once

#include "engine/core.h"
#include "frontend/sql/statement.h"

namespace headrace {

// Statements that give nothing answer without columns; those that move rows answer one row with their number.
Result<std::shared_ptr<const RowsCore>> run_statement(SessionCore& session, const Statement& statement);

// Of the run and of texts.
Status set_in_session(SessionCore& session, const std::string& name, const std::string& value);
// All that SET, --set and the environment know.
std::vector<SettingLine> settings_of(const SessionCore& session);

// table_statements.cc
Result<std::shared_ptr<const RowsCore>> create_table(SessionCore& session, const CreateTableStatement& statement);
Result<std::shared_ptr<const RowsCore>> create_view(SessionCore& session, const CreateViewStatement& statement);
Result<std::shared_ptr<const RowsCore>> drop(SessionCore& session, const DropStatement& statement);
Result<std::shared_ptr<const RowsCore>> truncate(SessionCore& session, const TruncateStatement& statement);

// change_rows.cc
Result<std::shared_ptr<const RowsCore>> create_index(SessionCore& session, const CreateIndexStatement& statement);
Result<std::shared_ptr<const RowsCore>> update(SessionCore& session, const UpdateStatement& statement);
Result<std::shared_ptr<const RowsCore>> remove(SessionCore& session, const DeleteStatement& statement);
// kBadInput: CHECK of the table is false for one of the rows, which are about to be in it.
Status check_rows(SessionCore& session, const SessionTable& table, std::span<const Batch> batches);
// A table that statements may change; kInvalidPlan.
Result<std::shared_ptr<SessionTable>> changeable_table(SessionCore& session, const std::string& name,
                                                       TextPosition where);
// kInvalidPlan, with the nearest name.
Result<uint32_t> find_column(const SessionTable& table, const std::string& name, TextPosition where);

// insert.cc
Result<std::shared_ptr<const RowsCore>> insert(SessionCore& session, const InsertStatement& statement);

// describe.cc
Result<std::shared_ptr<const RowsCore>> describe(SessionCore& session, const Plan& plan);
Result<std::shared_ptr<const RowsCore>> summarize(SessionCore& session, const PlanPtr& plan);

std::shared_ptr<const RowsCore> no_rows(const SessionCore& session);  // and no columns
// One row of one int64 column.
std::shared_ptr<const RowsCore> count_row(const SessionCore& session, const std::string& column, uint64_t count);
// "there is no table 'x'", with the nearest name.
Error no_such_table(const SessionCore& session, const std::string& name, TextPosition where);

}  // namespace headrace
