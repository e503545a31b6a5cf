#include "io/format/index_bytes.h"

#include <algorithm>
#include <cstring>

namespace headrace {
namespace {

uint64_t bytes_of(const std::vector<ByteRange>& ranges) {
  uint64_t bytes = 0;
  for (const ByteRange& range : ranges) bytes += range.bytes();
  return bytes;
}

bool holds(const ByteRange& whole, const ByteRange& part) { return whole.begin <= part.begin && part.end <= whole.end; }

}  // namespace

std::vector<ByteRange> IndexBytes::not_held(const std::vector<ByteRange>& ranges) const {
  std::vector<ByteRange> missing;
  for (const ByteRange& range : ranges)
    if (std::ranges::none_of(held_, [&](const Stretch& one) { return holds(one.range, range); }))
      missing.push_back(range);
  return missing;
}

void IndexBytes::bring(int group, int groups, const std::function<std::vector<ByteRange>(int group)>& ranges_of) {
  const std::lock_guard lock(mutex_);
  const auto merged = [&](std::vector<ByteRange> ranges) {
    return merged_ranges(std::move(ranges), file_->gap_bytes_max(), kHeldBytesMax);
  };
  std::vector<ByteRange> wanted = merged(not_held(ranges_of(group)));
  if (wanted.empty()) return;
  const uint64_t bytes_max = bytes_of(wanted) + kBytesMax;
  for (bool any = true; any && ++group < groups;) {
    any = false;
    for (const ByteRange& range : not_held(ranges_of(group))) {
      std::vector<ByteRange> more = wanted;
      more.push_back(range);
      more = merged(std::move(more));
      if (more.size() > wanted.size() || bytes_of(more) > bytes_max) continue;
      wanted = std::move(more);
      any = true;
    }
  }
  for (const ByteRange& range : wanted) hold(range);
}

void IndexBytes::hold(const ByteRange& range) {
  if (range.bytes() > kHeldBytesMax) return;
  uint64_t held = range.bytes();
  for (const Stretch& one : held_) held += one.range.bytes();
  while (held > kHeldBytesMax && !held_.empty()) {
    held -= held_.front().range.bytes();
    held_.erase(held_.begin());
  }
  Result<std::shared_ptr<Buffer>> room = Buffer::allocate(budget_, "parquet reader", range.bytes());
  if (!room.ok()) return;
  auto* to = static_cast<char*>(room.value()->data());
  const Result<uint64_t> got = file_->read_at(range.begin, {to, range.bytes()});
  if (got.ok() && got.value() == range.bytes()) held_.push_back({range, std::move(room.value())});
}

Result<uint64_t> IndexBytes::read_at(uint64_t offset, std::span<char> to) {
  const ByteRange wanted{offset, offset + to.size()};
  Stretch found;
  {
    const std::lock_guard lock(mutex_);
    for (const Stretch& one : held_)
      if (holds(one.range, wanted)) found = one;
  }
  if (found.bytes == nullptr) return file_->read_at(offset, to);
  std::memcpy(to.data(), static_cast<const char*>(found.bytes->data()) + (offset - found.range.begin), to.size());
  return uint64_t{to.size()};
}

}  // namespace headrace
