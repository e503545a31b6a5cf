// app/cli/main.cc — the headrace program: a thin layer over the public interface.
#include <headrace/session.h>

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string_view>

#include "app/cli/arguments.h"
#include "app/cli/choices.h"
#include "app/cli/find_fault.h"
#include "app/cli/patterns.h"
#include "app/cli/progress_line.h"
#include "app/cli/shell.h"
#include "app/cli/state_path.h"
#include "app/cli/terminal.h"
#include "app/slt/runner.h"

namespace headrace {

namespace {

constexpr int kUsageExitCode = 64;

// For the signal handler.
std::atomic<Session*> interrupted_session = nullptr;
std::atomic<const char*> temporary_path = nullptr;

// While rows flow, the first signal cancels and the query cleans up after itself; a second one ends the process. Before and
// after that the process ends at once, however long planning takes or standard input is silent.
void on_interrupt(int number) {
  std::signal(number, SIG_DFL);
  if (Session* session = interrupted_session.load(); session != nullptr && session->cancel()) return;
  if (const char* path = temporary_path.load(); path != nullptr) ::unlink(path);
  constexpr std::string_view kMessage = "error: the query was cancelled\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kMessage.data(), kMessage.size());
  ::_exit(static_cast<int>(ErrorCode::kCancelled));
}

// `file`: where the text came from; a place in the text becomes one in the file.
int report(Error error, const std::string& file = "") {
  if (!file.empty() && file != "-" && error.where.starts_with("line ")) error.where = file + ", " + error.where;
  std::fprintf(stderr, "%s\n", to_text(error).c_str());
  return static_cast<int>(error.code);
}

Error unwritable_output() {
  return {ErrorCode::kIo, std::string("cannot write: ") + std::strerror(errno), "standard output", ""};
}

Status print(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size()) return kDone;
  return unwritable_output();
}

Status flush_output() {
  if (std::fflush(stdout) == 0) return kDone;
  return unwritable_output();
}

std::string read_stdin() {
  std::string text;
  char buffer[65536];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, stdin)) > 0;) text.append(buffer, count);
  return text;
}

Result<std::string> read_file(const std::string& path) {
  const auto refused = [&] {
    return Error{ErrorCode::kIo, std::string("the file cannot be read: ") + std::strerror(errno), path,
                 "check the path and its permissions"};
  };
  std::FILE* file = std::fopen(path.c_str(), "rb");
  if (file == nullptr) return refused();
  std::string text;
  char buffer[65536];
  for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
  const Result<std::string> result = std::ferror(file) != 0 ? Result<std::string>(refused()) : text;
  std::fclose(file);
  return result;
}

// The statement, the file's text, or standard input.
Result<std::string> query_text(const Arguments& arguments) {
  if (arguments.text.has_value()) return *arguments.text;
  if (arguments.file.empty() || arguments.file == "-") return read_stdin();
  return read_file(arguments.file);
}

std::string format_of(const Arguments& arguments) { return arguments.format.empty() ? "table" : arguments.format; }

Status print_rows(Session& session, const Rows& rows, const Arguments& arguments) {
  if (!arguments.output.empty()) return session.write_file(rows, arguments.output, arguments.format);
  if (rows.columns().empty() && format_of(arguments) == "table") return kDone;
  TRY_STATUS(
      rows.write(format_of(arguments), print, arguments.rows_max, arguments.width_max.value_or(terminal_width())));
  return flush_output();
}

void print_notes(const Session& session) {
  for (const std::string& note : session.notes()) std::fprintf(stderr, "note: %s\n", note.c_str());
}

void close_history(Engine& engine) {
  for (const std::string& note : engine.close_history()) std::fprintf(stderr, "note: %s\n", note.c_str());
}

Status run_sql(Session& session, const Arguments& arguments) {
  TRY(text, query_text(arguments));
  if (!arguments.output.empty()) {
    const ProgressLine progress(session);
    TRY(rows, session.sql_to_file(text, arguments.output, arguments.format));
    (void)rows;
    print_notes(session);
    return kDone;
  }
  auto rows = [&] {
    const ProgressLine progress(session);
    return session.sql(text);
  }();
  if (!rows.ok()) return rows.error();
  print_notes(session);
  return print_rows(session, rows.value(), arguments);
}

Status run_explain(Session& session, const Arguments& arguments) {
  TRY(text, query_text(arguments));
  TRY(explained, session.explain(text, {arguments.stage, arguments.fusion, arguments.analyze,
                                        arguments.format == "json", arguments.patterns}));
  TRY_STATUS(print(explained));
  return flush_output();
}

Result<bool> run_verify(Session& session, Arguments arguments) {
  if (arguments.text.has_value()) arguments.file = *std::exchange(arguments.text, std::nullopt);
  auto read = query_text(arguments);
  if (!read.ok()) {
    Error error = read.error();
    if (arguments.file.find(' ') != std::string::npos)
      error.hint = "verify takes a file of SQL; a statement goes to its standard input";
    return error;
  }
  const std::string& text = read.value();
  TRY(verified, session.verify(text));
  TRY_STATUS(print(verified.text));
  const std::string all = "all " + std::to_string(verified.configurations);
  std::string verdict = "answers differ, or a tier that was asked for ran nothing";
  if (verified.error.has_value())
    verdict = all + " configurations fail alike: " + to_text(*verified.error);
  else if (verified.same)
    verdict = all + " answers are the same bits";
  TRY_STATUS(print(verdict + "\n"));
  TRY_STATUS(flush_output());
  return verified.same;
}

Status run_form(Session& session, Arguments arguments) {
  if (!arguments.text.has_value())
    return Error{ErrorCode::kInvalidPlan, "form expects the form's name", "command line",
                 "headrace form fused --file F"};
  const std::string stage = *std::exchange(arguments.text, std::nullopt);
  TRY(text, query_text(arguments));
  if (arguments.print) {
    TRY(printed, session.print_form(stage, text));
    TRY_STATUS(print(printed));
    return flush_output();
  }
  TRY(rows, session.run_form(stage, text));
  return print_rows(session, rows, arguments);
}

// Standard input goes to a temporary file first: Arrow IPC may be read out of order.
Status run_stage(Session& session, const Arguments& arguments) {
  if (arguments.file.empty() && !arguments.text.has_value())
    return Error{ErrorCode::kInvalidPlan, "stage expects --file F with the stage's text", "command line", ""};
  if (arguments.file == "-")
    return Error{ErrorCode::kInvalidPlan, "stage reads its rows from standard input, its text from a file",
                 "command line", "--file F"};
  TRY(text, query_text(arguments));
  const std::string input = read_stdin();
  if (input.empty())
    return Error{ErrorCode::kBadInput, "expected rows as an Arrow stream or file, found nothing", "standard input", ""};
  const char* directory = std::getenv("TMPDIR");
  std::string path = std::string(directory != nullptr ? directory : "/tmp") + "/headrace-stage-XXXXXX";
  const int descriptor = mkstemp(path.data());
  if (descriptor >= 0) temporary_path = path.c_str();
  std::FILE* file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
  if (file == nullptr) return Error{ErrorCode::kIo, "a temporary file cannot be made", path, "set TMPDIR"};
  const bool written = std::fwrite(input.data(), 1, input.size(), file) == input.size();
  const bool closed = std::fclose(file) == 0;
  Result<Rows> rows = written && closed
                          ? session.run_shipped(text, path)
                          : Result<Rows>(Error{ErrorCode::kIo, "a temporary file cannot be written", path, ""});
  std::remove(path.c_str());
  temporary_path = nullptr;
  if (!rows.ok()) {
    Error error = rows.error();
    if (const size_t at = error.where.find(path); at != std::string::npos)
      error.where.replace(at, path.size(), "standard input");
    return error;
  }
  return print_rows(session, rows.value(), arguments);
}

// Every file in sessions of its own; the answer: whether all is as expected.
Result<bool> run_slt(Engine& engine, const Arguments& arguments) {
  if (arguments.files.empty())
    return Error{ErrorCode::kInvalidPlan, "slt expects files", "command line", "headrace slt FILE…"};
  slt::Runner runner(engine, {arguments.settings, arguments.any_error},
                     [](Session* session) { interrupted_session = session; });
  for (const std::string& path : arguments.files) TRY_STATUS(runner.run_file(path));
  TRY_STATUS(print(arguments.json ? slt::to_json(runner.report()) : slt::to_text(runner.report())));
  TRY_STATUS(flush_output());
  return runner.report().failed == 0;
}

// What all processes did in the last runs, from the history store.
Status run_history(Engine& engine, const Arguments& arguments) {
  TRY(rows, arguments.command == "fusion" ? engine.fusion_report(arguments.limit.value_or(1'000))
                                          : engine.history(arguments.limit.value_or(20)));
  const auto count = static_cast<uint32_t>(rows.row_count());
  TRY_STATUS(
      rows.write(format_of(arguments), print, std::max(count, 1U), arguments.width_max.value_or(terminal_width())));
  return flush_output();
}

// Makes the session one that a signal cancels.
class Interruptible {
 public:
  explicit Interruptible(Session& session) { interrupted_session = &session; }
  ~Interruptible() { interrupted_session = nullptr; }
};

// HEADRACE_SET_NAME=value of the environment, then those of the command line. In NAME two underscores stand for a dot.
Status apply_settings(Session& session, const Arguments& arguments) {
  constexpr std::string_view kPrefix = "HEADRACE_SET_";
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry = *at;
    const size_t equals = entry.find('=');
    if (!entry.starts_with(kPrefix) || equals == std::string_view::npos) continue;
    std::string name;
    for (size_t i = kPrefix.size(); i < equals; ++i) {
      const bool dot = entry[i] == '_' && i + 1 < equals && entry[i + 1] == '_';
      name += dot ? '.' : static_cast<char>(entry[i] >= 'A' && entry[i] <= 'Z' ? entry[i] + 32 : entry[i]);
      i += dot ? 1 : 0;
    }
    if (const Status status = session.set(name, std::string(entry.substr(equals + 1))); !status.ok()) {
      Error error = status.error();
      error.where = std::string("environment variable ") + std::string(entry.substr(0, equals));
      return error;
    }
  }
  for (const auto& [name, value] : arguments.settings)
    if (const Status status = session.set(name, value); !status.ok()) {
      Error error = status.error();
      if (error.where.empty()) error.where = "command line, " + name + "=" + value;
      return error;
    }
  return kDone;
}

// `engine` and `arguments` outlive it.
MakeSession session_maker(Engine& engine, const Arguments& arguments) {
  return [&]() -> Result<Session> {
    Session session = engine.session();
    TRY_STATUS(apply_settings(session, arguments));
    return session;
  };
}

int measure_rules(Engine& engine, const Arguments& arguments) {
  constexpr uint32_t kRepeats = 5;
  const auto times = [&]() -> Result<std::vector<ChoiceTimes>> {
    const MakeSession make_session = session_maker(engine, arguments);
    TRY(text, query_text(arguments));
    TRY(rules, rules_of(make_session, text));
    return measure(make_session, text, rules, kRepeats);
  }();
  if (!times.ok()) return report(times.error(), arguments.file);
  std::fputs(to_text(times.value()).c_str(), stdout);
  close_history(engine);
  return 0;
}

Status run_patterns(Session& session, const Arguments& arguments) {
  if (!arguments.text.has_value()) return print(pattern_list());
  TRY(described, describe_pattern(*arguments.text, arguments.json, session));
  TRY_STATUS(print(described));
  return flush_output();
}

// One of the commands that have a session; the exit code.
int run_in_session(Engine& engine, const Arguments& arguments) {
  Session session = engine.session();
  const Interruptible interruptible(session);
  if (arguments.command ==
      "patterns") {  // what is compared are loops as they were planned, not threads or when code is ready
    for (const auto& [name, value] :
         {std::pair("threads", "1"), std::pair("tier", "compiled"), std::pair("fusion.adapt", "off")})
      if (const Status status = session.set(name, value); !status.ok()) return report(status.error());
  }
  if (const Status status = apply_settings(session, arguments); !status.ok()) return report(status.error());
  if (arguments.command == "shell") return run_shell(session, arguments);
  Status status = kDone;
  bool same = true;
  if (arguments.command == "sql") {
    status = run_sql(session, arguments);
  } else if (arguments.command == "explain") {
    status = run_explain(session, arguments);
  } else if (arguments.command == "verify") {
    const Result<bool> verified = run_verify(session, arguments);
    if (!verified.ok()) return report(verified.error(), arguments.text.value_or(arguments.file));
    same = verified.value();
  } else if (arguments.command == "patterns") {
    status = run_patterns(session, arguments);
  } else if (arguments.command == "form") {
    status = run_form(session, arguments);
  } else {
    status = run_stage(session, arguments);
  }
  if (!status.ok()) return report(status.error(), arguments.file);
  return same ? 0 : 1;
}

Result<Finding> find_fault(Engine& engine, const Arguments& arguments) {
  if (arguments.command == "bisect") {
    TRY(text, query_text(arguments));
    return bisect(session_maker(engine, arguments), text);
  }
  TRY(stage, read_file(*arguments.text + "/stage.txt"));
  return replay(engine, *arguments.text, stage);
}

int run(const Arguments& arguments) {
  if (arguments.command == "help" || arguments.command == "version") {
    if (arguments.command == "help") std::fputs(kUsage, stdout);
    if (arguments.command == "version") std::printf("headrace %s\n", std::string(version()).c_str());
    return 0;
  }
  const std::string calibration = calibration_path();
  static constexpr std::string_view kWithoutHistory[] = {"slt", "calibrate", "patterns", "replay", "bisect"};
  const bool keeps_runs = std::ranges::find(kWithoutHistory, arguments.command) == std::end(kWithoutHistory);
  Engine engine({.threads = 0,
                 .memory_limit_bytes = 0,
                 .reproducers = keeps_runs ? state_path("reproducers") : "",
                 .calibration = calibration,
                 .history = keeps_runs ? history_store_path() : ""});
  if (arguments.command == "calibrate") {
    const std::string& path = arguments.output.empty() ? calibration : arguments.output;
    if (const Status status = engine.calibrate(path); !status.ok()) return report(status.error());
    std::printf("measured this machine: %s\n", path.c_str());
    return 0;
  }
  if (arguments.command == "slt") {
    const Result<bool> passed = run_slt(engine, arguments);
    return !passed.ok() ? report(passed.error()) : passed.value() ? 0 : 1;
  }
  if (arguments.command == "replay" || arguments.command == "bisect") {
    const Result<Finding> found = find_fault(engine, arguments);
    if (!found.ok()) return report(found.error(), arguments.file);
    std::fputs(found.value().text.c_str(), stdout);
    return found.value().differs ? 1 : 0;
  }
  if (arguments.action == "measure") return measure_rules(engine, arguments);
  if (arguments.command == "history" || arguments.command == "fusion") {
    const Status status = run_history(engine, arguments);
    close_history(engine);
    return status.ok() ? 0 : report(status.error());
  }
  const int code = run_in_session(engine, arguments);
  close_history(engine);
  return code;
}

}  // namespace

}  // namespace headrace

int main(int count, char** values) {
  std::signal(SIGINT, headrace::on_interrupt);
  std::signal(SIGTERM, headrace::on_interrupt);
  const auto arguments = headrace::parse_arguments(count, values);
  if (!arguments.ok()) {
    std::fprintf(stderr, "%s\n", headrace::to_text(arguments.error()).c_str());
    return headrace::kUsageExitCode;
  }
  return headrace::run(arguments.value());
}
