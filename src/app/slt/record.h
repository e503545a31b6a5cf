// app/slt/record.h — a sqllogictest file as data: docs/design/slt.md lists what is read.
#pragma once

#include <headrace/error.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace::slt {

enum class Expect : uint8_t { kOk, kError, kAny };
enum class SortMode : uint8_t { kNone, kRows, kValues };
enum class RecordKind : uint8_t {
  kStatement,
  kQuery,
  kHalt,      // the rest of the file is not run
  kMode,      // `mode skip` and `mode unskip`; argument: the word
  kLoop,      // `words` in turn as `variable` through `body`
  kRequire,   // argument: what the file needs; without it the rest is skipped
  kSet,       // argument: the whole line, for what the runner itself is to do
  kRestart,   // a fresh session
  kInclude,   // argument: the path of a file whose records stand here
  kForeign,   // needs a tool of another runner; the rest is skipped
  kUnknown,   // argument: the line
};

struct Record {
  RecordKind kind = RecordKind::kUnknown;
  uint32_t line = 0;  // of its first line, from 1
  std::vector<std::string> skip_if, only_if;  // names of engines
  std::string sql;
  std::string argument = {};

  Expect expect = Expect::kOk;  // statement; a query: kOk or kError
  std::vector<std::string> expected_error = {};  // text that the error must hold, or <REGEX>:…; empty: any error

  std::string types = {};  // query: a letter a column
  SortMode sort = SortMode::kNone;
  std::string label = {};
  bool column_names = false;  // the first line of the answer names columns, and is not compared
  bool has_answer = false;  // there was a ----
  std::vector<std::string> answer = {};  // lines behind ----

  std::string variable = {};
  std::vector<std::string> words = {};
  std::vector<Record> body = {};
};

// All records of a file. kBadInput with "line N": a loop without its end.
Result<std::vector<Record>> parse_records(std::string_view text);

}  // namespace headrace::slt
