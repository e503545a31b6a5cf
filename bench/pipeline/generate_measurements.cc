// Measurements as in the one billion row challenge: lines `station;12.3`, 413 stations, -99.9 to 99.9.
//
//   bench_generate_measurements ROWS SEED PATH
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "generated_text.h"

namespace headrace::bench {
namespace {

constexpr size_t kStations = 413;

struct Station {
  std::string name;
  int64_t mean_tenths;
};

std::vector<Station> stations(Random& random) {
  std::vector<std::string> names;
  while (names.size() < kStations) {
    std::string name = random_name(random);
    if (random.one_in(8)) name += " " + random_name(random);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  }
  std::vector<Station> result;
  for (std::string& name : names) result.push_back({std::move(name), static_cast<int64_t>(random.below(450)) - 100});
  return result;
}

// The mean and the sum of four even numbers, some 11 degrees wide.
int64_t temperature_tenths(int64_t mean_tenths, Random& random) {
  int64_t sum = 0;
  for (uint64_t bits = random.next(), part = 0; part < 4; ++part, bits >>= 16)
    sum += static_cast<int64_t>(bits & 0xFFFF);
  return std::clamp<int64_t>(mean_tenths + (sum - 2 * 0xFFFF) * 200 / 0x10000, -999, 999);
}

void write(uint64_t rows, uint64_t seed, const char* path) {
  Random random(seed);
  const std::vector<Station> all = stations(random);
  TextFile file(path);
  for (uint64_t row = 0; row < rows; ++row) {
    const Station& station = all[random.below(all.size())];
    const int64_t tenths = temperature_tenths(station.mean_tenths, random);
    const auto size = static_cast<uint64_t>(std::abs(tenths));
    file.text += station.name;
    file.text += tenths < 0 ? ";-" : ";";
    append_number(file.text, size / 10);
    file.text += '.';
    file.text += static_cast<char>('0' + size % 10);
    file.text += '\n';
    file.line_done();
  }
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: bench_generate_measurements ROWS SEED PATH\n");
    return 2;
  }
  headrace::bench::write(std::strtoull(arguments[1], nullptr, 10), std::strtoull(arguments[2], nullptr, 10),
                         arguments[3]);
  return 0;
}
