// observe/explain.h — what explain prints of a program: its edges with their decisions, and what its stages did.
#pragma once

#include <string>
#include <vector>

#include "fuse/edges.h"
#include "fuse/stage.h"
#include "runtime/query_run.h"

namespace headrace {

// A line per stage with its loops, and what its source skipped.
std::string stages_text(const Program& program, const std::vector<StageReport>& reports);
// The stages' cuts become those of the plans that ran last, inside recursions too.
void take_cuts(const std::vector<StageReport>& reports, Program& program);
// What edges_of() goes by of stages that ran, by stage.
std::vector<StageKnowledge> knowledge_of(const std::vector<StageReport>& reports);
// A JSON list of what the edge's cut may be as well: [{decision, predicted_ns_per_row, code_ns_per_row}],
// or [].
std::string alternatives_json(const Edge& edge);

// A line per edge: from, to, decision, the cut's name, bytes per row, what its loops are predicted to take and took, what they would if the cut
// were otherwise, reason.
std::string edges_text(const Program& program, const Machine& machine, const std::vector<StageReport>& reports);

// {"stages": [{stage, source, sink, steps, loops, …measured}], "edges": [{from, to, decision, reason, …}], "prices": …}. `origin`: where the
// machine's prices come from. `reports` empty: nothing was measured.
std::string program_json(const Program& program, const Machine& machine, const std::string& origin,
                         const std::vector<StageReport>& reports);

}  // namespace headrace
