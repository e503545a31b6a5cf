// app/cli/patterns.h — `headrace patterns [NAME]`: the fusion patterns; of one all that is known, and what it is worth on this machine.
#pragma once

#include <headrace/patterns.h>
#include <headrace/session.h>

#include <string>

namespace headrace {

std::string pattern_list();

// Runs the pattern's example with and without it by turns, in a temporary directory. kInvalidPlan: no pattern has that name. kMiscompiled: the two
// ways gave different answers.
Result<std::string> describe_pattern(const std::string& name, bool json, Session& session);

}  // namespace headrace
