// app/cli/choices.h — the rules and fused edges that a query's plan hangs on, and what each is worth: it is run with and without them by turns.
#pragma once

#include <headrace/session.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

using SettingValues = std::vector<std::pair<std::string, std::string>>;

Status assign(Session& session, const SettingValues& settings);

struct Choice {
  std::string name;  // "fusion.rule.top_n", "fusion.edge.0.3", "tier"
  std::string what;  // of an edge: "stage 0 #2 add_i64_i64 → stage 0 #3 filter"
  std::string off;  // what the setting of this name is without it
};

std::vector<std::string> rule_names(Session& session);  // "fusion.rule.top_n"

// Sessions with what the user has set, each as the first was.
using MakeSession = std::function<Result<Session>()>;

// Rules without which the query's program would be another one, and those of rules at run time, which no program shows, that may have
// something to do in it.
Result<std::vector<Choice>> rules_of(const MakeSession& make_session, const std::string& sql);

// Fused edges, each cut once, as `explain --fusion --format json` names them.
std::vector<Choice> edges_of(const std::string& json);

struct ChoiceTimes {
  Choice choice;
  double with_ms, without_ms;  // the fastest of several
};
// Runs the query many times. `repeats` ≥ 1 runs of each way count, behind one that does not.
Result<std::vector<ChoiceTimes>> measure(const MakeSession& make_session, const std::string& sql,
                                         const std::vector<Choice>& choices, uint32_t repeats);

// A line each, the greatest gain first.
std::string to_text(const std::vector<ChoiceTimes>& times);

}  // namespace headrace
