// Runs queries in one session of headrace and says how long each took.
//
//   bench_query_headrace THREADS REPEATS ANSWERS SETUP.sql QUERY.sql…
//   prints {"setup_seconds": …, "peak_bytes": …, "queries": [{"seconds": [each run], "cpu_seconds": [each run]} or {"error": "…"}, …]}, and writes the
//   answer of QUERY.sql to ANSWERS/QUERY.arrow, unless ANSWERS is -
//
// SETUP.sql runs once and is not timed with the queries: views over files, or tables in memory. A run is text in, rows out:
// parsing, planning and looking up compiled code count, compiling only in the first one.
#include <headrace/session.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace headrace::bench {
namespace {

int fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 1;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Of all threads of this process.
double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// A JSON string of one line of text.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char letter : text.substr(0, text.find('\n'))) {
    if (letter == '"' || letter == '\\') result += '\\';
    result += static_cast<unsigned char>(letter) < ' ' ? ' ' : letter;
  }
  return result + '"';
}

// {"seconds": […], "cpu_seconds": […]} or {"error": "…"}, as printed.
std::string run_query(Session& session, uint64_t repeats, const std::filesystem::path& query,
                      const std::filesystem::path& answers) {
  const std::string text = text_of(query);
  std::string seconds, cpu;
  for (uint64_t repeat = 0; repeat < repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    const double cpu_start = cpu_seconds();
    Result<Rows> rows = session.sql(text);
    cpu += (repeat == 0 ? "" : ", ") + std::to_string(cpu_seconds() - cpu_start);
    const double taken = seconds_since(start);
    if (!rows.ok()) return "{\"error\": " + quoted(rows.error().message) + "}";
    seconds += (repeat == 0 ? "" : ", ") + std::to_string(taken);
    if (repeat + 1 < repeats || answers == "-") continue;
    const Status written = rows.value().write_file(answers / query.stem() += ".arrow", "arrow");
    if (!written.ok()) return "{\"error\": " + quoted(written.error().message) + "}";
  }
  return "{\"seconds\": [" + seconds + "], \"cpu_seconds\": [" + cpu + "]}";
}

int run(int count, char** arguments) {
  Engine engine;
  Session session = engine.session();
  if (const Status set = session.set("threads", arguments[1]); !set.ok()) return fail(to_text(set.error()));
  const auto start = std::chrono::steady_clock::now();
  if (const auto ready = session.sql(text_of(arguments[4])); !ready.ok()) return fail(to_text(ready.error()));
  const double setup_seconds = seconds_since(start);
  std::string queries;
  for (int query = 5; query < count; ++query) {
    queries += (query == 5 ? "" : ", ") +
               run_query(session, std::strtoull(arguments[2], nullptr, 10), arguments[query], arguments[3]);
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"setup_seconds\": %.6f, \"peak_bytes\": %ld, \"queries\": [%s]}\n", setup_seconds,
              usage.ru_maxrss * 1024, queries.c_str());
  return 0;
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count < 6) {
    std::fprintf(stderr, "usage: bench_query_headrace THREADS REPEATS ANSWERS SETUP.sql QUERY.sql…\n");
    return 2;
  }
  return headrace::bench::run(count, arguments);
}
