#include "engine/compile.h"

#include "engine/check_rejects.h"
#include "execute/interpret/evaluate_constant.h"
#include "fuse/cut_stages.h"
#include "fuse/decide_cuts.h"
#include "optimize/passes.h"
#include "plan/resolve.h"

namespace headrace {

const std::string* Trace::find(std::string_view name) const {
  const std::string* found = nullptr;
  for (const auto& [form, text] : forms_)
    if (form == name) found = &text;
  return found;
}

// Order is the design. Each form verifies itself (builds with assertions) and goes into the trace.
Result<Program> compile(const Plan& written, Catalog& catalog, const Settings& settings, Trace& trace,
                        const CancelToken* cancel) {
  TRY(resolved, resolve(written, catalog));  // names become column indices, casts explicit
  trace.add("logical", to_text(*resolved));
  return compile_resolved(resolved, settings, trace, cancel);
}

Result<Program> compile_resolved(const PlanPtr& resolved, const Settings& settings, Trace& trace,
                                 const CancelToken* cancel) {
  PlanPtr before;  // as the pass that comes next finds it
  std::string before_text;
  const auto note_pass = [&](std::string_view pass, const PlanPtr& plan) {
    std::string text = to_text(*plan);
    if (text != before_text) trace.add({std::string(pass), before, plan});
    before = plan;
    before_text = text;
    trace.add("pass " + std::string(pass), std::move(text));
  };
  const OptimizeContext context{.enabled = [&](std::string_view rule) { return is_rule_on(settings, rule); },
                                .evaluate = evaluate_constant,
                                .trace = note_pass,
                                .check = [&] { return cancel == nullptr ? Status(kDone) : cancel->check(); }};
  TRY_STATUS(check_rejects(*resolved));
  TRY(marked, mark_read_columns(resolved));  // what makes a record bad is settled before any rule
  before = marked;
  before_text = to_text(*marked);
  trace.add("marked", before_text);
  TRY(optimized, optimize(marked, context));    // same schema, same rows, less work
  trace.add("optimized", before_text);  // of what the last pass has left
  return compile_optimized(optimized, settings, trace, cancel);
}

Result<Program> compile_optimized(const PlanPtr& optimized, const Settings& settings, Trace& trace,
                                  const CancelToken* cancel) {
  const CutOptions cut_options{settings.on_error == ErrorPolicy::kNull,    is_rule_on(settings, "value_ranges"),
                               is_rule_on(settings, "share_aggregations"), is_rule_on(settings, "share_scans"),
                               is_rule_on(settings, "prune_scans"),        settings.fuse_options().machine};
  TRY(program, cut_stages(*optimized, cut_options));  // a stage ends where a pipeline must
  trace.add("stages", to_text(program));
  if (cancel != nullptr) TRY_STATUS(cancel->check());
  TRY_STATUS(decide_cuts(program, settings.fuse_options()));  // which steps share a loop
  trace.add("fused", to_text(program));
  TRY_STATUS(verify(program));
  return std::move(program);
}

}  // namespace headrace
