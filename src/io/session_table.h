// io/session_table.h — a table that statements make and fill: what CREATE TABLE said of it, and its rows so far.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "io/memory_table.h"
#include "state/column_store.h"

namespace headrace {

// For one thread at a time; the snapshots that it hands out are immutable and stay readable while it changes.
class SessionTable {
 public:
  // `defaults`: by column, as written; nullptr: NULL. The budget outlives the table.
  SessionTable(std::string name, Schema declared, std::vector<ExprPtr> defaults, MemoryBudget& budget);

  const std::string& name() const { return name_; }
  const Schema& declared() const { return declared_; }  // nullable: without NOT NULL
  const std::vector<ExprPtr>& defaults() const { return defaults_; }

  // The rows as they are now. Its columns are nullable only where there is a null, which lets loops leave out the checks.
  std::shared_ptr<const MemoryTable> snapshot() const;

  // Adds rows of the declared types behind the others: all of them, or none. Many rows are kept as they are, a few are copied
  // behind the last ones, so that a table filled row by row scans like one filled at once.
  // kBadInput: a null where NOT NULL is declared; kLimit.
  Status append(std::span<const Batch> batches);
  void clear();

 private:
  Status check_nulls(std::span<const Batch> batches) const;
  Status append_few(std::span<const Batch> batches);
  void seal(uint64_t rows);  // of few_, that many go to chunks_

  const std::string name_;
  const Schema declared_;
  const std::vector<ExprPtr> defaults_;
  MemoryBudget& budget_;
  std::vector<Chunk> chunks_;
  std::shared_ptr<ColumnStore> few_;  // rows behind those of `chunks_`; nullptr: none
  mutable std::shared_ptr<const MemoryTable> snapshot_;  // made when asked for; nullptr: rows have changed since
};

}  // namespace headrace
