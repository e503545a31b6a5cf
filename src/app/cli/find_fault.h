// app/cli/find_fault.h — who is to blame when answers differ: `headrace replay` and `headrace bisect`.
#pragma once

#include <headrace/session.h>

#include <string>

namespace headrace {

// What was found, for people; `differs`: two ways gave different answers.
struct Finding {
  bool differs = false;
  std::string text;
};

// Runs the loop that a query left in `directory` (stage.txt, rows.arrow) interpreted and as machine code. `engine` without a history store: what
// it quarantines would be interpreted both times. kIo, kBadInput: the directory has no such loop.
Result<Finding> replay(Engine& engine, const std::string& directory, const std::string& stage_text);

// Runs the query with every rule off and nothing fused, then as it runs by default, and halves what differs between the two, if their answers
// do, until one rule or one edge is left. Other errors are those of the query.
Result<Finding> bisect(Engine& engine, const std::string& sql);

}  // namespace headrace
