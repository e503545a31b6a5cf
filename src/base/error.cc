#include "base/error.h"

namespace headrace {

std::string to_text(const Error& error) {
  std::string text = "error: " + error.message;
  if (!error.where.empty()) text += "\n  at " + error.where;
  if (!error.hint.empty()) text += "\n  hint: " + error.hint;
  return text;
}

}  // namespace headrace
