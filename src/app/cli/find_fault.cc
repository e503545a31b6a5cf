#include "app/cli/find_fault.h"

#include <headrace/arrow_c.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace headrace {
namespace {

const SettingValues kInterpreted = {{"fusion.mode", "off"}, {"tier", "interpreted"}, {"fusion.shadow_share", "0"}};
const SettingValues kCompiled = {
    {"fusion.mode", "full"}, {"tier", "compiled"}, {"fusion.shadow_share", "0"}, {"fusion.adapt", "off"}};

// A fault counts by its kind and its place: what a rule has computed before reads otherwise in the rest of the sentence.
std::string fault_line(const Error& fault) {
  return "error: " + fault.message.substr(0, fault.message.find(" in ")) + ", at " + fault.where;
}

// The lines of an answer; rows without an order come in any, and are put in one.
Result<std::vector<std::string>> lines_of(const Result<Rows>& rows, bool ordered) {
  if (!rows.ok()) {
    if (rows.error().code != ErrorCode::kFault) return rows.error();
    return std::vector<std::string>{fault_line(rows.error())};
  }
  TRY(text, rows.value().to_text("csv"));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  if (!ordered) std::ranges::sort(lines);
  return lines;
}

// The first line that only one of two answers has.
std::string first_difference(const std::vector<std::string>& one, const std::vector<std::string>& other) {
  const auto [left, right] = std::ranges::mismatch(one, other);
  return "  right: " + (left == one.end() ? "nothing" : *left) +
         "\n  wrong: " + (right == other.end() ? "nothing" : *right) + "\n";
}

class QueryAnswers final : public Answers {
 public:
  QueryAnswers(const MakeSession& make_session, const std::string& sql, bool ordered)
      : make_session_(make_session), sql_(sql), ordered_(ordered) {}

  std::vector<std::string> rules() const override {
    Result<Session> session = make_session_();
    return session.ok() ? rule_names(session.value()) : std::vector<std::string>();
  }
  Result<std::vector<std::string>> under(const SettingValues& settings) const override {
    TRY(session, make_session_());
    TRY_STATUS(assign(session, settings));
    return lines_of(session.sql(sql_), ordered_);
  }
  Result<std::vector<Choice>> edges(const SettingValues& settings) const override {
    TRY(session, make_session_());
    TRY_STATUS(assign(session, settings));
    TRY(json, session.explain(sql_, {.stage = "", .fusion = true, .analyze = false, .json = true}));
    return edges_of(json);
  }

 private:
  const MakeSession& make_session_;
  const std::string& sql_;
  const bool ordered_;
};

// Whether some sink of the program's text form writes: "sink 1 write 'out.csv' …".
bool writes(const std::string& text) {
  constexpr std::string_view kSink = "\nsink ";
  for (size_t at = text.find(kSink); at != std::string::npos; at = text.find(kSink, at + 1)) {
    const size_t node = text.find(' ', at + kSink.size());
    if (node != std::string::npos && text.compare(node, 7, " write ") == 0) return true;
  }
  return false;
}

// Whether the rows have an order: in the text form of the program the sink of its result says so. An error of what writes: its rows are not seen.
Result<bool> is_ordered(const MakeSession& make_session, const std::string& sql) {
  TRY(session, make_session());
  TRY(text, session.explain(sql, {.stage = "stages", .fusion = false, .analyze = false, .json = false}));
  if (writes(text))
    return Error{ErrorCode::kUnsupported, "what COPY writes is not compared", "", "bisect the query inside it"};
  constexpr std::string_view kResult = "program result ";
  const std::string number = text.substr(kResult.size(), text.find('\n') - kResult.size());
  const size_t begin = text.find("\nsink " + number + " ");
  if (begin == std::string::npos) return false;
  return text.substr(begin, text.find('\n', begin + 1) - begin).ends_with(" ordered");
}

// Those of them with which the query takes a tenth and a millisecond longer.
Result<std::vector<ChoiceTimes>> losing(const MakeSession& make_session, const std::string& sql,
                                        const std::vector<Choice>& choices) {
  constexpr double kLoss = 1.1, kLossMs = 1;
  constexpr uint32_t kRepeats = 5;
  TRY(times, measure(make_session, sql, choices, kRepeats));
  std::erase_if(times, [](const ChoiceTimes& one) {
    return one.with_ms <= kLoss * one.without_ms || one.with_ms - one.without_ms < kLossMs;
  });
  return std::move(times);
}

Result<std::string> what_slows(const MakeSession& make_session, const Answers& answers, const std::string& sql) {
  TRY(choices, rules_of(make_session, sql));
  TRY(edges, answers.edges({}));
  choices.insert(choices.end(), edges.begin(), edges.end());
  choices.push_back({"tier", "machine code", "interpreted"});
  TRY(suspects, losing(make_session, sql, choices));
  std::vector<Choice> again;
  for (const ChoiceTimes& one : suspects) again.push_back(one.choice);
  TRY(found, losing(make_session, sql, again));
  if (found.empty()) return std::string("no rule, no edge and no machine code makes it slower by a tenth\n");
  return "slower with\n" + to_text(found);
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
    TRY(lines, lines_of(session.run_shipped(stage_text, &stream), true));
    answers[compiled ? 1 : 0] = lines;
  }
  if (answers[0] == answers[1]) return Finding{false, false, "both ways give the same answer\n"};
  return Finding{true, false, "machine code and interpreter differ\n" + first_difference(answers[0], answers[1])};
}

Result<Finding> bisect(const Answers& answers) {
  const std::vector<std::string> rules = answers.rules();
  const auto with_rules = [&](size_t on, SettingValues settings) {
    for (size_t i = on; i < rules.size(); ++i) settings.emplace_back(rules[i], "off");
    return settings;
  };
  TRY(right, answers.under(with_rules(0, kInterpreted)));
  const auto is_wrong = [&](const SettingValues& settings) -> Result<bool> {
    TRY(answer, answers.under(settings));
    return answer != right;
  };
  TRY(rules_wrong, is_wrong(with_rules(rules.size(), kInterpreted)));
  if (rules_wrong) {
    TRY(guilty, least_wrong(rules.size(), [&](size_t on) { return is_wrong(with_rules(on, kInterpreted)); }));
    TRY(wrong, answers.under(with_rules(guilty, kInterpreted)));
    return Finding{true, false, rules[guilty - 1] + " makes the answer wrong\n" + first_difference(right, wrong)};
  }
  TRY(all_wrong, is_wrong(kCompiled));
  if (!all_wrong) {
    const bool fails = right.size() == 1 && right[0].starts_with("error: ");
    return Finding{false, fails,
                   "the answer is the same with and without rules, fusion and machine code" +
                       (fails ? ": " + right[0] : "") + "\n"};
  }
  TRY(edges, answers.edges(kCompiled));
  const auto with_cuts = [&](size_t fused) {
    SettingValues settings = kCompiled;
    for (size_t i = fused; i < edges.size(); ++i) settings.emplace_back(edges[i].name, edges[i].off);
    return settings;
  };
  TRY(without_edges_wrong, is_wrong(with_cuts(0)));
  if (without_edges_wrong) {
    SettingValues staged = kCompiled;
    staged.front().second = "staged";
    TRY(steps_wrong, is_wrong(staged));
    return Finding{true, false,
                   steps_wrong
                       ? "machine code of single steps makes the answer wrong: SET tier = interpreted\n"
                       : "an edge of a statement in front of the query makes the answer wrong: bisect its query "
                         "alone\n"};
  }
  TRY(guilty, least_wrong(edges.size(), [&](size_t fused) { return is_wrong(with_cuts(fused)); }));
  TRY(wrong, answers.under(with_cuts(guilty)));
  const Choice& edge = edges[guilty - 1];
  return Finding{true, false,
                 edge.name + " makes the answer wrong: " + edge.what + "\n" + first_difference(right, wrong)};
}

Result<Finding> bisect(const MakeSession& make_session, const std::string& sql) {
  TRY(first, make_session());
  TRY(now, first.sql("SELECT CAST(now() AS VARCHAR) AS now"));
  std::string instant;
  TRY_STATUS(now.for_each_row([&](const auto& values) -> Status {
    instant = values[0].value_or("");
    return kDone;
  }));
  const MakeSession at_one_instant = [&]() -> Result<Session> {
    TRY(session, make_session());
    TRY_STATUS(session.set("now", instant));
    return std::move(session);
  };
  TRY(ordered, is_ordered(at_one_instant, sql));
  const QueryAnswers answers(at_one_instant, sql, ordered);
  TRY(finding, bisect(answers));
  if (finding.differs || finding.fails) return std::move(finding);
  TRY(slower, what_slows(at_one_instant, answers, sql));
  return Finding{false, false, finding.text + slower};
}

}  // namespace headrace
