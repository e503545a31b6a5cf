// runtime/operators/join_build.h — the end of a join's build side: keeps its rows and indexes them (runtime/join_table.h).
//
//   in      key columns first, then what the probe fetches; rows with a null key are dropped
//   out     none: a Probe reads table()
//   order   build rows of a key in order of (input, morsel, sequence, row)
//   state   a copy of every row, 4 bytes per row and one index row per key
//   errors  kLimit: the rows do not fit the budget
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "runtime/join_table.h"

namespace headrace {

class JoinBuild final : public Sink {
 public:
  JoinBuild(const struct JoinBuildSink& spec, Schema input, QueryContext& context);

  std::unique_ptr<Local> local() override;
  Status consume(uint32_t input, const Batch& batch, Local& mine) override;
  Status merge(std::unique_ptr<Local> one) override;
  Status finish() override;
  Result<std::unique_ptr<Source>> output() override;  // kUnsupported

  // After finish(); lives as long as the sink.
  const JoinTable& table() const;

 private:
  const uint32_t key_columns_;
  const Schema schema_;
  QueryContext& context_;
  std::mutex mutex_;  // guards kept_ while locals are merged
  std::vector<std::unique_ptr<KeptRows>> kept_;
  std::unique_ptr<JoinTable> table_;
};

// The table of a finished sink that was made from a JoinBuildSink.
const JoinTable& join_table_of(const Sink& sink);

}  // namespace headrace
