#include <fmt/format.h>

#include "base/nearest_name.h"
#include "engine/core.h"
#include "fuse/patterns/pattern.h"
#include "observe/explain.h"
#include "observe/json.h"

namespace headrace {

Result<std::string> explain_plan(SessionCore& session, const Plan& written, const ExplainOptions& options) {
  static constexpr std::string_view kForms[] = {"logical", "optimized", "stages", "fused"};
  const CancellableCall call(session);
  const StatementScope scope(facts_of(session));
  const auto files = session.catalog.remember();
  Trace trace;
  TRY(program, compile(written, session.catalog, session.settings, trace, &call.token()));
  if (options.patterns) return places_text(program);
  const std::string* form = options.stage.empty() ? nullptr : trace.find(options.stage);
  if (form == nullptr && !options.stage.empty()) {
    return Error{ErrorCode::kInvalidPlan,
                 fmt::format("unknown stage '{}', expected logical, optimized, stages or fused", options.stage), "",
                 did_you_mean(options.stage, kForms)};
  }
  std::vector<StageReport> reports;
  if (options.analyze) {
    TRY(outcome, run_program(session, program, session.settings, &trace, Profiled::kYes));
    reports = outcome.stages;
    take_cuts(reports, program);
  }
  const Machine& machine = *session.settings.fuse_options().machine;
  if (form != nullptr) {
    if (options.json)
      return fmt::format("{{\"stage\": {}, \"text\": {}}}\n", json_string(options.stage), json_string(*form));
    return options.fusion ? *form + edges_text(program, machine, reports) : *form;
  }
  const std::string& origin = session.engine->machine.origin;
  if (options.json) return program_json(program, machine, origin, reports);
  std::string text;
  if (!options.fusion) text += *trace.find("optimized");
  text += stages_text(program, reports);
  if (options.fusion) text += edges_text(program, machine, reports) + "prices: " + origin + "\n";
  return text;
}

}  // namespace headrace
