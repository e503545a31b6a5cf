// io/session_table.h — a table that statements make and fill: what CREATE TABLE said of it, and its rows so far.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "io/memory_table.h"
#include "io/unique_index.h"
#include "state/column_store.h"

namespace headrace {

// No two rows agree in these columns; rows with a null among them aside.
struct UniqueKey {
  std::string name;  // of the index that asks for it; empty: the table's own
  std::vector<uint32_t> columns;
};

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

  // kBadInput: rows agree already; kLimit.
  Status add_key(UniqueKey key);
  void add_check(ExprPtr check) { checks_.push_back(std::move(check)); }
  const std::vector<ExprPtr>& checks() const { return checks_; }  // written: false for no row; whoever adds rows looks
  // Names of indexes, which are all there is of them: scans need none. drop_index: false, there is none; drops its key too.
  void add_index(std::string name) { index_names_.push_back(std::move(name)); }
  bool has_index(std::string_view name) const;
  bool drop_index(std::string_view name);

  // Adds rows of the declared types behind the others: all of them, or none. Many rows are kept as they are, a few are copied
  // behind the last ones, so that a table filled row by row scans like one filled at once.
  // kBadInput: a null where NOT NULL is declared, rows that agree in a key; kLimit.
  Status append(std::span<const Batch> batches);
  Status replace(std::span<const Batch> batches);  // these rows instead of those so far, or none of them
  void clear();

 private:
  Status check_nulls(std::span<const Batch> batches) const;
  Status check_keys(std::span<const Batch> batches);
  Status make_index(const UniqueKey& key, std::unique_ptr<UniqueIndex>& index) const;  // of the rows so far
  Status add_rows(std::span<const Batch> batches);
  Status append_few(std::span<const Batch> batches);
  void seal(uint64_t rows);  // of few_, that many go to chunks_

  const std::string name_;
  const Schema declared_;
  const std::vector<ExprPtr> defaults_;
  MemoryBudget& budget_;
  std::vector<UniqueKey> keys_;
  std::vector<std::unique_ptr<UniqueIndex>> unique_;  // by key; nullptr: made when rows come
  std::vector<ExprPtr> checks_;
  std::vector<std::string> index_names_;
  std::vector<Chunk> chunks_;
  std::shared_ptr<ColumnStore> few_;  // rows behind those of `chunks_`; nullptr: none
  mutable std::shared_ptr<const MemoryTable> snapshot_;  // made when asked for; nullptr: rows have changed since
};

}  // namespace headrace
