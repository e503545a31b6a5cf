// app/cli/shell.h — the interactive shell: statements typed over several lines, and commands that begin with a dot.
#pragma once

#include <headrace/session.h>

#include <string>

#include "app/cli/arguments.h"

namespace headrace {

// Reads standard input to its end or .quit; the exit code. With editing, history and completion on a terminal, else plain
// lines, which are not echoed. An error is printed and does not end it.
int run_shell(Session& session, const Arguments& arguments);

// Ten lines or so about the dot commands.
extern const char kShellHelp[];

}  // namespace headrace
