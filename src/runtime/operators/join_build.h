// runtime/operators/join_build.h — the end of a join's build side: keeps its rows and indexes them (runtime/join_table.h).
//
//   in      key columns first, then what the probe fetches; a row with a null in a key whose nulls are not equal matches
//           nothing, and is dropped unless the table gives its unmatched rows
//   out     a Probe reads table(); output() gives the rows that no probe matched, in build order, where the sink says so
//   order   build rows of a key in order of (input, morsel, sequence, row)
//   state   a copy of every row, 4 bytes per row and one index row per key; 1 byte more per row that may come out unmatched
//   errors  kLimit: the rows do not fit the budget
#pragma once

#include <atomic>
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
  Result<std::unique_ptr<Source>> output() override;  // kUnsupported unless it gives its unmatched rows; kLimit

  // After finish(); lives as long as the sink.
  const JoinTable& table() const;

 private:
  bool drops_nulls(uint32_t column) const { return spec_.nulls_equal.empty() || !spec_.nulls_equal[column]; }

  const struct JoinBuildSink spec_;
  const Schema schema_;
  QueryContext& context_;
  std::mutex mutex_;  // guards kept_ while locals are merged
  std::vector<std::unique_ptr<KeptRows>> kept_;
  std::atomic<bool> null_keys_{false};  // some row had a null key
  std::unique_ptr<JoinTable> table_;
};

// The table of a finished sink that was made from a JoinBuildSink.
const JoinTable& join_table_of(const Sink& sink);

}  // namespace headrace
