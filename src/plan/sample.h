// plan/sample.h — which rows a sample takes: a function of the seed and of each row's ordinal, its place in the order of the
// sample's input, counted from 0. So neither threads nor batch sizes nor the way a query runs can show.
//
//   kBernoulli  each row on its own, with a chance of `percent`
//   kSystem     blocks of kSampleSystemRows rows, each with a chance of `percent`
//   kReservoir  `rows` rows of all; without `rows`, of each kSampleReservoirRows rows their share of `percent`, rounded to
//               the nearest whole number, halves up
//
// Rows come out in the order of the input. A row's key is 64 bits that look random: sample_key(seed, ordinal), or of the
// number of its block. A chance of `percent` are the keys below that part of 2^64; a reservoir takes the lowest keys, of equal
// ones the lower ordinal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "expr/token_cursor.h"

namespace headrace {

enum class SampleMethod : uint8_t { kReservoir, kBernoulli, kSystem };
const char* sample_method_name(SampleMethod method);  // "reservoir"
std::optional<SampleMethod> sample_method_of(std::string_view name);  // in any case

inline constexpr uint64_t kSampleSystemRows = 2'048;
inline constexpr uint64_t kSampleReservoirRows = 100'000;

struct SampleSpec {
  SampleMethod method = SampleMethod::kReservoir;
  std::optional<uint64_t> rows;  // kReservoir alone; at most INT64_MAX
  double percent = 0;  // 0 … 100; with `rows`: 0
  uint64_t seed = 0;
  friend bool operator==(const SampleSpec&, const SampleSpec&) = default;
};

inline uint64_t sample_key(uint64_t seed, uint64_t ordinal) {
  constexpr uint64_t kStep = 0x9e3779b97f4a7c15ULL;
  return mix64(mix64(seed + kStep) + kStep * ordinal);
}
// How many of so many rows a reservoir of `percent` takes.
uint64_t sample_share(double percent, uint64_t rows);

// kInvalidPlan: rows with another method than kReservoir, or a percentage that is none.
Status verify(const SampleSpec& spec);

// "reservoir 10 rows seed 0", "bernoulli 2.5 percent seed 42", of the text forms of plans and stages.
std::string to_text(const SampleSpec& spec);
Result<SampleSpec> parse_sample(TokenCursor& cursor);

}  // namespace headrace
