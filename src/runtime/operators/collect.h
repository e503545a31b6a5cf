// runtime/operators/collect.h — all rows, kept in memory: the answer of a query, or an intermediate with several readers.
//
//   out     the rows as they came; in order of (input, morsel, sequence) when `ordered`
//   state   a copy of every row
//   errors  kLimit: the rows do not fit the budget
//   cost    one copy per row
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/operators/kept_rows.h"
#include "runtime/operators/stored_source.h"

namespace headrace {

class Collect final : public Sink {
 public:
  Collect(const struct CollectSink& spec, Schema input, QueryContext& context);

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

  // Unordered rows only; they belong to the key groups that begin at 0.
  Status save(KeyGroups groups, StateWriter& to) const override;
  Status load(StateReader& from) override;
  const Schema& state_schema() const override { return schema_; }

 private:
  const bool ordered_;
  const Schema schema_;
  QueryContext& context_;
  std::mutex mutex_;  // guards kept_ while locals are merged
  std::vector<std::unique_ptr<KeptRows>> kept_;
  std::shared_ptr<const std::vector<StoredPiece>> pieces_;
};

}  // namespace headrace
