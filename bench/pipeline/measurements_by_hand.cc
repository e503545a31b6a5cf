// The 1brc query as one would write it for this one file: a mapped file, a table a thread, numbers as tenths, no checks.
//
//   bench_measurements_by_hand PATH THREADS REPEATS
//   prints {"seconds": …, "peak_bytes": …, "answer": [[station, least, mean, greatest, readings], …]}
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace headrace::bench {
namespace {

struct Station {
  std::string_view name;
  int64_t sum = 0, count = 0, least = 1'000, greatest = -1'000;  // tenths
};

// Open addressing by the first eight bytes and the length of a name; 413 names leave most of it empty.
class Table {
 public:
  Table() : slots_(kSlots) {}

  Station& find(std::string_view name) {
    uint64_t head = 0;
    std::memcpy(&head, name.data(), std::min<size_t>(name.size(), 8));
    uint64_t slot = ((head ^ (name.size() << 59)) * 0x9E3779B97F4A7C15) >> (64 - kBits);
    while (slots_[slot].count != 0 && slots_[slot].name != name) slot = (slot + 1) % kSlots;
    slots_[slot].name = name;
    return slots_[slot];
  }
  const std::vector<Station>& slots() const { return slots_; }

 private:
  static constexpr uint64_t kBits = 14, kSlots = uint64_t{1} << kBits;
  std::vector<Station> slots_;
};

void read(const char* at, const char* end, Table& table) {
  while (at < end) {
    const auto* semicolon = static_cast<const char*>(std::memchr(at, ';', static_cast<size_t>(end - at)));
    const std::string_view name(at, static_cast<size_t>(semicolon - at));
    at = semicolon + 1;
    const bool negative = *at == '-';
    at += negative ? 1 : 0;
    int64_t tenths = 0;
    for (; *at != '\n'; ++at)
      if (*at != '.') tenths = tenths * 10 + (*at - '0');
    ++at;
    if (negative) tenths = -tenths;
    Station& station = table.find(name);
    station.sum += tenths;
    ++station.count;
    station.least = std::min(station.least, tenths);
    station.greatest = std::max(station.greatest, tenths);
  }
}

using Answer = std::map<std::string_view, Station>;

Answer run(const char* bytes, size_t size, size_t threads) {
  std::vector<const char*> borders{bytes};
  for (size_t i = 1; i < threads; ++i)
    borders.push_back(static_cast<const char*>(std::memchr(bytes + size / threads * i, '\n', size)) + 1);
  borders.push_back(bytes + size);
  std::vector<Table> tables(threads);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < threads; ++i) workers.emplace_back([&, i] { read(borders[i], borders[i + 1], tables[i]); });
  for (std::thread& worker : workers) worker.join();
  Answer answer;
  for (const Table& table : tables) {
    for (const Station& part : table.slots()) {
      if (part.count == 0) continue;
      Station& whole = answer[part.name];
      whole.sum += part.sum;
      whole.count += part.count;
      whole.least = std::min(whole.least, part.least);
      whole.greatest = std::max(whole.greatest, part.greatest);
    }
  }
  return answer;
}

void print(const Answer& answer, double seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf("{\"seconds\": %.6f, \"peak_bytes\": %ld, \"answer\": [", seconds, usage.ru_maxrss * 1024);
  const char* separator = "";
  for (const auto& [name, station] : answer) {
    const double mean = static_cast<double>(station.sum) / (10.0 * static_cast<double>(station.count));
    std::printf("%s[\"%.*s\", %.1f, %.17g, %.1f, %lld]", separator, static_cast<int>(name.size()), name.data(),
                static_cast<double>(station.least) / 10, mean, static_cast<double>(station.greatest) / 10,
                static_cast<long long>(station.count));
    separator = ", ";
  }
  std::printf("]}\n");
}

int main_of(char** arguments) {
  const int file = open(arguments[1], O_RDONLY | O_CLOEXEC);
  struct stat status{};
  if (file < 0 || fstat(file, &status) != 0) {
    std::perror(arguments[1]);
    return 1;
  }
  const auto size = static_cast<size_t>(status.st_size);
  double best = 1e9;
  Answer answer;
  for (int repeat = std::atoi(arguments[3]); repeat > 0; --repeat) {
    const auto start = std::chrono::steady_clock::now();
    void* mapped = mmap(nullptr, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file, 0);
    if (mapped == MAP_FAILED) return 1;
    answer = run(static_cast<const char*>(mapped), size, std::strtoull(arguments[2], nullptr, 10));
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    if (repeat == 1) print(answer, best);
    munmap(mapped, size);
  }
  close(file);
  return 0;
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: bench_measurements_by_hand PATH THREADS REPEATS\n");
    return 2;
  }
  return headrace::bench::main_of(arguments);
}
