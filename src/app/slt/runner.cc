#include "app/slt/runner.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "app/json.h"

namespace headrace::slt {

namespace {

constexpr std::string_view kOurName = "headrace";

Result<std::string> read_file(const std::string& path) {
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr)
    return Error{ErrorCode::kIo, std::string("the file cannot be read: ") + std::strerror(errno), path, ""};
  std::string text;
  char buffer[65536];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
  const bool failed = std::ferror(file) != 0;
  std::fclose(file);
  if (failed) return Error{ErrorCode::kIo, "the file cannot be read", path, ""};
  return text;
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string temporary_directory() {
  const char* directory = std::getenv("TMPDIR");
  return directory != nullptr ? directory : "/tmp";
}

std::string substituted(std::string text, const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) {
    text = replaced(std::move(text), "${" + name + "}", value);
    text = replaced(std::move(text), "{" + name + "}", value);
  }
  for (const char* name : {"__TEST_DIR__", "{TEST_DIR}"}) text = replaced(std::move(text), name, temporary_directory());
  return text;
}

Record substituted(Record record, const std::map<std::string, std::string>& variables) {
  record.sql = substituted(std::move(record.sql), variables);
  for (std::string& line : record.answer) line = substituted(std::move(line), variables);
  for (std::string& line : record.expected_error) line = substituted(std::move(line), variables);
  for (std::string& word : record.words) word = substituted(std::move(word), variables);
  return record;
}

std::string lines_of(const std::vector<std::string>& values, size_t width) {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    text += values[i] + (width > 1 && (i + 1) % width != 0 ? "\t" : i + 1 == values.size() ? "" : "\n");
  return text;
}

Result<Answer> answer_of(const Rows& rows) {
  Answer answer;
  for (const ColumnInfo& column : rows.columns()) answer.types.push_back(column.type);
  TRY_STATUS(rows.for_each_row([&](const std::vector<std::optional<std::string>>& row) -> Status {
    answer.rows.push_back(row);
    return kDone;
  }));
  return answer;
}

// SQLite's suite is also run against the engines that its conditions name, and expects SQLite's whole division and its place of
// nulls.
bool is_of_sqlite(const std::vector<Record>& records) {
  const auto names_another = [](const std::vector<std::string>& names) {
    return std::ranges::any_of(names, [](const std::string& name) {
      return name == "mysql" || name == "mssql" || name == "oracle" || name == "postgresql";
    });
  };
  return std::ranges::any_of(
      records, [&](const Record& record) { return names_another(record.skip_if) || names_another(record.only_if); });
}

std::string single_quoted(const std::string& text) { return "'" + replaced(text, "'", "''") + "'"; }

}  // namespace

Runner::Runner(Engine& engine, RunOptions options, std::function<void(Session*)> on_session)
    : engine_(engine), options_(std::move(options)), on_session_(std::move(on_session)) {}

Status Runner::start_session() {
  on_session_(nullptr);
  session_.emplace(engine_.session());
  if (of_sqlite_) {
    TRY_STATUS(session_->set("integer_division", "true"));
    TRY_STATUS(session_->set("default_null_order", "sqlite"));
  }
  for (const auto& [name, value] : options_.settings) TRY_STATUS(session_->set(name, value));
  on_session_(&*session_);
  return kDone;
}

Status Runner::run_file(const std::string& path) {
  TRY(text, read_file(path));
  auto records = parse_records(text);
  if (!records.ok()) {
    Error error = records.error();
    error.where = path + ", " + error.where;
    return error;
  }
  path_ = path;
  halted_ = skipping_ = false;
  of_sqlite_ = is_of_sqlite(records.value());
  hash_by_label_.clear();
  TRY_STATUS(start_session());
  const Status status = run(records.value(), {});
  on_session_(nullptr);
  session_.reset();
  return status;
}

Status Runner::include(const Record& record, const Variables& variables) {
  TRY(text, read_file(record.argument));
  TRY(records, parse_records(text));
  if (++includes_ > 16) return Error{ErrorCode::kBadInput, "files include each other", record.argument, ""};
  const Status status = run(records, variables);
  --includes_;
  return status;
}

Status Runner::run(const std::vector<Record>& records, const Variables& variables) {
  for (const Record& record : records) {
    if (halted_) return kDone;
    TRY_STATUS(run_one(record, variables));
  }
  return kDone;
}

bool Runner::is_for_us(const Record& record) const {
  const auto names_us = [](const std::vector<std::string>& names) {
    return std::find(names.begin(), names.end(), kOurName) != names.end();
  };
  return !names_us(record.skip_if) && (record.only_if.empty() || names_us(record.only_if));
}

// What files of other engines ask for. Extensions of theirs that add what is built in here are there.
bool Runner::is_there(const std::string& requirement) const {
  static constexpr std::string_view kThere[] = {"parquet",
                                                "core_functions",
                                                "vector_size",
                                                "64bit",
                                                "notwindows",
                                                "skip_reload",
                                                "noalternativeverify",
                                                "no_alternative_verify",
                                                "no_extension_autoloading",
                                                "noforcestorage",
                                                "no_vector_verification"};
  return std::find(std::begin(kThere), std::end(kThere), requirement) != std::end(kThere);
}

Status Runner::run_one(const Record& written, const Variables& variables) {
  const bool runs = written.kind == RecordKind::kStatement || written.kind == RecordKind::kQuery;
  if (written.kind == RecordKind::kMode) {
    if (written.argument == "skip" || written.argument == "unskip") skipping_ = written.argument == "skip";
    return kDone;
  }
  if (skipping_ || !is_for_us(written)) {
    report_.skipped += runs ? 1 : 0;
    return kDone;
  }
  const Record record = substituted(written, variables);
  switch (record.kind) {
    case RecordKind::kStatement: run_statement(record); return kDone;
    case RecordKind::kQuery: run_query(record); return kDone;
    case RecordKind::kHalt: halted_ = true; return kDone;
    case RecordKind::kRequire: halted_ = !is_there(record.argument); return kDone;
    case RecordKind::kRestart: return start_session();
    case RecordKind::kForeign: halted_ = true; return kDone;
    case RecordKind::kInclude: return include(record, variables);
    case RecordKind::kLoop:
      for (const std::string& word : record.words) {
        Variables inner = variables;
        // `foreach a,b 1,2 3,4` sets several at once.
        size_t name = 0, value = 0;
        while (name != std::string::npos && value != std::string::npos) {
          const size_t name_end = record.variable.find(',', name), value_end = word.find(',', value);
          const bool last = name_end == std::string::npos;
          inner[record.variable.substr(name, last ? name_end : name_end - name)] =
              last ? word.substr(value) : word.substr(value, value_end - value);
          name = last ? name_end : name_end + 1;
          value = value_end == std::string::npos ? value_end : value_end + 1;
        }
        TRY_STATUS(run(record.body, inner));
      }
      return kDone;
    case RecordKind::kUnknown: fail(record, "", "", "unknown record: " + record.argument); return kDone;
    case RecordKind::kMode:
    case RecordKind::kSet: return kDone;
  }
  return kDone;
}

namespace {

// PRAGMA, and SET of what we do not have: switches of another engine, which say nothing about ours.
bool is_foreign_switch(const Record& record, const Error& error) {
  if (record.expect != Expect::kOk) return false;
  const auto begins = [&](std::string_view word) {
    return record.sql.size() > word.size() &&
           std::equal(word.begin(), word.end(), record.sql.begin(),
                      [](char upper, char c) { return upper == c || upper + ('a' - 'A') == c; });
  };
  return begins("PRAGMA ") || ((begins("SET ") || begins("RESET ")) && error.message.starts_with("unknown setting"));
}

}  // namespace

void Runner::run_statement(const Record& record) {
  const auto rows = session_->sql(record.sql);
  if (!rows.ok() && is_foreign_switch(record, rows.error())) {
    ++report_.skipped;
    return;
  }
  const std::string found = rows.ok() ? "ok" : to_text(rows.error());
  if (record.expect == Expect::kAny || (record.expect == Expect::kOk && rows.ok())) {
    ++report_.passed;
  } else if (record.expect == Expect::kOk) {
    fail(record, "ok", found, "the statement fails");
  } else if (rows.ok()) {
    fail(record, record.expected_error.empty() ? "an error" : record.expected_error[0], found,
         "the statement succeeds");
  } else if (!options_.any_error &&
             !is_expected_error(found, record, [&](auto& text, auto& pattern) { return matches(text, pattern); })) {
    fail(record, record.expected_error[0], found, "another error");
  } else {
    ++report_.passed;
  }
}

void Runner::run_query(const Record& record) {
  if (record.expect == Expect::kError) return run_statement(record);
  const auto rows = session_->sql(record.sql);
  std::string expected = lines_of(record.answer, 1);
  if (!rows.ok()) return fail(record, std::move(expected), to_text(rows.error()), "the query fails");
  const auto answer = answer_of(rows.value());
  keep_notes(record);
  if (!answer.ok()) return fail(record, std::move(expected), to_text(answer.error()), "its rows cannot be shown");
  const std::vector<std::string> found = spelled(answer.value(), record, Spelling::kOwn);
  // An empty answer under a label: only the label's other queries say what it is.
  if (record.has_answer && (record.label.empty() || !record.answer.empty())) {
    const auto differs =
        difference(answer.value(), record, [&](auto& text, auto& pattern) { return matches(text, pattern); });
    if (differs.has_value())
      return fail(record, std::move(expected), lines_of(found, answer.value().types.size()), *differs);
  }
  if (!record.label.empty()) {
    const std::string hash = hash_of(spelled(answer.value(), record, Spelling::kSqlite));
    const auto [at, is_new] = hash_by_label_.emplace(record.label, hash);
    if (!is_new && at->second != hash)
      return fail(record, at->second, hash, "another answer than the earlier query with the label " + record.label);
  }
  ++report_.passed;
}

void Runner::keep_notes(const Record& record) {
  for (const std::string& note : session_->notes()) report_.notes.push_back({path_, record.line, record.sql, note});
}

// By our own function, in a session that the file does not see.
std::optional<bool> Runner::matches(const std::string& text, const std::string& pattern) {
  Session session = engine_.session();
  const auto rows =
      session.sql("SELECT regexp_full_match(" + single_quoted(text) + ", " + single_quoted("(?s)" + pattern) + ")");
  if (!rows.ok()) return std::nullopt;
  const auto answer = answer_of(rows.value());
  if (!answer.ok() || answer.value().rows.empty()) return std::nullopt;
  return answer.value().rows[0][0] == "true";
}

void Runner::fail(const Record& record, std::string expected, std::string found, std::string reason) {
  ++report_.failed;
  report_.failures.push_back(
      {path_, record.line, record.sql, std::move(expected), std::move(found), std::move(reason)});
}

namespace {

// At most `lines_max` lines, indented.
std::string indented(const std::string& text, size_t lines_max) {
  std::string out;
  size_t lines = 0;
  for (size_t begin = 0; begin < text.size(); ++lines) {
    if (lines == lines_max) return out + "    …\n";
    const size_t end = std::min(text.find('\n', begin), text.size());
    out.append("    ").append(text, begin, end - begin).append("\n");
    begin = end + 1;
  }
  return out;
}

}  // namespace

std::string to_text(const Report& report) {
  constexpr size_t kLinesMax = 12;
  std::string out;
  for (const Failure& failure : report.failures) {
    out += failure.file + ":" + std::to_string(failure.line) + ": " + failure.reason + "\n";
    out += indented(failure.sql, kLinesMax);
    if (!failure.expected.empty()) out += "  expected\n" + indented(failure.expected, kLinesMax);
    if (!failure.found.empty()) out += "  found\n" + indented(failure.found, kLinesMax);
  }
  for (const Note& note : report.notes)
    out += "note: " + note.file + ":" + std::to_string(note.line) + ": " + note.text + "\n";
  out += std::to_string(report.passed) + " passed, " + std::to_string(report.failed) + " failed, " +
         std::to_string(report.skipped) + " skipped\n";
  return out;
}

std::string to_json(const Report& report) {
  std::string out = "{\"passed\": " + std::to_string(report.passed) + ", \"failed\": " + std::to_string(report.failed) +
                    ", \"skipped\": " + std::to_string(report.skipped) + ", \"failures\": [";
  for (size_t i = 0; i < report.failures.size(); ++i) {
    const Failure& failure = report.failures[i];
    out += i == 0 ? "\n" : ",\n";
    out += "  {\"file\": " + json_string(failure.file) + ", \"line\": " + std::to_string(failure.line) +
           ", \"reason\": " + json_string(failure.reason) + ", \"sql\": " + json_string(failure.sql) +
           ", \"expected\": " + json_string(failure.expected) + ", \"found\": " + json_string(failure.found) + "}";
  }
  out += std::string(report.failures.empty() ? "" : "\n") + "], \"notes\": [";
  for (size_t i = 0; i < report.notes.size(); ++i) {
    const Note& note = report.notes[i];
    out += i == 0 ? "\n" : ",\n";
    out += "  {\"file\": " + json_string(note.file) + ", \"line\": " + std::to_string(note.line) +
           ", \"sql\": " + json_string(note.sql) + ", \"text\": " + json_string(note.text) + "}";
  }
  return out + (report.notes.empty() ? "" : "\n") + "]}\n";
}

}  // namespace headrace::slt
