#include "app/cli/choices.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace headrace {
namespace {

// Rules that decide while the query runs, and what the text of a program has where they may.
constexpr std::pair<std::string_view, std::string_view> kAtRunTime[] = {
    {"fusion.rule.prune_by_join_keys", "\n  probe "}, {"fusion.rule.reuse_rooms", "\n  compute "}};

Result<std::string> program_text(const MakeSession& make_session, const std::string& sql,
                                 const SettingValues& settings) {
  TRY(session, make_session());
  TRY_STATUS(assign(session, settings));
  return session.explain(sql, {.stage = "fused", .fusion = false, .analyze = false, .json = false});
}

Result<double> run_ms(const MakeSession& make_session, const std::string& sql, const SettingValues& settings) {
  TRY(session, make_session());
  TRY_STATUS(assign(session, settings));
  TRY(rows, session.sql(sql));
  (void)rows;
  return static_cast<double>(session.progress().elapsed_ns) / 1e6;
}

constexpr double kAlike = 0.05;  // of the time: a difference that says nothing

// The text behind "NAME": in a line of JSON.
std::string text_of(const std::string& line, const std::string& name) {
  const size_t at = line.find("\"" + name + "\": \"");
  if (at == std::string::npos) return "";
  const size_t begin = at + name.size() + 5;
  return line.substr(begin, line.find('"', begin) - begin);
}

}  // namespace

Status assign(Session& session, const SettingValues& settings) {
  for (const auto& [name, value] : settings) TRY_STATUS(session.set(name, value));
  return kDone;
}

std::vector<std::string> rule_names(Session& session) {
  std::vector<std::string> names;
  for (const auto& [name, value] : session.settings())
    if (name.starts_with("fusion.rule.")) names.push_back(name);
  return names;
}

Result<std::vector<Choice>> rules_of(const MakeSession& make_session, const std::string& sql) {
  TRY(session, make_session());
  TRY(with_all, program_text(make_session, sql, {}));
  std::vector<Choice> choices;
  for (const std::string& rule : rule_names(session)) {
    TRY(without, program_text(make_session, sql, {{rule, "off"}}));
    const bool acts_late = std::ranges::any_of(kAtRunTime, [&](const auto& one) {
      return one.first == rule && with_all.find(one.second) != std::string::npos;
    });
    if (without != with_all || acts_late) choices.push_back({rule, "", "off"});
  }
  return std::move(choices);
}

std::vector<Choice> edges_of(const std::string& json) {
  std::vector<Choice> choices;
  for (size_t begin = 0; begin < json.size();) {
    const size_t end = std::min(json.find('\n', begin), json.size());
    const std::string line = json.substr(begin, end - begin);
    begin = end + 1;
    const std::string cut = text_of(line, "cut"), name = "fusion.edge." + cut;
    if (cut.empty() || text_of(line, "decision") != "register") continue;
    if (std::ranges::find(choices, name, &Choice::name) != choices.end()) continue;
    choices.push_back({name, text_of(line, "from") + " → " + text_of(line, "to"), "staged"});
  }
  return choices;
}

Result<std::vector<ChoiceTimes>> measure(const MakeSession& make_session, const std::string& sql,
                                         const std::vector<Choice>& choices, uint32_t repeats) {
  std::vector<ChoiceTimes> times;
  for (const Choice& choice : choices) {
    ChoiceTimes one{choice, 0, 0};
    for (uint32_t repeat = 0; repeat <= repeats; ++repeat) {
      TRY(with_ms, run_ms(make_session, sql, {}));
      TRY(without_ms, run_ms(make_session, sql, {{choice.name, choice.off}}));
      one.with_ms = repeat < 2 ? with_ms : std::min(one.with_ms, with_ms);
      one.without_ms = repeat < 2 ? without_ms : std::min(one.without_ms, without_ms);
    }
    times.push_back(std::move(one));
  }
  std::ranges::sort(times, std::greater{}, [](const ChoiceTimes& one) { return one.without_ms - one.with_ms; });
  return std::move(times);
}

std::string to_text(const std::vector<ChoiceTimes>& times) {
  std::string text = "   with ms  without ms     gain ms  choice\n";
  for (const ChoiceTimes& one : times) {
    char line[64];
    const bool alike = std::abs(one.without_ms - one.with_ms) < kAlike * std::max(one.with_ms, one.without_ms);
    std::snprintf(line, sizeof line, "%10.3f  %10.3f  %10.3f%s ", one.with_ms, one.without_ms,
                  one.without_ms - one.with_ms, alike ? "=" : " ");
    text += line + one.choice.name + (one.choice.what.empty() ? "" : ": " + one.choice.what) + "\n";
  }
  return text;
}

}  // namespace headrace
