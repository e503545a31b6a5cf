// io/format/index_bytes.h — what page indexes and Bloom filters of a remote Parquet file are read through: those of many row groups come together.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "base/world.h"
#include "io/byte_ranges.h"
#include "state/buffer.h"

namespace headrace {

// Thread-safe; who reads waits for the net. Bytes that are not held are a request of their own.
class IndexBytes final : public ReadableFile {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{1} << 20;  // of what is brought for later row groups, gaps included
  static constexpr uint64_t kHeldBytesMax = uint64_t{4} << 20;  // but of one row group

  IndexBytes(std::shared_ptr<ReadableFile> file, MemoryBudget& budget) : file_(std::move(file)), budget_(budget) {}

  // Brings what is not held of the ranges of `group`, in few requests; with them, of those of the row groups behind it, what costs no request more.
  // Where that fails or finds no memory, nothing is held, and who reads finds out.
  //   ranges_of  inside the file
  void bring(int group, int groups, const std::function<std::vector<ByteRange>(int group)>& ranges_of);

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  FileVersion version() const override { return file_->version(); }
  bool is_remote() const override { return file_->is_remote(); }
  uint64_t gap_bytes_max() const override { return file_->gap_bytes_max(); }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override;

 private:
  struct Stretch {
    ByteRange range;
    std::shared_ptr<Buffer> bytes;
  };
  std::vector<ByteRange> not_held(const std::vector<ByteRange>& ranges) const;
  void hold(const ByteRange& range);

  const std::shared_ptr<ReadableFile> file_;
  MemoryBudget& budget_;
  mutable std::mutex mutex_;  // guards what follows; held while bring() waits
  std::vector<Stretch> held_;  // the oldest first
};

}  // namespace headrace
