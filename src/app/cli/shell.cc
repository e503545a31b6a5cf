#include "app/cli/shell.h"

#include <headrace/nearest_name.h>

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "app/cli/line_reader.h"
#include "app/cli/progress_line.h"
#include "app/cli/state_path.h"
#include "app/cli/statement_end.h"
#include "app/cli/terminal.h"

namespace headrace {

const char kShellHelp[] =
    R"(Statements end with a semicolon and may run over several lines. Tab completes keywords, functions, tables and columns.
Ctrl-C gives up the line or stops the query; Ctrl-D ends.

.help              this text
.tables            tables and views of the session
.schema [NAME]     their columns
.mode NAME         how rows are printed: table, csv or ndjson
.timer on|off      print how long each statement took
.read FILE         run the statements of a file
.quit              end; quit and exit do, too
)";

namespace {

std::atomic<bool> interrupted = false;
std::atomic<Session*> shell_session = nullptr;

pthread_t reading_thread;

// A worker may get the signal; only in the thread that reads does it end the wait for a key.
void on_interrupt(int number) {
  if (pthread_equal(pthread_self(), reading_thread) == 0) {
    pthread_kill(reading_thread, number);
    return;
  }
  interrupted = true;
  if (Session* session = shell_session.load(); session != nullptr) session->cancel();
}

double seconds_now() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void make_folders(const std::string& path) {
  for (size_t at = 1; (at = path.find('/', at)) != std::string::npos; ++at) ::mkdir(path.substr(0, at).c_str(), 0700);
}

// Of the lines that were typed; empty: there is no place for them.
std::string history_path() {
  const std::string path = state_path("history");
  if (!path.empty()) make_folders(path);
  return path;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

// quit or exit, without a dot as in other shells.
bool is_farewell(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t"), last = line.find_last_not_of(" \t;");
  if (first == std::string::npos || last == std::string::npos || last < first) return false;
  const std::string word = lower(line.substr(first, last + 1 - first));
  return word == "quit" || word == "exit";
}

constexpr std::string_view kCommands[] = {".help", ".tables", ".schema", ".mode", ".timer", ".read", ".quit", ".exit"};
constexpr std::string_view kModes[] = {"table", "csv", "ndjson"};

class Shell {
 public:
  Shell(Session& session, const Arguments& arguments)
      : session_(session),
        arguments_(arguments),
        reader_(history_path(), [this](const std::string& word) { return completions(word); }) {
    if (!arguments.format.empty()) mode_ = arguments.format;
  }

  int run() {
    if (reader_.is_terminal()) std::printf("headrace %s — .help lists the commands\n", std::string(version()).c_str());
    std::string line;
    while (!ended_) {
      const LineReader::End end = reader_.read(statement_.empty() ? "headrace> " : "     ...> ", line);
      if (end == LineReader::End::kInterrupted) {
        std::fputs("^C\n", stdout);
        statement_.clear();
        interrupted = false;
        continue;
      }
      if (end == LineReader::End::kEnd) break;
      take(line);
    }
    run_statements(statement_);
    if (reader_.is_terminal() && !ended_) std::fputs("\n", stdout);
    return reader_.is_terminal() ? 0 : worst_code_;
  }

 private:
  void take(const std::string& line) {
    if (statement_.empty() && line.starts_with('.')) {
      reader_.remember(line);
      run_command(line);
      return;
    }
    if (statement_.empty() && line.find_first_not_of(" \t") == std::string::npos) return;
    if (statement_.empty() && is_farewell(line)) {
      ended_ = true;
      return;
    }
    statement_ += (statement_.empty() ? "" : "\n") + line;
    if (!ends_statement(statement_)) return;
    reader_.remember(statement_);
    run_statements(statement_);
    statement_.clear();
  }

  void report(const Error& error) {
    std::fflush(stdout);
    std::fprintf(stderr, "%s\n", to_text(error).c_str());
    worst_code_ = std::max(worst_code_, static_cast<int>(error.code));
  }

  // Each prints its rows. The first that fails is the last one.
  void run_statements(const std::string& text) {
    for (const std::string& statement : split_statements(text))
      if (!run_statement(statement)) return;
  }

  bool run_statement(const std::string& text) {
    interrupted = false;
    const double began = seconds_now();
    const Status status = answer(text);
    interrupted = false;
    if (!status.ok()) report(status.error());
    if (timer_) std::printf("(%.3f s)\n", seconds_now() - began);
    std::fflush(stdout);
    return status.ok();
  }

  Status answer(const std::string& text) {
    Result<Rows> rows = [&] {
      const ProgressLine progress(session_);
      return session_.sql(text);
    }();
    if (!rows.ok()) return rows.error();
    for (const std::string& note : session_.notes()) std::fprintf(stderr, "note: %s\n", note.c_str());
    return print(rows.value(), mode_);
  }

  Status print(const Rows& rows, const std::string& mode) {
    if (rows.columns().empty()) return kDone;
    const auto write = [](std::string_view bytes) -> Status {
      if (interrupted) return Error{ErrorCode::kCancelled, "the output was stopped", "", ""};
      std::fwrite(bytes.data(), 1, bytes.size(), stdout);
      return kDone;
    };
    return rows.write(mode, write, arguments_.rows_max, arguments_.width_max.value_or(terminal_width()));
  }

  void run_command(const std::string& line) {
    const size_t space = std::min(line.find_first_of(" \t"), line.size());
    const std::string command = lower(line.substr(0, space));
    std::string argument = line.substr(std::min(line.find_first_not_of(" \t", space), line.size()));
    argument.resize(argument.find_last_not_of(" \t;") + 1);
    if (command == ".help") {
      std::fputs(kShellHelp, stdout);
    } else if (command == ".quit" || command == ".exit") {
      ended_ = true;
    } else if (command == ".tables") {
      run_statement("SHOW TABLES");
    } else if (command == ".schema") {
      show_schema(argument);
    } else if (command == ".timer") {
      if (argument != "on" && argument != "off")
        return report({ErrorCode::kInvalidPlan, "expected .timer on or .timer off", "", ""});
      timer_ = argument == "on";
    } else if (command == ".mode") {
      set_mode(argument);
    } else if (command == ".read") {
      read_file(argument);
    } else {
      std::string hint = did_you_mean(command, kCommands);
      report({ErrorCode::kInvalidPlan, "there is no command " + command, "",
              hint.empty() ? ".help lists the commands" : std::move(hint)});
    }
    std::fflush(stdout);
  }

  void set_mode(const std::string& mode) {
    if (std::find(std::begin(kModes), std::end(kModes), mode) != std::end(kModes)) {
      mode_ = mode;
      return;
    }
    std::string hint = did_you_mean(mode, kModes);
    report({ErrorCode::kInvalidPlan, "expected .mode table, csv or ndjson, found '" + mode + "'", "", std::move(hint)});
  }

  void read_file(const std::string& path) {
    std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "rb");
    if (file == nullptr)
      return report({ErrorCode::kIo, "the file cannot be read", path, ".read takes the name of a file of statements"});
    std::string text;
    char buffer[65536];
    for (size_t count; (count = std::fread(buffer, 1, sizeof buffer, file)) > 0;) text.append(buffer, count);
    std::fclose(file);
    run_statements(text);
  }

  // One table, or all.
  void show_schema(const std::string& only) {
    const std::vector<std::string> tables = session_.names().tables;
    const auto is_wanted = [&](const std::string& name) { return only.empty() || lower(name) == lower(only); };
    if (!only.empty() && std::none_of(tables.begin(), tables.end(), is_wanted)) {
      std::string hint = did_you_mean(only, std::vector<std::string_view>(tables.begin(), tables.end()));
      return report({ErrorCode::kInvalidPlan, "there is no table or view '" + only + "'", "",
                     hint.empty() ? ".tables lists them" : std::move(hint)});
    }
    for (const std::string& name : tables) {
      if (!is_wanted(name)) continue;
      std::string quoted = "\"";
      for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
      const auto rows = session_.sql("DESCRIBE " + quoted + "\"");
      if (!rows.ok()) return report(rows.error());
      std::string text = name + " (";
      bool first = true;
      (void)rows.value().for_each_row([&](const std::vector<std::optional<std::string>>& column) -> Status {
        text += (first ? "" : ", ") + column[0].value_or("") + " " + column[1].value_or("");
        if (column[2] == "NO") text += " NOT NULL";
        if (column[4].has_value()) text += " DEFAULT " + *column[4];
        first = false;
        return kDone;
      });
      std::printf("%s);\n", text.c_str());
    }
  }

  std::vector<std::string> completions(const std::string& word) {
    std::vector<std::string> found;
    const std::string wanted = lower(word);
    const auto add = [&](const std::string& name, const std::string& ending) {
      if (lower(name).starts_with(wanted)) found.push_back(name + ending);
    };
    if (word.starts_with('.')) {
      for (const std::string_view command : kCommands) add(std::string(command), "");
      return found;
    }
    const Names names = session_.names();
    for (const std::string& name : names.tables) add(name, "");
    for (const std::string& name : names.columns) add(name, "");
    const bool small = !word.empty() && word == wanted;  // typed in lower case: so are the keywords
    for (const std::string& name : names.keywords) add(small ? lower(name) : name, "");
    for (const std::string& name : names.functions) add(name, "(");
    std::sort(found.begin(), found.end());
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
  }

  Session& session_;
  const Arguments& arguments_;
  LineReader reader_;
  std::string statement_;  // typed so far
  std::string mode_ = "table";
  bool timer_ = false;
  bool ended_ = false;
  int worst_code_ = 0;
};

}  // namespace

int run_shell(Session& session, const Arguments& arguments) {
  std::setlocale(LC_CTYPE, "");
  shell_session = &session;
  reading_thread = pthread_self();
  // Without SA_RESTART a read that waits for a key ends when the signal comes.
  struct sigaction action{};
  action.sa_handler = on_interrupt;
  sigaction(SIGINT, &action, nullptr);
  const int code = Shell(session, arguments).run();
  shell_session = nullptr;
  return code;
}

}  // namespace headrace
