// app/slt/runner.h — runs sqllogictest files, each in sessions of its own, and says what differed.
#pragma once

#include <headrace/session.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/slt/answer.h"
#include "app/slt/record.h"

namespace headrace::slt {

struct Failure {
  std::string file;
  uint32_t line = 0;
  std::string sql;
  std::string expected, found;  // lines
  std::string reason;  // one line
};

// What an answer came with, as that machine code was found to be wrong.
struct Note {
  std::string file;
  uint32_t line = 0;
  std::string sql, text;
};

struct Report {
  uint64_t passed = 0, failed = 0, skipped = 0;  // statements and queries
  std::vector<Failure> failures;
  std::vector<Note> notes;
};

struct RunOptions {
  std::vector<std::pair<std::string, std::string>> settings;  // of every session
  bool any_error = false;  // the texts of expected errors do not matter
};

class Runner {
 public:
  // `on_session` sees every session before its first statement, and nullptr when it ends: for interrupts.
  Runner(Engine& engine, RunOptions options, std::function<void(Session*)> on_session);

  // kIo, kBadInput: the file cannot be read; a setting is wrong. Failures of records go into the report.
  Status run_file(const std::string& path);
  const Report& report() const { return report_; }

 private:
  using Variables = std::map<std::string, std::string>;

  Status run(const std::vector<Record>& records, const Variables& variables);  // ends early when halted_
  Status run_one(const Record& record, const Variables& variables);
  Status include(const Record& record, const Variables& variables);
  void run_statement(const Record& record);
  void run_query(const Record& record);
  void keep_notes(const Record& record);  // of its answer
  Status start_session();
  bool is_for_us(const Record& record) const;
  bool is_there(const std::string& requirement) const;
  std::optional<bool> matches(const std::string& text, const std::string& pattern);
  void fail(const Record& record, std::string expected, std::string found, std::string reason);

  Engine& engine_;
  const RunOptions options_;
  const std::function<void(Session*)> on_session_;
  Report report_;

  // of the file that runs
  std::string path_;
  std::optional<Session> session_;
  bool halted_ = false, skipping_ = false;
  bool of_sqlite_ = false;  // the file
  uint32_t includes_ = 0;  // files around the record that runs
  std::map<std::string, std::string> hash_by_label_;
};

std::string to_text(const Report& report);
std::string to_json(const Report& report);

}  // namespace headrace::slt
