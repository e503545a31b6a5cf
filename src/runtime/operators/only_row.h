// runtime/operators/only_row.h — the row of a subquery that stands for a value.
//
//   out     one row: the only one that came, or nulls when none did
//   state   a copy of at most one row per worker
//   errors  kFault: more than one row came; kLimit: the row does not fit the budget
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/operators/kept_rows.h"

namespace headrace {

class OnlyRow final : public Sink {
 public:
  OnlyRow(Schema input, QueryContext& context) : schema_(std::move(input)), context_(context) {}

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

 private:
  struct Share;

  const Schema schema_;
  QueryContext& context_;
  std::mutex mutex_;  // guards the two below while locals are merged
  uint64_t rows_ = 0;
  std::vector<std::unique_ptr<KeptRows>> kept_;
  Batch row_;
};

}  // namespace headrace
