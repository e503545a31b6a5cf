// app/cli/main.cc — the headrace program: a thin layer over the public interface.
#include <headrace/session.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "app/cli/arguments.h"

namespace headrace {

namespace {

constexpr int kUsageExitCode = 64;

Session* interrupted_session = nullptr;  // for the signal handler; set before the handler is

// The first signal cancels; a second one ends the process, whatever it is doing.
void on_interrupt(int number) {
  std::signal(number, SIG_DFL);
  interrupted_session->cancel();
}

int report(const Error& error) {
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

// The statement, the file's text, or standard input.
Result<std::string> query_text(const Arguments& arguments) {
  if (arguments.text.has_value()) return *arguments.text;
  if (arguments.file.empty()) return read_stdin();
  std::ifstream file(arguments.file, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (!file)
    return Error{ErrorCode::kIo, "the file cannot be read", arguments.file, "check the path and its permissions"};
  return text;
}

std::string format_of(const Arguments& arguments) { return arguments.format.empty() ? "table" : arguments.format; }

Status print_rows(const Rows& rows, const Arguments& arguments) {
  if (rows.columns().empty() && format_of(arguments) == "table") return kDone;
  TRY_STATUS(rows.write(format_of(arguments), print, arguments.rows_max));
  return flush_output();
}

Status run_sql(Session& session, const Arguments& arguments) {
  TRY(text, query_text(arguments));
  if (!arguments.output.empty()) {
    TRY(rows, session.sql_to_file(text, arguments.output, arguments.format));
    (void)rows;
    return kDone;
  }
  TRY(rows, session.sql(text));
  return print_rows(rows, arguments);
}

Status run_explain(Session& session, const Arguments& arguments) {
  TRY(text, query_text(arguments));
  if (!arguments.format.empty() && arguments.format != "text" && arguments.format != "json")
    return Error{ErrorCode::kInvalidPlan, "explain prints text or json, found " + arguments.format, "command line", ""};
  TRY(explained,
      session.explain(text, {arguments.stage, arguments.fusion, arguments.analyze, arguments.format == "json"}));
  TRY_STATUS(print(explained));
  return flush_output();
}

Result<bool> run_verify(Session& session, Arguments arguments) {
  if (arguments.text.has_value()) arguments.file = *std::exchange(arguments.text, std::nullopt);
  TRY(text, query_text(arguments));
  TRY(verified, session.verify(text));
  TRY_STATUS(print(verified.text));
  TRY_STATUS(print(verified.same ? "all " + std::to_string(verified.configurations) + " answers are the same bits\n"
                                 : std::string("answers differ, or a tier that was asked for ran nothing\n")));
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
  return print_rows(rows, arguments);
}

// Standard input goes to a temporary file first: Arrow IPC may be read out of order.
Status run_stage(Session& session, const Arguments& arguments) {
  if (arguments.file.empty() && !arguments.text.has_value())
    return Error{ErrorCode::kInvalidPlan, "stage expects --file F with the stage's text", "command line", ""};
  TRY(text, query_text(arguments));
  const char* directory = std::getenv("TMPDIR");
  std::string path = std::string(directory != nullptr ? directory : "/tmp") + "/headrace-stage-XXXXXX";
  const int descriptor = mkstemp(path.data());
  std::FILE* file = descriptor < 0 ? nullptr : fdopen(descriptor, "wb");
  if (file == nullptr) return Error{ErrorCode::kIo, "a temporary file cannot be made", path, "set TMPDIR"};
  const std::string input = read_stdin();
  const bool written = std::fwrite(input.data(), 1, input.size(), file) == input.size();
  const bool closed = std::fclose(file) == 0;
  Result<Rows> rows = written && closed
                          ? session.run_shipped(text, path)
                          : Result<Rows>(Error{ErrorCode::kIo, "a temporary file cannot be written", path, ""});
  std::remove(path.c_str());
  if (!rows.ok()) return rows.error();
  return print_rows(rows.value(), arguments);
}

int run(const Arguments& arguments) {
  if (arguments.command == "help" || arguments.command == "version") {
    if (arguments.command == "help") std::fputs(kUsage, stdout);
    if (arguments.command == "version") std::printf("headrace %s\n", std::string(version()).c_str());
    return 0;
  }
  Engine engine;
  Session session = engine.session();
  interrupted_session = &session;
  std::signal(SIGINT, on_interrupt);
  std::signal(SIGTERM, on_interrupt);
  for (const auto& [name, value] : arguments.settings)
    if (const Status status = session.set(name, value); !status.ok()) return report(status.error());
  Status status = kDone;
  bool same = true;
  if (arguments.command == "sql") {
    status = run_sql(session, arguments);
  } else if (arguments.command == "explain") {
    status = run_explain(session, arguments);
  } else if (arguments.command == "verify") {
    const Result<bool> verified = run_verify(session, arguments);
    if (!verified.ok()) return report(verified.error());
    same = verified.value();
  } else if (arguments.command == "form") {
    status = run_form(session, arguments);
  } else if (arguments.command == "stage") {
    status = run_stage(session, arguments);
  } else {
    std::fprintf(stderr, "error: unknown command '%s'\n  hint: headrace help lists the commands\n",
                 arguments.command.c_str());
    return kUsageExitCode;
  }
  if (!status.ok()) return report(status.error());
  return same ? 0 : 1;
}

}  // namespace

}  // namespace headrace

int main(int count, char** values) {
  const auto arguments = headrace::parse_arguments(count, values);
  if (!arguments.ok()) {
    std::fprintf(stderr, "%s\n", headrace::to_text(arguments.error()).c_str());
    return 64;
  }
  return headrace::run(arguments.value());
}
