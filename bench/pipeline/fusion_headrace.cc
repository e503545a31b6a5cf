// Runs the query on stdin over the columns of fusion_columns.h, held in memory, in one of headrace's modes.
//
//   bench_fusion_headrace ROWS THREADS REPEATS FUSION_MODE TIER < QUERY
//   prints {"seconds": the fastest run, "first_seconds": the first one, "peak_bytes": …, "answer": [numbers of the one row]}
//
// A run is text in, rows out: parsing, planning and looking up compiled code count, compiling only in the first one.
#include <arrow/api.h>
#include <arrow/c/bridge.h>
#include <headrace/session.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <string>

#include "fusion_columns.h"

namespace headrace::bench {
namespace {

constexpr int64_t kBatchRows = 65'536;  // one morsel

struct Arguments {
  uint64_t rows, repeats;
  std::string threads, fusion_mode, tier;
};

int fail(const std::string& message) {
  std::fprintf(stderr, "%s\n", message.c_str());
  return 1;
}

// Makes table t (a, b, c) of the session, without a copy of the columns.
Status register_columns(Session& session, const std::vector<Column>& columns) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  for (size_t column = 0; column < columns.size(); ++column) {
    fields.push_back(arrow::field(std::string(1, static_cast<char>('a' + column)), arrow::int64(), /*nullable=*/false));
    const std::span<const int64_t> values = columns[column].span();
    arrays.push_back(std::make_shared<arrow::Int64Array>(static_cast<int64_t>(values.size()),
                                                         arrow::Buffer::Wrap(values.data(), values.size())));
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  auto reader = std::make_shared<arrow::TableBatchReader>(table);
  reader->set_chunksize(kBatchRows);
  ArrowArrayStream stream{};
  const arrow::Status exported = arrow::ExportRecordBatchReader(reader, &stream);
  if (!exported.ok()) return Error{ErrorCode::kBadInput, exported.ToString(), "", ""};
  return session.register_arrow("t", &stream);
}

// "1,2,3" of the second line of a CSV text with one row.
std::string only_row(const std::string& csv) {
  const size_t begin = csv.find('\n');
  if (begin == std::string::npos) return "";
  return csv.substr(begin + 1, csv.find_last_not_of("\r\n") - begin);
}

Status prepare(Session& session, const Arguments& arguments, const std::vector<Column>& columns) {
  TRY_STATUS(session.set("threads", arguments.threads));
  TRY_STATUS(session.set("fusion.mode", arguments.fusion_mode));
  TRY_STATUS(session.set("tier", arguments.tier));
  return register_columns(session, columns);
}

int run(const Arguments& arguments, const std::string& query) {
  std::vector<Column> columns;
  for (const uint64_t multiplier : kMultipliers) columns.emplace_back(arguments.rows, multiplier);
  Engine engine;
  Session session = engine.session();
  if (const Status ready = prepare(session, arguments, columns); !ready.ok()) return fail(to_text(ready.error()));

  double fastest = 1e300, first = 0;
  std::string answer;
  for (uint64_t repeat = 0; repeat < arguments.repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    Result<Rows> rows = session.sql(query);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!rows.ok()) return fail(to_text(rows.error()));
    Result<std::string> text = rows.value().to_text("csv");
    if (!text.ok()) return fail(to_text(text.error()));
    answer = only_row(text.value());
    fastest = std::min(fastest, seconds);
    if (repeat == 0) first = seconds;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"seconds\": %.9f, \"first_seconds\": %.9f, \"peak_bytes\": %ld, \"answer\": [%s]}\n", fastest, first,
              usage.ru_maxrss * 1024, answer.c_str());
  return 0;
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count != 6) {
    std::fprintf(stderr, "usage: bench_fusion_headrace ROWS THREADS REPEATS FUSION_MODE TIER < QUERY\n");
    return 2;
  }
  const std::string query{std::istreambuf_iterator<char>(std::cin), {}};
  return headrace::bench::run({.rows = std::strtoull(arguments[1], nullptr, 10),
                               .repeats = std::strtoull(arguments[3], nullptr, 10),
                               .threads = arguments[2],
                               .fusion_mode = arguments[4],
                               .tier = arguments[5]},
                              query);
}
