#include "frontend/sql/query_parser.h"
#include "types/value.h"

namespace headrace {

Result<std::string> QueryParser::parse_path() {
  const bool list = cursor_.accept_symbol("[");
  std::string paths = "[";
  do {
    if (cursor_.peek().kind != TokenKind::kString) return cursor_.expected("the name of a file in single quotes");
    const Token path = cursor_.take();
    const std::string text = unquoted(path);
    if (text.empty()) return cursor_.error(path.where, "the name of a file is empty");
    if (!list) return text;
    paths += (paths.size() == 1 ? "" : ", ") + quoted_text(text, '\'');
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol("]"));
  return paths + "]";
}

}  // namespace headrace
