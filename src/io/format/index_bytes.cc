#include "io/format/index_bytes.h"

#include <algorithm>
#include <cstring>

namespace headrace {

std::vector<ByteRange> IndexBytes::merged(std::vector<ByteRange> ranges) const {
  return merged_ranges(std::move(ranges), file_->gap_bytes_max(), kHeldBytesMax);
}

std::vector<ByteRange> IndexBytes::not_held(const std::vector<ByteRange>& ranges) const {
  const std::lock_guard lock(mutex_);
  std::vector<ByteRange> missing;
  for (const ByteRange& range : ranges)
    if (std::ranges::none_of(held_, [&](const auto& one) { return one->range.holds(range); })) missing.push_back(range);
  return missing;
}

IndexBytes::Brought IndexBytes::holding(const std::vector<ByteRange>& ranges) const {
  const std::lock_guard lock(mutex_);
  Brought found;
  for (const auto& one : held_)
    if (std::ranges::any_of(ranges, [&](const ByteRange& range) { return one->range.holds(range); }))
      found.push_back(one);
  return found;
}

Result<IndexBytes::Brought> IndexBytes::bring(const std::vector<ByteRange>& wanted, std::span<const int> later,
                                              const RangesOf& ranges_of) {
  // What lies together is one, whichever of it is wanted first: its reader reads it at once.
  const std::vector<ByteRange> together = merged(wanted);
  Brought brought = holding(together);
  if (not_held(together).empty()) return brought;
  const std::lock_guard lock(bringing_);
  std::vector<ByteRange> asked = not_held(together);
  brought = holding(together);
  if (asked.size() <= kRequestsMax) add_later(asked, later, ranges_of);
  uint64_t bytes = 0;
  for (const ByteRange& range : asked)
    if (bytes + range.bytes() <= kHeldBytesMax) {
      TRY_STATUS(fetch(range, brought));
      bytes += range.bytes();
    }
  return brought;
}

void IndexBytes::add_later(std::vector<ByteRange>& asked, std::span<const int> later, const RangesOf& ranges_of) const {
  const uint64_t bytes_max = bytes_of(asked) + kBytesMax;
  for (const int group : later) {
    bool any = false;
    for (const ByteRange& range : not_held(merged(ranges_of(group)))) {
      std::vector<ByteRange> more = asked;
      more.push_back(range);
      more = merged(std::move(more));
      if (more.size() > asked.size() || bytes_of(more) > bytes_max) continue;
      asked = std::move(more);
      any = true;
    }
    if (!any) return;
  }
}

Status IndexBytes::fetch(const ByteRange& range, Brought& brought) {
  Result<std::shared_ptr<Buffer>> room = Buffer::allocate(budget_, "parquet reader", range.bytes());
  if (!room.ok()) return kDone;
  TRY(got, file_->read_at(range.begin, {static_cast<char*>(room.value()->data()), range.bytes()}));
  if (got < range.bytes()) return kDone;
  brought.push_back(std::make_shared<const Stretch>(range, std::move(room.value())));
  hold(brought.back());
  return kDone;
}

void IndexBytes::hold(std::shared_ptr<const Stretch> stretch) {
  const std::lock_guard lock(mutex_);
  if (lets_go_) return;
  held_.push_back(std::move(stretch));
  uint64_t bytes = 0;
  for (const auto& one : held_) bytes += one->range.bytes();
  std::erase_if(held_, [&](const auto& one) {
    const bool goes = bytes > kHeldBytesMax && one.use_count() == 1;
    if (goes) bytes -= one->range.bytes();
    return goes;
  });
}

void IndexBytes::let_go() {
  const std::lock_guard lock(mutex_);
  lets_go_ = true;
  held_.clear();
}

Result<uint64_t> IndexBytes::read_at(uint64_t offset, std::span<char> to) {
  const ByteRange wanted{offset, offset + to.size()};
  const Brought found = holding({wanted});
  if (found.empty()) return file_->read_at(offset, to);
  const Stretch& one = *found.front();
  std::memcpy(to.data(), static_cast<const char*>(one.bytes->data()) + (offset - one.range.begin), to.size());
  return uint64_t{to.size()};
}

}  // namespace headrace
