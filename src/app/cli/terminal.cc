#include "app/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

namespace headrace {

uint32_t terminal_width() {
  winsize size{};
  if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return 0;
  return size.ws_col;
}

}  // namespace headrace
