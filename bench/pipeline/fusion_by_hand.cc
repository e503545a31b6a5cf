// The chain of bench/fusion.py as a person would write it: one plain loop per thread, -O3 -march=native, no check for
// overflow. It is the ceiling that fused code is measured against. Also measures what the memory gives: a loop that only
// reads the same columns.
//
//   bench_fusion_by_hand ROWS THREADS REPEATS
//   prints {"seconds": …, "peak_bytes": …, "answer": [four sums], "read_bytes_per_second": …}
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <thread>
#include <vector>

#include "fusion_columns.h"

namespace headrace::bench {
namespace {

using Sums = std::array<int64_t, 4>;

Sums chain(const int64_t* __restrict as, const int64_t* __restrict bs, const int64_t* __restrict cs, uint64_t rows) {
  Sums sums{};
  for (uint64_t row = 0; row < rows; ++row) {
    const int64_t a = as[row], b = bs[row], c = cs[row];
    int64_t x = a * 3 + b;
    x = x > 2000 ? x - c : x + c;
    x = x * 2 - a;
    x = x > b * 7 ? x - b : x + a;
    x = x + a * c;
    x = x > 500000 ? x - 250000 : x + b;
    x = x - b * 7;
    x = x < b * 300 ? x + b : x - a;
    x = x * 5 + c;
    const int64_t x10 = x > 1000000 ? x - a * b : x + a * b;
    x = x10 + b;
    x = x < c * 2000 ? x + c : x - c;
    x = x * 2 + a;
    x = x > 3000000 ? x - 1500000 : x + c;
    x = x - c * 11;
    x = x > a * 3500 ? x - a : x + b;
    x = x + b * c;
    x = x < 2000000 ? x * 2 : x - b;
    x = x - a * 3;
    const int64_t x20 = x > 2500000 ? x - c : x + a;
    x = x20 * 3 - b;
    x = x > 9000000 ? x - 6000000 : x + c;
    x = x + a * 17;
    x = x < b * 12000 ? x + b : x - c;
    x = x - a * b;
    x = x < a * 11000 ? a - x : x + 1;
    x = x * 2 + c * 5;
    x = x < 0 ? 0 - x : x - b;
    x = x + a + b + c;
    const int64_t x30 = x > c * 23000 ? x - a : x + b;
    const bool kept = x30 > 11775000;
    sums[0] += kept ? x30 : 0;
    sums[1] += kept ? x20 : 0;
    sums[2] += kept ? x10 : 0;
    sums[3] += kept ? a : 0;
  }
  return sums;
}

Sums read_only(const int64_t* as, const int64_t* bs, const int64_t* cs, uint64_t rows) {
  Sums sums{};
  for (uint64_t row = 0; row < rows; ++row) sums[0] += as[row] ^ bs[row] ^ cs[row];
  return sums;
}

// Runs `loop` over `threads` equal parts at once and adds up their sums.
template <class Loop>
Sums in_parallel(Loop loop, const std::array<Column, 3>& columns, uint64_t threads) {
  const uint64_t rows = columns[0].size;
  std::vector<Sums> parts(threads);
  std::vector<std::thread> workers;
  for (uint64_t thread = 0; thread < threads; ++thread)
    workers.emplace_back([&, thread] {
      const uint64_t begin = rows * thread / threads, end = rows * (thread + 1) / threads;
      parts[thread] =
          loop(&columns[0].values[begin], &columns[1].values[begin], &columns[2].values[begin], end - begin);
    });
  for (std::thread& worker : workers) worker.join();
  Sums sums{};
  for (const Sums& part : parts)
    for (size_t sum = 0; sum < sums.size(); ++sum) sums[sum] += part[sum];
  return sums;
}

// The fastest of `repeats` runs, in seconds; `sums` receives what the last one gave.
template <class Loop>
double fastest(Loop loop, const std::array<Column, 3>& columns, uint64_t threads, uint64_t repeats, Sums& sums) {
  double seconds = 1e300;
  for (uint64_t repeat = 0; repeat < repeats; ++repeat) {
    const auto start = std::chrono::steady_clock::now();
    sums = in_parallel(loop, columns, threads);
    seconds = std::min(seconds, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return seconds;
}

int run(uint64_t rows, uint64_t threads, uint64_t repeats) {
  const std::array<Column, 3> columns{Column(rows, kMultipliers[0]), Column(rows, kMultipliers[1]),
                                      Column(rows, kMultipliers[2])};
  Sums sums{}, unused{};
  const double seconds = fastest(chain, columns, threads, repeats, sums);
  const double read_seconds = fastest(read_only, columns, threads, repeats, unused);
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"seconds\": %.9f, \"peak_bytes\": %ld, \"answer\": [%ld, %ld, %ld, %ld], \"read_bytes_per_second\": %.0f}\n",
      seconds, usage.ru_maxrss * 1024, sums[0], sums[1], sums[2], sums[3],
      static_cast<double>(rows * 3 * sizeof(int64_t)) / read_seconds);
  return unused[0] == -1 ? 1 : 0;  // the read loop's answer is used, so that it is not removed
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: bench_fusion_by_hand ROWS THREADS REPEATS\n");
    return 2;
  }
  return headrace::bench::run(std::strtoull(arguments[1], nullptr, 10), std::strtoull(arguments[2], nullptr, 10),
                              std::strtoull(arguments[3], nullptr, 10));
}
