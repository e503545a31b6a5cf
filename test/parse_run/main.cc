// Parses each text on stdin (they end with a NUL byte) as SQL, and answers with a line each: "ok", or the error's first line.
#include <iostream>
#include <string>

#include "frontend/sql/statement.h"

int main() {
  for (std::string sql; std::getline(std::cin, sql, '\0');) {
    const auto statements = headrace::parse_sql(sql);
    const std::string message = statements.ok() ? "ok" : statements.error().message;
    std::cout << message.substr(0, message.find('\n')) << '\n';
  }
}
