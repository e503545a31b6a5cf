// optimize/passes.h — the ordered list of passes between a resolved plan and the stages.
//
// Every pass keeps the schema's names and types, the rows, which rows fault, and the order of rows where somebody can see
// it. Each is one file in rules/ with a golden beside it, and a flag: SET fusion.rule.NAME = off.
#pragma once

#include <functional>
#include <span>
#include <string_view>

#include "expr/fold.h"
#include "plan/plan.h"

namespace headrace {

struct OptimizeContext {
  std::function<bool(std::string_view)> enabled;  // by pass name; empty: all are
  EvaluateConstant evaluate;  // empty: calls of literals stay
  std::function<void(std::string_view, const PlanPtr&)>
      trace;  // after each pass that ran: its name, its result; may be empty
  std::function<Status()> check = {};  // before each pass: an error ends planning; may be empty
};

struct Pass {
  std::string_view name;
  std::string_view documentation;  // one sentence
  Result<PlanPtr> (*apply)(const PlanPtr& plan, const OptimizeContext& context);
};

// In the order in which they run. A name may appear twice.
std::span<const Pass> passes();

// Tells each scan of a file which columns count where a table checks values (ScanFile::checked), and which fields of nested ones
// (ScanFile::fields): those that the answer needs as the query was written, of all scans of that file with these options together. In
// front of the passes, none of which changes it.
Result<PlanPtr> mark_read_columns(const PlanPtr& plan);

// Runs the enabled passes. In builds with assertions verify() checks each result. Errors come from the evaluator and from `check`.
Result<PlanPtr> optimize(PlanPtr plan, const OptimizeContext& context);

}  // namespace headrace
