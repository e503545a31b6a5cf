// io/fetched_file.h — a remote file whose parts are brought by threads that wait for the net, in few long requests, some of them ahead of
// their readers.
#pragma once

#include <memory>
#include <vector>

#include "base/cancel.h"
#include "base/world.h"
#include "io/byte_ranges.h"
#include "state/budget.h"

namespace headrace {

class IoThreads;

// Parts are registered by add() and add_front_to_back(), and asked for by fetch(), or when they are read first. A read of a part waits until it
// is here, or until current_cancel(); a read of other bytes is a request of its own. A part is let go once all of it was read. Memory is
// reserved when a part is asked for; without room for it, it is read as other bytes are. Safe for concurrent use.
class FetchedFile final : public ReadableFile {
 public:
  static constexpr uint64_t kRequestBytesMax = uint64_t{16} << 20;  // of ranges that are merged
  static constexpr uint64_t kWindowBytes = uint64_t{4} << 20;  // of what is read front to back

  // `threads` nullptr: who reads waits for the net itself. Both outlive the file.
  FetchedFile(std::shared_ptr<ReadableFile> file, MemoryBudget& budget, IoThreads* threads);
  // Cancels what is under way, and does not wait for it.
  ~FetchedFile() override;

  // Each range is read front to back, once; they come in merged_ranges, and may bridge what lies between them: add those first that
  // are wanted first.
  void add(std::vector<ByteRange> ranges);
  // A long range: it comes a window at a time, `ahead` windows in front of the one that is read, and `behind` of them stay for readers that lag.
  void add_front_to_back(ByteRange range, uint32_t ahead, uint32_t behind);
  // Asks for all that was added so far, and for the first window of what is long. Returns how many bytes that are.
  uint64_t fetch();
  // Nothing that was asked for is still under way.
  bool is_ready() const;

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  FileVersion version() const override { return file_->version(); }
  bool is_remote() const override { return file_->is_remote(); }
  uint64_t gap_bytes_max() const override { return file_->gap_bytes_max(); }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override;

 private:
  struct Part;
  struct Shared;

  bool start(const std::shared_ptr<Part>& part);
  void start_window(size_t window);
  std::shared_ptr<Part> part_at(uint64_t offset);
  Result<uint64_t> read_part(const std::shared_ptr<Part>& part, uint64_t offset, std::span<char> to);

  const std::shared_ptr<ReadableFile> file_;
  MemoryBudget& budget_;
  IoThreads* const threads_;
  const std::shared_ptr<Shared> shared_;
};

}  // namespace headrace
