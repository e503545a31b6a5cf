#include "engine/output_block.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/overloaded.h"
#include "engine/run_statement.h"
#include "io/format/writer.h"
#include "plan/resolve.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

constexpr size_t kCopiesMax = 1'000;  // of one block

std::string normal_path(const std::string& path) { return std::filesystem::path(path).lexically_normal().string(); }

Status check_path(const OutputBlock& block, const std::string& path) {
  for (const PlanPtr& other : block.copies)
    if (normal_path(std::get<Write>(other->node).path) == normal_path(path))
      return Error{ErrorCode::kInvalidPlan, fmt::format("two COPYs of one block write to '{}'", path), "",
                   "give each its own path; UNION ALL writes the rows of both into one file"};
  return kDone;
}

// Everything that can be said of it before its rows come.
Status add_copy(SessionCore& session, const PlanPtr& plan) {
  OutputBlock& block = *session.block;
  const Write& copy = std::get<Write>(plan->node);
  if (block.copies.size() == kCopiesMax)
    return Error{ErrorCode::kLimit, fmt::format("a block has at most {} COPYs", kCopiesMax), "", "COMMIT these first"};
  TRY_STATUS(check_path(block, copy.path));
  TRY(resolved, resolve(*plan, session.catalog));
  const Schema& schema = std::get<Write>(resolved->node).input->schema;
  TRY_STATUS(check_writer({copy.path, copy.format, schema, copy.options}, session.engine->budget));
  block.copies.push_back(plan);
  return kDone;
}

bool only_reads(const Statement& statement) {
  return std::visit(
      Overloaded{[](const QueryStatement&) { return true; }, [](const ExplainStatement&) { return true; },
                 [](const ShowStatement&) { return true; }, [](const ShowTablesStatement&) { return true; },
                 [](const DescribeStatement&) { return true; }, [](const SummarizeStatement&) { return true; },
                 [](const ExecuteStatement&) { return true; },  // what it executes is asked again
                 [](const auto&) { return false; }},
      statement.node);
}

std::string first_word(const Statement& statement) {
  return statement.text.substr(0, statement.text.find_first_of(" \t\r\n\f\v(;"));
}

}  // namespace

Answer run_block_statement(SessionCore& session, const BlockStatement& statement) {
  if (statement.kind == BlockKind::kBegin) {
    if (session.block.has_value())
      return Error{ErrorCode::kInvalidPlan, "a block is open already: BEGIN stands inside BEGIN", "",
                   "COMMIT or ROLLBACK it first"};
    session.block.emplace();
    session.block->files = session.catalog.remember();
    return no_rows(session);
  }
  if (!session.block.has_value())
    return Error{ErrorCode::kInvalidPlan, "there is no block to end", "", "BEGIN opens one, for the COPYs behind it"};
  if (statement.kind == BlockKind::kRollback) {
    session.block.reset();
    return no_rows(session);
  }
  const auto files = session.catalog.remember();  // also when the block has ended
  TRY(plan, take_block(session));
  if (std::get<WriteAll>(plan->node).inputs.empty()) return no_rows(session);
  return run_plan(session, *plan);
}

Result<std::optional<std::shared_ptr<const RowsCore>>> run_in_block(SessionCore& session, const Statement& statement) {
  using Kept = std::optional<std::shared_ptr<const RowsCore>>;
  if (!session.block.has_value() || std::holds_alternative<BlockStatement>(statement.node)) return Kept();
  if (session.block->failed)
    return Error{ErrorCode::kInvalidPlan, "a statement of the block failed: nothing of the block will be written", "",
                 "ROLLBACK ends it; then begin again"};
  if (!only_reads(statement))
    return Error{ErrorCode::kUnsupported,
                 fmt::format("{} cannot stand between BEGIN and COMMIT, which hold COPY … TO and what only reads",
                             to_upper(first_word(statement))),
                 "", "run it in front of BEGIN or behind COMMIT"};
  const auto* query = std::get_if<QueryStatement>(&statement.node);
  if (query == nullptr || !std::holds_alternative<Write>(query->plan->node)) return Kept();
  TRY_STATUS(add_copy(session, query->plan));
  return Kept(no_rows(session));
}

void note_failure(SessionCore& session) {
  if (session.block.has_value()) session.block->failed = true;
}

Result<PlanPtr> take_block(SessionCore& session) {
  if (!session.block.has_value())
    return Error{ErrorCode::kInvalidPlan, "there is no block to end", "", "BEGIN opens one, for the COPYs behind it"};
  const OutputBlock block = std::move(*session.block);
  session.block.reset();
  if (block.failed)
    return Error{ErrorCode::kInvalidPlan, "a statement of the block failed: nothing of the block was written", "",
                 "begin again with BEGIN"};
  return make_plan(WriteAll{block.copies});
}

}  // namespace headrace
