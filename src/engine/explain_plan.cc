#include <fmt/format.h>

#include "engine/core.h"
#include "observe/explain.h"
#include "observe/json.h"

namespace headrace {

Result<std::string> explain_plan(SessionCore& session, const Plan& written, const ExplainOptions& options) {
  Trace trace;
  TRY(program, compile(written, session.catalog, session.settings, trace));
  std::vector<StageReport> reports;
  if (options.analyze) {
    TRY(outcome, run_program(session, program, session.settings));
    reports = outcome.stages;
  }
  if (!options.stage.empty()) {
    const std::string* form = trace.find(options.stage);
    if (form == nullptr) {
      return Error{ErrorCode::kInvalidPlan,
                   fmt::format("unknown stage '{}', expected logical, optimized, stages or fused", options.stage), "",
                   ""};
    }
    return options.json
               ? fmt::format("{{\"stage\": {}, \"text\": {}}}\n", json_string(options.stage), json_string(*form))
               : *form;
  }
  if (options.json) return program_json(program, reports);
  std::string text;
  if (!options.fusion) text += *trace.find("optimized");
  text += stages_text(program, reports);
  if (options.fusion) text += edges_text(program);
  return text;
}

}  // namespace headrace
