// runtime/operators/repeat_rows.h — each row as often as one of its columns says: INTERSECT ALL and EXCEPT ALL.
//
//   in      column `count`: int64 without nulls; rows where it is 0 or less go
//   out     the input's columns, the count among them
//   order   as in, a row's copies side by side
//   state   a copy of every row, and 8 B for each row that comes out
//   errors  kLimit: they do not fit the budget
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/operators/kept_rows.h"
#include "runtime/operators/stored_source.h"

namespace headrace {

class RepeatRows final : public Sink {
 public:
  RepeatRows(const struct RepeatSink& spec, Schema input, QueryContext& context);

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;

 private:
  const uint32_t count_;
  const Schema schema_;
  QueryContext& context_;
  std::mutex mutex_;  // guards kept_ while locals are merged
  std::vector<std::unique_ptr<KeptRows>> kept_;
  PickedRows picked_;
};

}  // namespace headrace
