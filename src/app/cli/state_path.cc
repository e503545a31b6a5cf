#include "app/cli/state_path.h"

#include <cstdlib>

namespace headrace {

std::string state_path(const std::string& name) {
  const char* state = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  if (state != nullptr && *state == '/') return std::string(state) + "/headrace/" + name;
  if (home != nullptr && *home != '\0') return std::string(home) + "/.local/state/headrace/" + name;
  return "";
}

std::string calibration_path() {
  const char* chosen = std::getenv("HEADRACE_CALIBRATION");
  return chosen != nullptr ? chosen : state_path("calibration");
}

std::string history_store_path() {
  const char* chosen = std::getenv("HEADRACE_HISTORY");
  if (chosen == nullptr || *chosen == '\0') return state_path("history.db");
  return std::string(chosen) == "off" ? "" : chosen;
}

}  // namespace headrace
