// fuse/stage_builder.h — appends steps to one stage, each value once.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "fuse/constant_index.h"
#include "fuse/cut_stages.h"
#include "fuse/stage.h"

namespace headrace {

class StageBuilder {
 public:
  StageBuilder(SourceSpec source, const Schema& source_schema, const CutOptions& options);

  // The operand that holds `expr` (resolved over columns), after appending the steps it needs.
  Operand append(const Expr& expr, const std::vector<Operand>& columns);
  void append_filter(const Expr& predicate, const std::vector<Operand>& columns);
  // Fresh values for the columns behind a probe, in order: left's columns, then the build columns named by `fetched`, then a
  // mark where the kind has one and no match makes it.
  std::vector<Operand> append_probe(Probe probe, const std::vector<Operand>& left, const std::vector<uint32_t>& fetched,
                                    const Schema& fetched_schema, TextPosition where, bool match_follows = false);
  // Fresh values behind the end of the pairs of the probe at step `probe`, as append_probe; `left` lies in front of the probe.
  std::vector<Operand> append_match(uint32_t probe, std::optional<Operand> verdict, const std::vector<Operand>& left,
                                    const std::vector<uint32_t>& fetched, const Schema& fetched_schema,
                                    TextPosition where);
  // Fresh values behind an expansion: left's columns, then the number of the copy.
  std::vector<Operand> append_expand(Operand count, const std::vector<Operand>& left, TextPosition where);
  void append_accumulate(const AggregateOverload& aggregate, std::vector<Operand> arguments, uint32_t slot,
                         TextPosition where);

  const Stage& stage() const { return stage_; }
  // Whether columns may still be decoded behind what is appended next.
  bool decodes_late() const;
  Type type_of(Operand operand) const;
  bool nullable(Operand operand) const;
  Stage finish(std::vector<Operand> outputs, uint32_t sink, uint32_t sink_input);

 private:
  using CallKey = std::pair<const Overload*, std::vector<std::pair<bool, uint32_t>>>;

  Operand append_constant(const Value& value, bool structural);
  ValueId define(StageValue value);
  template <class Node>
  std::vector<Operand> cross(Node& node, const std::vector<Operand>& left, const std::vector<uint32_t>& fetched,
                             const Schema& fetched_schema);
  std::vector<Operand> carry(const std::vector<Operand>& left, std::vector<std::pair<ValueId, ValueId>>& carried);
  bool can_fault(const Compute& step);
  ValueRange range_of(Operand operand);
  std::vector<ValueRange> ranges_of(const std::vector<Operand>& operands);

  Stage stage_;
  const CutOptions options_;
  ConstantIndex constants_;
  std::map<ValueId, uint32_t> made_by_;  // the Compute that defines a value: index into Stage::steps
  std::map<ValueId, ValueId> carried_from_;  // behind a probe: the value in front of it
  std::map<ValueId, ValueRange> known_ranges_;  // filled as they are asked for: only calls that may fault ask
  std::map<CallKey, ValueId> known_calls_;  // of the current row domain
};

}  // namespace headrace
