// Snappy pages decompressed by us and by the library, MB of output per second of one thread's processor time, pages of 1 MiB:
//   cells    eight-byte integers below 10^7, as prices lie in a page
//   keys     ascending integers, four rows each
//   text     words of a small vocabulary
//   noise    bytes that do not compress
// Ceiling: `noise`, which is copied.
#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/check.h"
#include "io/parquet/snappy.h"

namespace {

using Bytes = std::vector<uint8_t>;
constexpr size_t kPageBytes = size_t{1} << 20;
constexpr int kPages = 16, kTries = 9;

double now_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

Bytes page_of(const std::string& kind, std::mt19937_64& random) {
  Bytes page;
  const auto put = [&](const void* from, size_t bytes) {
    const auto* begin = static_cast<const uint8_t*>(from);
    page.insert(page.end(), begin, begin + bytes);
  };
  for (uint64_t row = 0; page.size() < kPageBytes; ++row) {
    if (kind == "text") {
      const std::string word = fmt::format("{} ", random() % 700 * 7'919);
      put(word.data(), word.size());
    } else {
      const uint64_t value = kind == "cells" ? random() % 10'000'000 : kind == "keys" ? 4'000'000 + row / 4 : random();
      put(&value, sizeof value);
    }
  }
  page.resize(kPageBytes);
  return page;
}

double megabytes_per_second(const std::function<void(int)>& page) {
  double best = 1e9;
  for (int turn = 0; turn < kTries; ++turn) {
    const double begin = now_seconds();
    for (int i = 0; i < kPages; ++i) page(i);
    best = std::min(best, now_seconds() - begin);
  }
  return kPages * static_cast<double>(kPageBytes) / best * 1e-6;
}

void measure(const std::string& kind, arrow::util::Codec& codec) {
  std::mt19937_64 random(1);
  std::vector<Bytes> pages;
  size_t stored = 0;
  Bytes out(kPageBytes);
  for (int i = 0; i < kPages; ++i) {
    const Bytes page = page_of(kind, random);
    Bytes& to = pages.emplace_back(static_cast<size_t>(codec.MaxCompressedLen(kPageBytes, page.data())));
    to.resize(static_cast<size_t>(
        codec.Compress(kPageBytes, page.data(), static_cast<int64_t>(to.size()), to.data()).ValueOrDie()));
    stored += to.size();
    CHECK(headrace::parquet_in::decompress_snappy(to, out) && out == page);
  }
  const double ours = megabytes_per_second(
      [&](int i) { CHECK(headrace::parquet_in::decompress_snappy(pages[static_cast<size_t>(i)], out)); });
  const double library = megabytes_per_second([&](int i) {
    const Bytes& page = pages[static_cast<size_t>(i)];
    CHECK(codec.Decompress(static_cast<int64_t>(page.size()), page.data(), kPageBytes, out.data()).ok());
  });
  fmt::print("{:<8} {:>6.2f} {:>8.0f} {:>8.0f} {:>6.2f}\n", kind, static_cast<double>(kPages * kPageBytes) / stored,
             ours, library, ours / library);
}

}  // namespace

int main() {
  const auto codec = arrow::util::Codec::Create(arrow::Compression::SNAPPY).ValueOrDie();
  fmt::print("{:<8} {:>6} {:>8} {:>8} {:>6}\n", "pages", "ratio", "ours", "library", "times");
  for (const char* kind : {"cells", "keys", "text", "noise"}) measure(kind, *codec);
}
