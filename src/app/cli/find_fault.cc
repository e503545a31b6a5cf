#include "app/cli/find_fault.h"

#include <headrace/arrow_c.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace headrace {
namespace {

using Settings = std::vector<std::pair<std::string, std::string>>;

const Settings kInterpreted = {{"fusion.mode", "off"}, {"tier", "interpreted"}, {"fusion.shadow_share", "0"}};
const Settings kCompiled = {
    {"fusion.mode", "full"}, {"tier", "compiled"}, {"fusion.shadow_share", "0"}, {"fusion.adapt", "off"}};

Status assign(Session& session, const Settings& settings) {
  for (const auto& [name, value] : settings) TRY_STATUS(session.set(name, value));
  return kDone;
}

// The lines of an answer, in an order of their own: rows without an order come in any.
Result<std::vector<std::string>> lines_of(const Result<Rows>& rows) {
  if (!rows.ok()) {
    if (rows.error().code != ErrorCode::kFault) return rows.error();
    return std::vector<std::string>{to_text(rows.error())};
  }
  TRY(text, rows.value().to_text("csv"));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  std::ranges::sort(lines);
  return lines;
}

// The first line that only one of two answers has.
std::string first_difference(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  const auto [left, right] = std::ranges::mismatch(one, other);
  return "  right: " + (left == one.end() ? "nothing" : *left) +
         "\n  wrong: " + (right == other.end() ? "nothing" : *right) + "\n";
}

// Of one query: its answer under some settings.
class Answers {
 public:
  Answers(Engine& engine, std::string sql) : engine_(engine), sql_(std::move(sql)) {}

  Result<std::vector<std::string>> under(const Settings& settings) const {
    Session session = engine_.session();
    TRY_STATUS(assign(session, settings));
    return lines_of(session.sql(sql_));
  }
  Result<std::string> explained(const Settings& settings) const {
    Session session = engine_.session();
    TRY_STATUS(assign(session, settings));
    return session.explain(sql_, {.stage = "", .fusion = true, .analyze = false, .json = true});
  }

 private:
  Engine& engine_;
  const std::string sql_;
};

std::vector<std::string> rule_names(Engine& engine) {
  std::vector<std::string> names;
  for (const auto& [name, value] : engine.session().settings())
    if (name.starts_with("fusion.rule.")) names.push_back(name);
  return names;
}

// "0.3": the cut of each edge in JSON, each once, with the edge.
std::vector<std::pair<std::string, std::string>> cuts_of(const std::string& json) {
  const auto text_of = [](const std::string& line, const std::string& name) {
    const size_t at = line.find("\"" + name + "\": \"");
    if (at == std::string::npos) return std::string();
    const size_t begin = at + name.size() + 5;
    return line.substr(begin, line.find('"', begin) - begin);
  };
  std::vector<std::pair<std::string, std::string>> cuts;
  for (size_t begin = 0; begin < json.size();) {
    const size_t end = std::min(json.find('\n', begin), json.size());
    const std::string line = json.substr(begin, end - begin);
    begin = end + 1;
    const std::string cut = text_of(line, "cut");
    const auto is_it = [&](const auto& known) { return known.first == cut; };
    const bool to_sink = text_of(line, "to").starts_with("sink");  // which is no cut that can be pinned
    if (!cut.empty() && !to_sink && text_of(line, "decision") == "register" && std::ranges::none_of(cuts, is_it))
      cuts.emplace_back(cut, text_of(line, "from") + " → " + text_of(line, "to"));
  }
  return cuts;
}

// The least number of things, switched on in their order, with which the answer is wrong; it is with all of them. As many looks as the number
// has bits, if a thing that makes it wrong is not made good by another.
Result<size_t> least_wrong(size_t things, const std::function<Result<bool>(size_t)>& is_wrong) {
  size_t right = 0, wrong = things;
  while (wrong - right > 1) {
    const size_t middle = right + (wrong - right) / 2;
    TRY(bad, is_wrong(middle));
    (bad ? wrong : right) = middle;
  }
  return wrong;
}

}  // namespace

Result<Finding> replay(Engine& engine, const std::string& directory, const std::string& stage_text) {
  std::vector<std::string> answers[2];
  for (const bool compiled : {false, true}) {
    Session session = engine.session();
    TRY_STATUS(assign(session, compiled ? kCompiled : kInterpreted));
    // Through memory: what the loop's code rests on, ranges of its columns, is known of a table there.
    TRY(rows, session.sql("SELECT * FROM '" + directory + "/rows.arrow'"));
    ArrowArrayStream stream;
    rows.to_arrow(&stream);
    TRY(lines, lines_of(session.run_shipped(stage_text, &stream)));
    answers[compiled ? 1 : 0] = lines;
  }
  if (answers[0] == answers[1]) return Finding{false, "both ways give the same answer\n"};
  return Finding{true, "machine code and interpreter differ\n" + first_difference(answers[0], answers[1])};
}

Result<Finding> bisect(Engine& engine, const std::string& sql) {
  const Answers answers(engine, sql);
  const std::vector<std::string> rules = rule_names(engine);
  const auto with_rules = [&](size_t on, Settings settings) {
    for (size_t i = on; i < rules.size(); ++i) settings.emplace_back(rules[i], "off");
    return settings;
  };
  TRY(right, answers.under(with_rules(0, kInterpreted)));
  const auto is_wrong = [&](const Settings& settings) -> Result<bool> {
    TRY(answer, answers.under(settings));
    return answer != right;
  };
  TRY(rules_wrong, is_wrong(with_rules(rules.size(), kInterpreted)));
  if (rules_wrong) {
    TRY(guilty, least_wrong(rules.size(), [&](size_t on) { return is_wrong(with_rules(on, kInterpreted)); }));
    TRY(wrong, answers.under(with_rules(guilty, kInterpreted)));
    return Finding{true, rules[guilty - 1] + " makes the answer wrong\n" + first_difference(right, wrong)};
  }
  TRY(all_wrong, is_wrong(kCompiled));
  if (!all_wrong) return Finding{false, "the answer is the same with and without rules, fusion and machine code\n"};
  TRY(json, answers.explained(kCompiled));
  const auto cuts = cuts_of(json);
  const auto with_cuts = [&](size_t fused) {
    Settings settings = kCompiled;
    for (size_t i = fused; i < cuts.size(); ++i) settings.emplace_back("fusion.edge." + cuts[i].first, "staged");
    return settings;
  };
  TRY(steps_wrong, is_wrong(with_cuts(0)));
  if (steps_wrong)
    return Finding{true, "machine code of single steps makes the answer wrong: SET tier = interpreted\n"};
  TRY(guilty, least_wrong(cuts.size(), [&](size_t fused) { return is_wrong(with_cuts(fused)); }));
  TRY(wrong, answers.under(with_cuts(guilty)));
  const auto& [cut, edge] = cuts[guilty - 1];
  return Finding{true,
                 "fusion.edge." + cut + " makes the answer wrong: " + edge + "\n" + first_difference(right, wrong)};
}

}  // namespace headrace
