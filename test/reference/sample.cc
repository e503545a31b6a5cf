// Which rows a sample takes, from docs/design/sql.md: the hash is written here a second time.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "reference/relation.h"

namespace headrace::reference {

namespace {

uint64_t mixed(uint64_t x) {
  x = (x ^ (x >> 33)) * 18397679294719823053u;
  x = (x ^ (x >> 33)) * 14181476777654086739u;
  return x ^ (x >> 33);
}
uint64_t key_of(uint64_t seed, uint64_t place) {
  const uint64_t step = 11400714819323198485u;
  return mixed(mixed(seed + step) + step * place);
}

// Whether a chance of so many percent comes true: the key as a number from 0 to 1 lies below it.
bool is_drawn(uint64_t key, double percent) {
  return percent >= 100 || static_cast<long double>(key) < percent / 100 * 0x1p64L;
}

// Of the rows [begin, end), the places of the `wanted` ones with the lowest keys.
void draw_lowest(uint64_t seed, uint64_t begin, uint64_t end, uint64_t wanted, std::vector<uint64_t>& places) {
  std::vector<std::pair<uint64_t, uint64_t>> keys;
  for (uint64_t place = begin; place < end; ++place) keys.emplace_back(key_of(seed, place), place);
  std::sort(keys.begin(), keys.end());
  keys.resize(std::min<uint64_t>(keys.size(), wanted));
  for (const auto& [key, place] : keys) places.push_back(place);
}

std::vector<uint64_t> drawn_places(const SampleSpec& spec, uint64_t rows) {
  std::vector<uint64_t> places;
  if (spec.rows.has_value()) draw_lowest(spec.seed, 0, rows, *spec.rows, places);
  for (uint64_t begin = 0; !spec.rows.has_value() && begin < rows;) {
    const uint64_t size = spec.method == SampleMethod::kBernoulli ? 1
                          : spec.method == SampleMethod::kSystem  ? 2048
                                                                  : 100'000;
    const uint64_t end = std::min(begin + size, rows);
    if (spec.method == SampleMethod::kReservoir) {
      const double wanted = std::floor(spec.percent * static_cast<double>(end - begin) / 100 + 0.5);
      draw_lowest(spec.seed, begin, end, static_cast<uint64_t>(wanted), places);
    } else if (is_drawn(key_of(spec.seed, begin / size), spec.percent)) {
      for (uint64_t place = begin; place < end; ++place) places.push_back(place);
    }
    begin = end;
  }
  std::sort(places.begin(), places.end());
  return places;
}

}  // namespace

// Rows without an order are counted in the total order of all their columns.
Relation sampled(const Sample& node, const Surroundings& surroundings) {
  const Relation input = relation_of(*node.input, surroundings);
  Relation result = input.ordered ? input : sorted(input, {}, surroundings.on_fault);
  result.literals.clear();
  result.open = [spec = node.spec, ordered = input.ordered, open = result.open](Read read) -> Rows {
    if (!ordered) read.assign(read.size(), true);
    std::vector<Row> rows, drawn;
    const Rows next = open(read);
    for (Row row; next(row);) {
      look_at(row, read);
      rows.push_back(row);
    }
    for (const uint64_t place : drawn_places(spec, rows.size())) drawn.push_back(rows[place]);
    return rows_from(std::move(drawn));
  };
  return result;
}

}  // namespace headrace::reference
