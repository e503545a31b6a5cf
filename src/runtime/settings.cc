#include "runtime/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>

#include "base/nearest_name.h"
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
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (digits == 0 || error != std::errc() || end != text.data() + digits) return std::nullopt;
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
constexpr Choice<FusionMode> kModes[] = {
    {"off", FusionMode::kOff}, {"staged", FusionMode::kStaged}, {"full", FusionMode::kFull}, {"on", FusionMode::kOn}};
constexpr Choice<TierMode> kTiers[] = {
    {"interpreted", TierMode::kInterpreted}, {"compiled", TierMode::kCompiled}, {"auto", TierMode::kAuto}};
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

constexpr std::string_view kNames[] = {"threads", "vector_rows", "memory_limit", "on_error", "fusion.mode", "tier"};
constexpr std::string_view kRulePrefix = "fusion.rule.";
constexpr std::string_view kEdgePrefix = "fusion.edge.";

Status check_rule(const std::string& rule) {
  constexpr std::string_view kValueRanges = "value_ranges";  // cut_stages applies it
  if (rule == kValueRanges) return kDone;
  std::vector<std::string_view> known = {kValueRanges};
  for (const Pass& pass : passes()) {
    if (pass.name == rule) return kDone;
    if (std::find(known.begin(), known.end(), pass.name) == known.end()) known.push_back(pass.name);
  }
  std::string hint = did_you_mean(rule, known);
  if (hint.empty()) hint = fmt::format("rules are {}", fmt::join(known, ", "));
  return Error{ErrorCode::kInvalidPlan, fmt::format("there is no optimizer rule '{}'", rule), "", std::move(hint)};
}

// "0.3": stage, cut.
Status check_edge(std::string_view edge) {
  const size_t dot = edge.find('.');
  if (dot != std::string_view::npos && whole_number(edge.substr(0, dot)) && whole_number(edge.substr(dot + 1)))
    return kDone;
  return Error{
      ErrorCode::kInvalidPlan,
      fmt::format("an edge is named by its stage and cut such as fusion.edge.0.3, found 'fusion.edge.{}'", edge), "",
      "explain --fusion prints the cut of every edge"};
}

}  // namespace

Status assign_setting(Settings& settings, const std::string& name, const std::string& value) {
  if (name == "threads") return assign_count(settings.threads, name, value, 1, limits::kThreadsMax);
  if (name == "vector_rows") return assign_count(settings.vector_rows, name, value, 1, limits::kVectorRowsMax);
  if (name == "memory_limit") {
    const auto bytes = byte_size(value);
    if (!bytes.has_value() || *bytes < (uint64_t{1} << 20))
      return bad_value(name, "a size of at least 1MiB such as 512MiB", value);
    settings.memory_limit_bytes = *bytes;
    return kDone;
  }
  if (name == "on_error") return assign_choice(settings.on_error, kPolicies, name, value);
  if (name == "fusion.mode") return assign_choice(settings.fusion_mode, kModes, name, value);
  if (name == "tier") return assign_choice(settings.tier, kTiers, name, value);
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
  const auto reset = [&](auto field) { settings.*field = first.*field; };
  if (name.empty())
    settings = first;
  else if (name == "threads")
    reset(&Settings::threads);
  else if (name == "vector_rows")
    reset(&Settings::vector_rows);
  else if (name == "memory_limit")
    reset(&Settings::memory_limit_bytes);
  else if (name == "on_error")
    reset(&Settings::on_error);
  else if (name == "fusion.mode")
    reset(&Settings::fusion_mode);
  else if (name == "tier")
    reset(&Settings::tier);
  else if (name.starts_with(kRulePrefix))
    settings.rules.erase(name.substr(kRulePrefix.size()));
  else if (name.starts_with(kEdgePrefix))
    settings.edge_pins.erase(name.substr(kEdgePrefix.size()));
  else
    return unknown_setting(name);
  return kDone;
}

Error unknown_setting(const std::string& name) {
  std::string hint = did_you_mean(name, kNames);
  if (hint.empty()) hint = "SHOW ALL lists the settings";
  return {ErrorCode::kInvalidPlan, fmt::format("unknown setting '{}'", name), "", std::move(hint)};
}

std::vector<std::pair<std::string, std::string>> list_settings(const Settings& settings) {
  std::vector<std::pair<std::string, std::string>> all = {
      {"threads", std::to_string(settings.threads)},
      {"vector_rows", std::to_string(settings.vector_rows)},
      {"memory_limit", fmt::format("{}MiB", settings.memory_limit_bytes >> 20)},
      {"on_error", choice_name(settings.on_error, kPolicies)},
      {"fusion.mode", choice_name(settings.fusion_mode, kModes)},
      {"tier", choice_name(settings.tier, kTiers)}};
  for (const auto& [name, on] : settings.rules) all.emplace_back(std::string(kRulePrefix) + name, on ? "on" : "off");
  for (const auto& [name, pin] : settings.edge_pins)
    all.emplace_back(std::string(kEdgePrefix) + name, choice_name(pin, kPins));
  return all;
}

}  // namespace headrace
