#include "kernel/text/similarity.h"

#include <algorithm>
#include <span>

#include "kernel/text.h"
#include "kernel/text/code_point.h"

namespace headrace::kernel {

namespace {

// `count` items in the arena; empty without memory.
template <class T>
std::span<T> scratch(size_t count, Faults& faults, KernelContext& context) {
  char* bytes = context.arena->allocate(std::max<size_t>(count, 1) * sizeof(T));
  faults.add_if(Faults::kMemory, bytes == nullptr);
  return bytes == nullptr ? std::span<T>() : std::span<T>(reinterpret_cast<T*>(bytes), count);
}

std::span<uint32_t> code_points_of(StringRef text, Faults& faults, KernelContext& context) {
  const std::span<uint32_t> points = scratch<uint32_t>(text.size, faults, context);
  if (points.data() == nullptr) return {};
  size_t count = 0;
  const char* const end = text.data() + text.size;
  for (const char* at = text.data(); at < end;) {
    const CodePoint point = decode(at, end);
    points[count++] = point.code;
    at += point.bytes;
  }
  return points.first(count);
}

struct Texts {
  std::span<uint32_t> left, right;
};
Texts code_points_of(StringRef left, StringRef right, Faults& faults, KernelContext& context) {
  return {code_points_of(left, faults, context), code_points_of(right, faults, context)};
}

void sort_distinct(std::span<uint32_t>& points) {
  std::sort(points.begin(), points.end());
  points = points.first(static_cast<size_t>(std::unique(points.begin(), points.end()) - points.begin()));
}

// Jaro's measure; 0 where there is nothing in common.
double jaro_of(const Texts& texts, Faults& faults, KernelContext& context) {
  const auto& [left, right] = texts;
  if (left.empty() || right.empty()) return 0;
  const size_t longest = std::max(left.size(), right.size());
  const size_t window = longest / 2 > 0 ? longest / 2 - 1 : 0;
  const std::span<uint8_t> taken = scratch<uint8_t>(left.size() + right.size(), faults, context);
  if (taken.data() == nullptr) return 0;
  std::fill(taken.begin(), taken.end(), uint8_t{0});
  const std::span<uint8_t> left_taken = taken.first(left.size()), right_taken = taken.subspan(left.size());
  size_t matches = 0;
  for (size_t i = 0; i < left.size(); ++i) {
    const size_t from = i > window ? i - window : 0;
    const size_t to = std::min(right.size(), i + window + 1);
    for (size_t j = from; j < to; ++j) {
      if (right_taken[j] != 0 || left[i] != right[j]) continue;
      left_taken[i] = right_taken[j] = 1;
      ++matches;
      break;
    }
  }
  if (matches == 0) return 0;
  size_t out_of_order = 0;
  for (size_t i = 0, j = 0; i < left.size(); ++i) {
    if (left_taken[i] == 0) continue;
    while (right_taken[j] == 0) ++j;
    out_of_order += left[i] != right[j] ? 1 : 0;
    ++j;
  }
  const auto m = static_cast<double>(matches);
  const auto transpositions = static_cast<double>(out_of_order / 2);
  return (m / static_cast<double>(left.size()) + m / static_cast<double>(right.size()) + (m - transpositions) / m) / 3;
}

}  // namespace

int64_t levenshtein(StringRef left, StringRef right, Faults& faults, KernelContext& context) noexcept {
  const auto [a, b] = code_points_of(left, right, faults, context);
  const std::span<uint32_t> row = scratch<uint32_t>(b.size() + 1, faults, context);
  if (faults.bits != 0) return 0;
  for (uint32_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (uint32_t i = 0; i < a.size(); ++i) {
    uint32_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const uint32_t replaced = diagonal + (a[i] != b[j] ? 1 : 0);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

// Lowrance and Wagner, "An Extension of the String-to-String Correction Problem", JACM 22(2), 1975. What it needs to know of a
// code point, its last row on the left, is kept beside each place of the left text.
int64_t damerau_levenshtein(StringRef left, StringRef right, Faults& faults, KernelContext& context) noexcept {
  const auto [a, b] = code_points_of(left, right, faults, context);
  const size_t width = b.size() + 2;
  constexpr size_t kCellsMax = size_t{1} << 28;
  const bool too_large = (a.size() + 2) * width > kCellsMax;
  faults.overflow_if(too_large);
  if (faults.bits != 0) return 0;
  const std::span<uint32_t> cells = scratch<uint32_t>((a.size() + 2) * width, faults, context);
  const std::span<uint32_t> last_row =
      scratch<uint32_t>(b.size() + 1, faults, context);  // of b[j] in a, from 1; 0: not yet
  if (faults.bits != 0) return 0;
  const auto cell = [&](size_t i, size_t j) -> uint32_t& { return cells[i * width + j]; };  // shifted by one
  const auto infinite = static_cast<uint32_t>(a.size() + b.size());
  std::fill(last_row.begin(), last_row.end(), 0U);
  cell(0, 0) = infinite;
  for (size_t i = 0; i <= a.size(); ++i) {
    cell(i + 1, 0) = infinite;
    cell(i + 1, 1) = static_cast<uint32_t>(i);
  }
  for (size_t j = 0; j <= b.size(); ++j) {
    cell(0, j + 1) = infinite;
    cell(1, j + 1) = static_cast<uint32_t>(j);
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t last_column = 0;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t row = last_row[j - 1];
      const size_t column = last_column;
      const bool same = a[i - 1] == b[j - 1];
      if (same) last_column = j;
      const uint32_t exchanged = cell(row, column) + static_cast<uint32_t>((i - row - 1) + 1 + (j - column - 1));
      cell(i + 1, j + 1) = std::min({cell(i, j) + (same ? 0U : 1U), cell(i + 1, j) + 1, cell(i, j + 1) + 1,
                                     row > 0 && column > 0 ? exchanged : infinite});
    }
    for (size_t j = 0; j < b.size(); ++j)
      if (b[j] == a[i - 1]) last_row[j] = static_cast<uint32_t>(i);
  }
  return cell(a.size() + 1, b.size() + 1);
}

int64_t hamming(StringRef left, StringRef right, Faults& faults) noexcept {
  const char* a = left.data();
  const char* b = right.data();
  const char* const a_end = a + left.size;
  const char* const b_end = b + right.size;
  int64_t different = 0;
  while (a < a_end && b < b_end) {
    const CodePoint one = decode(a, a_end), other = decode(b, b_end);
    different += one.code != other.code ? 1 : 0;
    a += one.bytes;
    b += other.bytes;
  }
  faults.add_if(Faults::kBadArgument, a < a_end || b < b_end);
  return different;
}

double jaccard(StringRef left, StringRef right, Faults& faults, KernelContext& context) noexcept {
  auto [a, b] = code_points_of(left, right, faults, context);
  faults.add_if(Faults::kBadArgument, left.size == 0 || right.size == 0);
  if (faults.bits != 0) return 0;
  sort_distinct(a);
  sort_distinct(b);
  size_t both = 0;
  for (const uint32_t code : a) both += std::binary_search(b.begin(), b.end(), code) ? 1 : 0;
  return static_cast<double>(both) / static_cast<double>(a.size() + b.size() - both);
}

double jaro(StringRef left, StringRef right, Faults& faults, KernelContext& context) noexcept {
  return jaro_of(code_points_of(left, right, faults, context), faults, context);
}

double jaro_winkler(StringRef left, StringRef right, Faults& faults, KernelContext& context) noexcept {
  const Texts texts = code_points_of(left, right, faults, context);
  const double similarity = jaro_of(texts, faults, context);
  if (similarity <= 0.7) return similarity;
  constexpr size_t kPrefixMax = 4;
  size_t prefix = 0;
  const size_t end = std::min({kPrefixMax, texts.left.size(), texts.right.size()});
  while (prefix < end && texts.left[prefix] == texts.right[prefix]) ++prefix;
  return similarity + static_cast<double>(prefix) * 0.1 * (1 - similarity);
}

}  // namespace headrace::kernel
