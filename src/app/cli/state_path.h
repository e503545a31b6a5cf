// app/cli/state_path.h — where the program keeps what it remembers between runs.
#pragma once

#include <string>

namespace headrace {

// $XDG_STATE_HOME/headrace/NAME, else ~/.local/state/headrace/NAME; empty: there is no place for it. Makes nothing.
std::string state_path(const std::string& name);

// What $HEADRACE_CALIBRATION says; else `calibration` in the place above.
std::string calibration_path();
// What $HEADRACE_HISTORY says: a path, or `off` for none, which is empty; else history.db in the place above.
std::string history_store_path();

}  // namespace headrace
