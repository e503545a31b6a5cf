// runtime/settings.h — what a session can set; SET, --set and the builder go through assign_setting.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/limits.h"
#include "fuse/decide_cuts.h"
#include "runtime/filter_order.h"

namespace headrace {

enum class ErrorPolicy : uint8_t { kFail, kNull };
enum class TierMode : uint8_t {
  kInterpreted,
  kCompiled,
  kAuto
};    // kCompiled waits for the compiler before the first morsel

// Whether cuts are chosen anew by what is measured while a query runs. kAlways: at every turn, whatever it gains; for tests.
enum class AdaptMode : uint8_t { kOff, kOn, kAlways };

struct Settings {
  uint32_t threads = 0;  // 0: as many as the machine has
  uint32_t vector_rows = limits::kVectorRowsMax;
  uint64_t memory_limit_bytes = 0;  // 0: 80 % of the machine's memory
  ErrorPolicy on_error = ErrorPolicy::kFail;
  FusionMode fusion_mode = FusionMode::kOn;
  double shadow_share = 0.001;  // of batches that run both ways; 0: none
  double pilot_share = 0.05;  // of morsels that run fused when a pilot begins
  AdaptMode fusion_adapt = AdaptMode::kOn;
  double load_min = 0.02;  // of a worker's time: what a stage of unknown length takes before it gets machine code
  uint64_t latency_target_ns = 0;  // of 99 batches in 100 of a stage; 0: none
  TierMode tier = TierMode::kAuto;
  FilterOrderMode filter_order = FilterOrderMode::kMeasured;
  std::map<std::string, bool> rules;  // "push_filters" → on; absent: on
  std::map<std::string, Decision> edge_pins;  // "0.3" (stage.cut) → kRegister | kStaged
  std::set<std::string, std::less<>> isolated_functions = {};  // share a loop with no other step
  uint32_t samples_per_second = 750;  // of each worker's time, where a query is profiled
  uint32_t http_timeout_s = 30;
  uint32_t http_retries = 3;
  std::shared_ptr<const Machine> machine =
      {};  // what the cost model goes by; nullptr: usual_machine(). Nobody sets it by name

  FuseOptions fuse_options() const {
    return {fusion_mode, edge_pins, isolated_functions, machine != nullptr ? machine.get() : &usual_machine(),
            tier == TierMode::kAuto};
  }
};

// Those that say what a text means; engine/text_settings.h has them, and SET now.
inline constexpr std::string_view kTextSettingNames[] = {"default_null_order", "default_order", "integer_division",
                                                         "now"};

// One that has a value now, for SHOW ALL and docs/settings.md. `expects`: which values it takes.
struct SettingLine {
  std::string name, value, expects, documentation;
};

// Names as in SQL: threads, vector_rows, memory_limit, on_error, fusion.mode, tier, filter_order, http_timeout, http_retries, fusion.rule.NAME, fusion.edge.STAGE.CUT.
// kInvalidPlan names what was expected and the nearest known name.
Status assign_setting(Settings& settings, const std::string& name, const std::string& value);
// Of an optimizer rule, or of one of those beside them that fusion.rule.NAME switches off.
bool is_rule_on(const Settings& settings, std::string_view rule);
// Back to its value in `first`; an empty name: all of them. kInvalidPlan: there is none of that name.
Status reset_setting(Settings& settings, const Settings& first, const std::string& name);
// kInvalidPlan: assign_setting knows no such name. A name of an edge is one whether or not the edge is pinned.
Status check_setting_name(const std::string& name);
// With the nearest known name as its hint.
Error unknown_setting(const std::string& name);
// Every setting, each optimizer rule among them, and the edges that are pinned.
std::vector<SettingLine> list_settings(const Settings& settings);

}  // namespace headrace
