#include "io/fetched_file.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>

#include <fmt/format.h>

#include "base/check.h"
#include "runtime/scheduler/io_threads.h"
#include "state/buffer.h"

namespace headrace {
namespace {

constexpr auto kCancelPoll = std::chrono::milliseconds(20);

}  // namespace

// What one request brings.
struct FetchedFile::Part {
  enum State { kRegistered, kUnderWay, kHere, kFailed, kGone };

  ByteRange range;
  State state = kRegistered;
  std::shared_ptr<Buffer> bytes = {};
  std::optional<Error> error = {};
  // Those of the ranges it was made of that are not read to their ends, and up to where they are.
  std::vector<ByteRange> unread = {};
  // Of a window: its place in the chain, and how many come in front of it and stay behind it.
  uint32_t window = 0, ahead = 0, behind = 0;
  bool is_window = false;

  void let_go() {
    bytes.reset();
    state = kGone;
  }
};

// Outlives the file while requests are under way.
struct FetchedFile::Shared {
  CancelToken abandoned;
  std::mutex mutex = {};  // guards what follows
  std::condition_variable arrived = {};
  std::vector<std::shared_ptr<Part>> parts = {};  // ascending by range
  uint32_t under_way = 0;
};

FetchedFile::FetchedFile(std::shared_ptr<ReadableFile> file, MemoryBudget& budget, IoThreads* threads)
    : file_(std::move(file)), budget_(budget), threads_(threads), shared_(std::make_shared<Shared>()) {}

FetchedFile::~FetchedFile() { shared_->abandoned.cancel(); }

void FetchedFile::add(std::vector<ByteRange> ranges) {
  const std::lock_guard lock(shared_->mutex);
  // What comes along with a part that is there already stays in it; of what overlaps one, the rest is new.
  for (ByteRange& range : ranges)
    for (const auto& part : shared_->parts) {
      if (range.begin >= part->range.end || range.end <= part->range.begin) continue;
      if (part->range.holds(range)) {
        part->unread.push_back(range);
        range.end = range.begin;
      } else if (part->range.begin <= range.begin) {
        range.begin = part->range.end;
      } else {
        range.end = part->range.begin;
      }
    }
  for (const ByteRange& merged : merged_ranges(ranges, file_->gap_bytes_max(), kRequestBytesMax)) {
    auto part = std::make_shared<Part>();
    part->range = merged;
    for (const ByteRange& range : ranges)
      if (merged.holds(range) && range.begin < range.end) part->unread.push_back(range);
    shared_->parts.push_back(std::move(part));
  }
  std::ranges::sort(shared_->parts, {}, [](const auto& part) { return part->range.begin; });
}

void FetchedFile::add_front_to_back(ByteRange range, uint32_t ahead, uint32_t behind) {
  const std::lock_guard lock(shared_->mutex);
  uint32_t window = 0;
  for (uint64_t begin = range.begin; begin < range.end; begin += kWindowBytes) {
    auto part = std::make_shared<Part>();
    part->range = {begin, std::min(begin + kWindowBytes, range.end)};
    part->unread.push_back(part->range);
    part->is_window = true;
    part->window = window++;
    part->ahead = ahead;
    part->behind = behind;
    shared_->parts.push_back(std::move(part));
  }
  std::ranges::sort(shared_->parts, {}, [](const auto& part) { return part->range.begin; });
}

uint64_t FetchedFile::fetch() {
  std::vector<std::shared_ptr<Part>> wanted;
  {
    const std::lock_guard lock(shared_->mutex);
    for (const auto& part : shared_->parts)
      if (part->window == 0 && part->state == Part::kRegistered) wanted.push_back(part);
  }
  uint64_t bytes = 0;
  for (const auto& part : wanted) {
    // Half of the memory stays free of what is only likely to be of use soon; the part is asked for when it is read.
    if (budget_.bytes_used() + part->range.bytes() > budget_.bytes_max() / 2) break;
    if (start(part)) bytes += part->range.bytes();
  }
  return bytes;
}

bool FetchedFile::is_ready() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->under_way == 0;
}

// False: it was started before, or there is no memory for it.
bool FetchedFile::start(const std::shared_ptr<Part>& part) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (part->state != Part::kRegistered) return false;
    part->state = Part::kUnderWay;
    ++shared_->under_way;
  }
  Result<std::shared_ptr<Buffer>> room = Buffer::allocate(budget_, "read ahead", part->range.bytes());
  if (!room.ok()) {
    const std::lock_guard lock(shared_->mutex);
    --shared_->under_way;
    part->let_go();
    shared_->arrived.notify_all();
    return false;
  }
  auto work = [file = file_, shared = shared_, part, bytes = std::move(room.value())]() mutable {
    std::optional<Error> error;
    if (const Status status = shared->abandoned.check(); !status.ok()) {
      error = status.error();
    } else {
      const Result<uint64_t> got =
          file->read_at(part->range.begin, {static_cast<char*>(bytes->data()), bytes->bytes()});
      if (!got.ok()) {
        error = got.error();
      } else if (got.value() < bytes->bytes()) {
        error = Error{ErrorCode::kIo,
                      fmt::format("the file ends early: expected {} bytes at byte {}, found {}", bytes->bytes(),
                                  part->range.begin, got.value()),
                      "", ""};
      }
    }
    const std::lock_guard lock(shared->mutex);
    part->state = error ? Part::kFailed : Part::kHere;
    if (!error) part->bytes = std::move(bytes);
    part->error = std::move(error);
    --shared->under_way;
    shared->arrived.notify_all();
  };
  if (threads_ == nullptr) {
    work();
  } else {
    threads_->submit([work = std::move(work), shared = shared_]() mutable {
      const CancelScope scope(&shared->abandoned);
      work();
    });
  }
  return true;
}

// The part that holds the byte, if there is one that can still be read; of several one that was asked for. Requires the mutex.
std::shared_ptr<FetchedFile::Part> FetchedFile::part_at(uint64_t offset) {
  std::shared_ptr<Part> found;
  for (const auto& part : shared_->parts) {
    if (part->range.begin > offset) break;
    if (offset >= part->range.end || part->state == Part::kGone) continue;
    if (found == nullptr || found->state == Part::kRegistered) found = part;
  }
  return found;
}

// Asks for the window and those ahead of it, and lets go of those far behind. `at`: its place among the parts.
void FetchedFile::start_window(size_t at) {
  std::vector<std::shared_ptr<Part>> wanted;
  {
    const std::lock_guard lock(shared_->mutex);
    const auto& parts = shared_->parts;
    const Part& read = *parts[at];
    const auto in_chain = [&](size_t other) {
      return other < parts.size() && parts[other]->is_window && parts[other]->window + at == read.window + other;
    };
    for (size_t other = at; other <= at + (threads_ == nullptr ? 0 : read.ahead) && in_chain(other); ++other)
      if (parts[other]->state == Part::kRegistered) wanted.push_back(parts[other]);
    for (size_t back = read.behind + 1; back <= at && in_chain(at - back) && parts[at - back]->state != Part::kGone;
         ++back)
      if (parts[at - back]->state == Part::kHere) parts[at - back]->let_go();
  }
  for (const auto& part : wanted) start(part);
}

Result<uint64_t> FetchedFile::read_part(const std::shared_ptr<Part>& part, uint64_t offset, std::span<char> to) {
  std::unique_lock lock(shared_->mutex);
  while (part->state == Part::kUnderWay) {
    if (const CancelToken* cancel = current_cancel()) TRY_STATUS(cancel->check());
    shared_->arrived.wait_for(lock, kCancelPoll);
  }
  if (part->state == Part::kFailed) return *part->error;
  if (part->state != Part::kHere) return uint64_t{0};
  const uint64_t count = std::min<uint64_t>(to.size(), part->range.end - offset);
  const std::shared_ptr<Buffer> bytes = part->bytes;
  for (ByteRange& range : part->unread)
    if (offset < range.end && offset + count > range.begin) range.begin = std::min(range.end, offset + count);
  std::erase_if(part->unread, [](const ByteRange& range) { return range.begin == range.end; });
  if (part->unread.empty() && !part->is_window) part->let_go();
  lock.unlock();
  std::memcpy(to.data(), static_cast<const char*>(bytes->data()) + (offset - part->range.begin), count);
  return count;
}

Result<uint64_t> FetchedFile::read_at(uint64_t offset, std::span<char> to) {
  const uint64_t size = size_bytes();
  if (offset >= size) return uint64_t{0};
  to = to.first(std::min<uint64_t>(to.size(), size - offset));
  uint64_t done = 0;
  while (done < to.size()) {
    const std::span<char> rest = to.subspan(done);
    std::shared_ptr<Part> part;
    size_t at = 0;
    uint64_t other_bytes = rest.size();  // up to the next part
    {
      const std::lock_guard lock(shared_->mutex);
      part = part_at(offset + done);
      if (part != nullptr) at = static_cast<size_t>(std::ranges::find(shared_->parts, part) - shared_->parts.begin());
      for (const auto& next : shared_->parts)
        if (next->range.begin > offset + done && next->state != Part::kGone)
          other_bytes = std::min(other_bytes, next->range.begin - offset - done);
    }
    if (part != nullptr) {
      if (part->is_window)
        start_window(at);
      else
        start(part);
      TRY(got, read_part(part, offset + done, rest));
      done += got;
      if (got > 0) continue;
      other_bytes = std::min<uint64_t>(rest.size(), part->range.end - offset - done);
    }
    TRY(got, file_->read_at(offset + done, rest.first(other_bytes)));
    if (got == 0) break;
    done += got;
  }
  return done;
}

}  // namespace headrace
