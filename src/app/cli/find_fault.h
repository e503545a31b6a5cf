// app/cli/find_fault.h — who is to blame when answers differ: `headrace replay` and `headrace bisect`.
#pragma once

#include <headrace/session.h>

#include <string>

#include "app/cli/choices.h"

namespace headrace {

// What was found, for people; `differs`: two ways gave different answers.
struct Finding {
  bool differs = false;
  bool fails = false;  // each way with the same fault
  std::string text;
};

// Runs the loop that a query left in `directory` (stage.txt, rows.arrow) interpreted and as machine code. `engine` without a history store: what
// it quarantines would be interpreted both times. kIo, kBadInput: the directory has no such loop.
Result<Finding> replay(Engine& engine, const std::string& directory, const std::string& stage_text);

// Of one query: its answers under settings, by line.
class Answers {
 public:
  virtual ~Answers() = default;
  virtual std::vector<std::string> rules() const = 0;  // names of their settings
  virtual Result<std::vector<std::string>> under(const SettingValues& settings) const = 0;
  virtual Result<std::vector<Choice>> edges(const SettingValues& settings) const = 0;  // that are fused under them
};

// Compares the answer with every rule off and nothing fused to the one with all rules and everything fused in machine code, and halves what
// differs between the two, if the answers do, until one rule or one edge is left.
Result<Finding> bisect(const Answers& answers);

// The same for a query. If its answers do not differ, it is run with and without each rule, each edge and machine code by turns, and those are named with which it
// takes a tenth and a millisecond longer, twice in a row. Errors other than faults of rows are those of the query.
// All runs have one now().
Result<Finding> bisect(const MakeSession& make_session, const std::string& sql);

}  // namespace headrace
