#include "runtime/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "base/nearest_name.h"
#include "expr/lexer.h"
#include "kernel/function.h"
#include "optimize/passes.h"

namespace headrace {

namespace {

Error bad_value(std::string_view name, std::string_view expected, std::string_view found) {
  return {ErrorCode::kInvalidPlan, fmt::format("setting '{}' expects {}, found '{}'", name, expected, found), "", ""};
}

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// "512MB", "64 MiB", "1GiB", "1048576": bytes. Decimal units count as powers of 1000, binary ones of 1024.
std::optional<uint64_t> byte_size(std::string_view text) {
  size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  const std::string_view number = text.substr(0, digits);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  std::string unit;
  for (const char c : text.substr(digits))
    if (c != ' ') unit += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},      {"b", 1},      {"kb", 1e3},        {"mb", 1e6},           {"gb", 1e9},
      {"tb", 1e12}, {"kib", 1024}, {"mib", 1048576.0}, {"gib", 1073741824.0}, {"tib", 1099511627776.0}};
  for (const auto& [name, factor] : kUnits)
    if (unit == name && value * factor < 1.8e19) return static_cast<uint64_t>(value * factor);
  return std::nullopt;
}

Status assign_count(uint32_t& to, std::string_view name, const std::string& value, uint32_t low, uint32_t high) {
  const auto number = whole_number(value);
  if (!number.has_value() || *number < low || *number > high)
    return bad_value(name, fmt::format("a whole number from {} to {}", low, high), value);
  to = static_cast<uint32_t>(*number);
  return kDone;
}

template <class E>
struct Choice {
  std::string_view name;
  E value;
};
constexpr Choice<ErrorPolicy> kPolicies[] = {{"fail", ErrorPolicy::kFail}, {"null", ErrorPolicy::kNull}};
constexpr Choice<FusionMode> kModes[] = {{"off", FusionMode::kOff},   {"staged", FusionMode::kStaged},
                                         {"full", FusionMode::kFull}, {"pilot", FusionMode::kPilot},
                                         {"on", FusionMode::kOn},     {"verify", FusionMode::kVerify}};
constexpr Choice<TierMode> kTiers[] = {
    {"interpreted", TierMode::kInterpreted}, {"compiled", TierMode::kCompiled}, {"auto", TierMode::kAuto}};
constexpr Choice<FilterOrderMode> kFilterOrders[] = {{"measured", FilterOrderMode::kMeasured},
                                                     {"planned", FilterOrderMode::kPlanned},
                                                     {"rotated", FilterOrderMode::kRotated}};
constexpr Choice<AdaptMode> kAdapts[] = {
    {"off", AdaptMode::kOff}, {"on", AdaptMode::kOn}, {"always", AdaptMode::kAlways}};
constexpr Choice<Decision> kPins[] = {{"register", Decision::kRegister}, {"staged", Decision::kStaged}};
constexpr Choice<bool> kSwitch[] = {{"on", true}, {"off", false}, {"true", true}, {"false", false}};

template <class E, size_t N>
Status assign_choice(E& to, const Choice<E> (&choices)[N], std::string_view name, const std::string& value) {
  std::string names;
  std::vector<std::string_view> known;
  for (const Choice<E>& choice : choices) {
    if (choice.name == value) {
      to = choice.value;
      return kDone;
    }
    names += (names.empty() ? "" : " | ") + std::string(choice.name);
    known.push_back(choice.name);
  }
  Error error = bad_value(name, names, value);
  error.hint = did_you_mean(value, known);
  return error;
}

template <class E, size_t N>
std::string choice_name(E value, const Choice<E> (&choices)[N]) {
  for (const Choice<E>& choice : choices)
    if (choice.value == value) return std::string(choice.name);
  return "";
}

constexpr std::string_view kRulePrefix = "fusion.rule.";
constexpr std::string_view kEdgePrefix = "fusion.edge.";

struct Rule {
  std::string_view name, documentation;
};

// Of the passes, each once, in the order in which they first run, and of cut_stages.
std::vector<Rule> known_rules() {
  std::vector<Rule> rules;
  for (const Pass& pass : passes()) {
    const auto is_pass = [&](const Rule& rule) { return rule.name == pass.name; };
    if (std::ranges::none_of(rules, is_pass)) rules.push_back({pass.name, pass.documentation});
  }
  rules.push_back({"value_ranges", "Checks for faults that the ranges of the values rule out are left out."});
  rules.push_back({"prune_by_join_keys", "Scans skip what a join, once its build side is known, has no key for."});
  rules.push_back({"share_aggregations", "Equal aggregations are made once, for all who read them."});
  rules.push_back({"share_scans", "Outputs that are written together read a table that several of them need once."});
  rules.push_back({"reuse_rooms", "Values of a stage take over memory of others that nobody reads any more."});
  rules.push_back(
      {"prune_scans", "Files, row groups and pages of which no row passes the filters above the scan are left out."});
  return rules;
}

Status check_rule(const std::string& rule) {
  std::vector<std::string_view> known;
  for (const Rule& one : known_rules()) {
    if (one.name == rule) return kDone;
    known.push_back(one.name);
  }
  std::string hint = did_you_mean(rule, known);
  if (hint.empty()) hint = fmt::format("rules are {}", fmt::join(known, ", "));
  return Error{ErrorCode::kInvalidPlan, fmt::format("there is no optimizer rule '{}'", rule), "", std::move(hint)};
}

// "0.3": stage, cut; "0.step.1.3": stage and cut in the step of the recursion that stage 0 reads.
Status check_edge(std::string_view edge) {
  std::string_view rest = edge;
  for (;;) {
    const size_t dot = rest.find('.');
    if (dot == std::string_view::npos || !whole_number(rest.substr(0, dot))) break;
    rest.remove_prefix(dot + 1);
    if (whole_number(rest)) return kDone;
    if (!rest.starts_with("base.") && !rest.starts_with("step.")) break;
    rest.remove_prefix(5);
  }
  return Error{
      ErrorCode::kInvalidPlan,
      fmt::format("an edge is named by its stage and cut such as fusion.edge.0.3, found 'fusion.edge.{}'", edge), "",
      "explain --fusion prints the cut of every edge"};
}

// A setting by a fixed name.
struct Setting {
  std::string_view name, expects, documentation;
  Status (*assign)(Settings& settings, const std::string& value);
  std::string (*show)(const Settings& settings);
  void (*reset)(Settings& settings, const Settings& first);
};

Status assign_memory_limit(Settings& settings, const std::string& value) {
  const auto bytes = byte_size(value);
  if (!bytes.has_value() || *bytes < (uint64_t{1} << 20))
    return bad_value("memory_limit", "a size of at least 1MiB such as 512MiB", value);
  settings.memory_limit_bytes = *bytes;
  return kDone;
}

// "250us", "5ms", "1.5 s": ns.
std::optional<uint64_t> duration_ns(std::string_view text) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || !(value > 0 && value < 1e9)) return std::nullopt;
  std::string_view unit(end, text.data() + text.size());
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  for (const auto& [name, factor] : kUnits)
    if (unit == name) return static_cast<uint64_t>(value * factor);
  return std::nullopt;
}

Status assign_latency_target(Settings& settings, const std::string& value) {
  const auto ns = value == "off" ? 0 : duration_ns(value);
  if (!ns.has_value() || (*ns == 0 && value != "off"))
    return bad_value("latency_target", "off, or a time such as 250us, 5ms or 1s", value);
  settings.latency_target_ns = *ns;
  return kDone;
}

Status assign_share(double& to, std::string_view name, const std::string& value) {
  double share = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), share);
  if (error != std::errc() || end != value.data() + value.size() || !(share >= 0 && share <= 1))
    return bad_value(name, "a number from 0 to 1", value);
  to = share;
  return kDone;
}

// "upper, regexp_replace", "upper lower": functions as SQL names them; or "none".
Status assign_functions(std::set<std::string, std::less<>>& to, std::string_view name, std::string_view value) {
  std::set<std::string, std::less<>> names;
  if (value == "none") value = {};
  bool wanted = false;  // behind a comma
  while (wanted || !value.empty()) {
    while (value.starts_with(' ')) value.remove_prefix(1);
    const size_t end = std::min(value.find_first_of(", "), value.size());
    const std::string written = to_lower(value.substr(0, end));
    value.remove_prefix(end);
    while (value.starts_with(' ')) value.remove_prefix(1);
    wanted = value.starts_with(',');
    if (wanted) value.remove_prefix(1);
    const std::string_view function = canonical_name(written);
    if (find_function(function) == nullptr && find_aggregate(function) == nullptr) {
      Error error = bad_value(name, "names of functions", written);
      std::vector<std::string_view> known;
      for (const Function& one : functions()) known.push_back(one.name);
      for (const Aggregate& one : aggregates()) known.push_back(one.name);
      error.hint = did_you_mean(written, known);
      return error;
    }
    names.emplace(function);
  }
  to = std::move(names);
  return kDone;
}

template <auto kField>
void reset_field(Settings& settings, const Settings& first) {
  settings.*kField = first.*kField;
}

constexpr Setting kSettings[] = {
    {"threads", "a whole number", "How many threads a query may use.",
     [](Settings& s, const std::string& value) {
       return assign_count(s.threads, "threads", value, 1, limits::kThreadsMax);
     },
     [](const Settings& s) { return std::to_string(s.threads); }, reset_field<&Settings::threads>},
    {"vector_rows", "a whole number", "How many rows a loop takes at a time.",
     [](Settings& s, const std::string& value) {
       return assign_count(s.vector_rows, "vector_rows", value, 1, limits::kVectorRowsMax);
     },
     [](const Settings& s) { return std::to_string(s.vector_rows); }, reset_field<&Settings::vector_rows>},
    {"memory_limit", "a size such as 512MiB", "What a query may hold before it spills or ends with an error.",
     assign_memory_limit, [](const Settings& s) { return fmt::format("{}MiB", s.memory_limit_bytes >> 20); },
     reset_field<&Settings::memory_limit_bytes>},
    {"on_error", "fail | null", "Whether a fault ends the query or is null.",
     [](Settings& s, const std::string& value) { return assign_choice(s.on_error, kPolicies, "on_error", value); },
     [](const Settings& s) { return choice_name(s.on_error, kPolicies); }, reset_field<&Settings::on_error>},
    {"fusion.mode", "off | staged | full | pilot | on | verify",
     "Which steps may share a loop; on: those for which it pays; pilot: those, in a share of the morsels that grows "
     "while both "
     "ways agree; verify: those, and every loop is run both ways.",
     [](Settings& s, const std::string& value) { return assign_choice(s.fusion_mode, kModes, "fusion.mode", value); },
     [](const Settings& s) { return choice_name(s.fusion_mode, kModes); }, reset_field<&Settings::fusion_mode>},
    {"fusion.adapt", "off | on | always",
     "Whether cuts are chosen anew by what is measured while a query runs; always: at every turn, for tests.",
     [](Settings& s, const std::string& value) {
       return assign_choice(s.fusion_adapt, kAdapts, "fusion.adapt", value);
     },
     [](const Settings& s) { return choice_name(s.fusion_adapt, kAdapts); }, reset_field<&Settings::fusion_adapt>},
    {"fusion.isolate", "names of functions, or none",
     "Functions that share a loop with no other step, such as one that is suspected; an edge that is pinned to "
     "register beside one is an error.",
     [](Settings& s, const std::string& value) {
       return assign_functions(s.isolated_functions, "fusion.isolate", value);
     },
     [](const Settings& s) {
       return s.isolated_functions.empty() ? std::string("none")
                                           : fmt::format("{}", fmt::join(s.isolated_functions, ", "));
     },
     reset_field<&Settings::isolated_functions>},
    {"fusion.load_min", "a number from 0 to 1",
     "The share of a worker's time that a stage must take before its loops become machine code, where it is not known "
     "how many rows come; it must have taken half as much time as that code takes to make, too. 0: at once.",
     [](Settings& s, const std::string& value) { return assign_share(s.load_min, "fusion.load_min", value); },
     [](const Settings& s) { return fmt::format("{}", s.load_min); }, reset_field<&Settings::load_min>},
    {"latency_target", "off, or a time such as 5ms",
     "How long 99 of 100 batches of a stage may take: where one loop misses it by more than its steps apart, these "
     "run.",
     assign_latency_target,
     [](const Settings& s) {
       return s.latency_target_ns == 0 ? std::string("off") : fmt::format("{}us", s.latency_target_ns / 1e3);
     },
     reset_field<&Settings::latency_target_ns>},
    {"fusion.pilot_share", "a number from 0 to 1", "The share of morsels that run fused when a pilot begins.",
     [](Settings& s, const std::string& value) { return assign_share(s.pilot_share, "fusion.pilot_share", value); },
     [](const Settings& s) { return fmt::format("{}", s.pilot_share); }, reset_field<&Settings::pilot_share>},
    {"fusion.shadow_share", "a number from 0 to 1",
     "The share of batches whose loops are run both ways, as machine code and interpreted, and compared; 0: not even "
     "those of loops that are new.",
     [](Settings& s, const std::string& value) { return assign_share(s.shadow_share, "fusion.shadow_share", value); },
     [](const Settings& s) { return fmt::format("{}", s.shadow_share); }, reset_field<&Settings::shadow_share>},
    {"tier", "interpreted | compiled | auto", "Whether loops become machine code; auto: those for which it pays.",
     [](Settings& s, const std::string& value) { return assign_choice(s.tier, kTiers, "tier", value); },
     [](const Settings& s) { return choice_name(s.tier, kTiers); }, reset_field<&Settings::tier>},
    {"filter_order", "measured | planned | rotated",
     "Filters of a scan that may run in any order: as is measured to be cheapest, as planned, or, for tests, another "
     "order "
     "for each batch.",
     [](Settings& s, const std::string& value) {
       return assign_choice(s.filter_order, kFilterOrders, "filter_order", value);
     },
     [](const Settings& s) { return choice_name(s.filter_order, kFilterOrders); },
     reset_field<&Settings::filter_order>},
    {"samples_per_second", "a whole number up to 10000",
     "How often EXPLAIN ANALYZE looks where each worker's processor time goes; 0: not at all.",
     [](Settings& s, const std::string& value) {
       return assign_count(s.samples_per_second, "samples_per_second", value, 0, 10'000);
     },
     [](const Settings& s) { return std::to_string(s.samples_per_second); },
     reset_field<&Settings::samples_per_second>},
    {"http_timeout", "seconds from 1 to 3600",
     "How long a web server may keep silent before a request counts as failed.",
     [](Settings& s, const std::string& value) {
       return assign_count(s.http_timeout_s, "http_timeout", value, 1, 3'600);
     },
     [](const Settings& s) { return std::to_string(s.http_timeout_s); }, reset_field<&Settings::http_timeout_s>},
    {"http_retries", "a whole number", "How often a request that failed in a way that may pass is made again.",
     [](Settings& s, const std::string& value) { return assign_count(s.http_retries, "http_retries", value, 0, 100); },
     [](const Settings& s) { return std::to_string(s.http_retries); }, reset_field<&Settings::http_retries>},
};

const Setting* find_setting(std::string_view name) {
  for (const Setting& setting : kSettings)
    if (setting.name == name) return &setting;
  return nullptr;
}

void reset_rule(Settings& settings, const Settings& first, const std::string& rule) {
  settings.rules.erase(rule);
  if (const auto at = first.rules.find(rule); at != first.rules.end()) settings.rules.insert(*at);
}

void reset_edge(Settings& settings, const Settings& first, const std::string& edge) {
  settings.edge_pins.erase(edge);
  if (const auto at = first.edge_pins.find(edge); at != first.edge_pins.end()) settings.edge_pins.insert(*at);
}

}  // namespace

bool is_rule_on(const Settings& settings, std::string_view rule) {
  const auto at = settings.rules.find(std::string(rule));
  return at == settings.rules.end() || at->second;
}

Status assign_setting(Settings& settings, const std::string& name, const std::string& value) {
  if (const Setting* setting = find_setting(name)) return setting->assign(settings, value);
  if (name.starts_with(kRulePrefix)) {
    bool on = true;
    TRY_STATUS(check_rule(name.substr(kRulePrefix.size())));
    TRY_STATUS(assign_choice(on, kSwitch, name, value));
    settings.rules[name.substr(kRulePrefix.size())] = on;
    return kDone;
  }
  if (name.starts_with(kEdgePrefix)) {
    Decision decision{};
    TRY_STATUS(check_edge(name.substr(kEdgePrefix.size())));
    TRY_STATUS(assign_choice(decision, kPins, name, value));
    settings.edge_pins[name.substr(kEdgePrefix.size())] = decision;
    return kDone;
  }
  return unknown_setting(name);
}

Status reset_setting(Settings& settings, const Settings& first, const std::string& name) {
  if (name.empty()) {
    settings = first;
    return kDone;
  }
  TRY_STATUS(check_setting_name(name));
  if (const Setting* setting = find_setting(name))
    setting->reset(settings, first);
  else if (name.starts_with(kRulePrefix))
    reset_rule(settings, first, name.substr(kRulePrefix.size()));
  else
    reset_edge(settings, first, name.substr(kEdgePrefix.size()));
  return kDone;
}

Status check_setting_name(const std::string& name) {
  if (find_setting(name) != nullptr) return kDone;
  if (name.starts_with(kRulePrefix)) return check_rule(name.substr(kRulePrefix.size()));
  if (name.starts_with(kEdgePrefix)) return check_edge(name.substr(kEdgePrefix.size()));
  return unknown_setting(name);
}

Error unknown_setting(const std::string& name) {
  std::vector<std::string> known(std::begin(kTextSettingNames), std::end(kTextSettingNames));
  for (const SettingLine& line : list_settings({})) known.push_back(line.name);
  std::string hint = did_you_mean(name, known);
  if (hint.empty()) hint = "SHOW ALL lists the settings";
  return {ErrorCode::kInvalidPlan, fmt::format("unknown setting '{}'", name), "", std::move(hint)};
}

std::vector<SettingLine> list_settings(const Settings& settings) {
  std::vector<SettingLine> all;
  for (const Setting& setting : kSettings)
    all.push_back({std::string(setting.name), setting.show(settings), std::string(setting.expects),
                   std::string(setting.documentation)});
  for (const Rule& rule : known_rules())
    all.push_back({std::string(kRulePrefix) + std::string(rule.name), is_rule_on(settings, rule.name) ? "on" : "off",
                   "on | off", std::string(rule.documentation)});
  for (const auto& [name, pin] : settings.edge_pins)
    all.push_back({std::string(kEdgePrefix) + name, choice_name(pin, kPins), "register | staged",
                   "Whether the steps on both sides of this cut share a loop."});
  return all;
}

}  // namespace headrace
