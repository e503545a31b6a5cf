// fuse/cut_stages.h — an optimized plan becomes stages and sinks: a stage ends where a pipeline must.
#pragma once

#include "fuse/machine.h"
#include "fuse/stage.h"

namespace headrace {

struct CutOptions {
  bool faults_become_null = false;  // policy `null`: what may fault is nullable
  bool prove_ranges = true;  // rule `value_ranges`: calls that cannot fault on the ranges of their sources' columns
  bool share_aggregations = true;  // rule `share_aggregations`: equal aggregations are one sink with several readers
  bool share_scans = true;  // rule `share_scans`: several outputs that read the same table read it once
  bool prune_scans = true;  // rule `prune_scans`: scans are told what their rows must pass
  const Machine* machine = nullptr;  // what is cheaper computed again than handed on; nullptr: usual_machine()
};

// The program's cuts are all kStaged; decide_cuts (fuse/decide_cuts.h) chooses. Equal calls over equal arguments become one
// step. kUnsupported for what has no operator.
Result<Program> cut_stages(const Plan& plan, const CutOptions& options);

}  // namespace headrace
