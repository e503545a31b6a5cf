#include "base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace headrace {
namespace {

constexpr size_t kNameBytesMax = 64;  // longer ones are not typing mistakes, and would cost their square

char lower(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; }

template <class Name>
std::string nearest(std::string_view name, std::span<const Name> known) {
  if (name.empty() || name.size() > kNameBytesMax) return "";
  const size_t edits_max = std::clamp<size_t>(name.size() / 3, 1, 4);
  size_t best_distance = edits_max + 1;
  std::string_view best;
  for (std::string_view candidate : known) {
    const size_t longer = std::max(candidate.size(), name.size());
    if (longer - std::min(candidate.size(), name.size()) >= best_distance) continue;
    const size_t distance = edit_distance(name, candidate);
    // A name with no letter left of what was typed is not a correction of it.
    if (distance < best_distance && distance < longer) {
      best_distance = distance;
      best = candidate;
    }
  }
  return std::string(best);
}

std::string question(const std::string& name) { return name.empty() ? "" : "did you mean " + name + "?"; }

}  // namespace

size_t edit_distance(std::string_view left, std::string_view right) {
  const size_t width = right.size() + 1;
  std::vector<size_t> before(width), previous(width), current(width);  // rows i-2, i-1, i of the table
  for (size_t j = 0; j < width; ++j) current[j] = j;
  for (size_t i = 1; i <= left.size(); ++i) {
    std::swap(before, previous);
    std::swap(previous, current);
    current[0] = i;
    for (size_t j = 1; j < width; ++j) {
      const char a = lower(left[i - 1]), b = lower(right[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a == b ? 0 : 1)});
      if (i > 1 && j > 1 && a == lower(right[j - 2]) && b == lower(left[i - 2]))
        current[j] = std::min(current[j], before[j - 2] + 1);
    }
  }
  return current[right.size()];
}

std::string nearest_name(std::string_view name, std::span<const std::string_view> known) {
  return nearest(name, known);
}
std::string nearest_name(std::string_view name, std::span<const std::string> known) { return nearest(name, known); }

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  return question(nearest(name, known));
}
std::string did_you_mean(std::string_view name, std::span<const std::string> known) {
  return question(nearest(name, known));
}

}  // namespace headrace
