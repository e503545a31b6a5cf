// io/format/index_bytes.h — what page indexes and Bloom filters of a remote Parquet file are read through: those of many row groups come together.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "base/world.h"
#include "io/byte_ranges.h"
#include "state/buffer.h"

namespace headrace {

// Thread-safe. Who reads bytes that are held waits for nobody; others are a request of their own.
class IndexBytes final : public ReadableFile {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{1} << 20;  // of what is brought for later row groups, gaps included
  static constexpr uint64_t kHeldBytesMax = uint64_t{4} << 20;  // and what is brought at once at most
  static constexpr size_t kRequestsMax =
      64;  // with more than so many of its own, a row group brings nothing for later ones

  IndexBytes(std::shared_ptr<ReadableFile> file, MemoryBudget& budget) : file_(std::move(file)), budget_(budget) {}

  struct Stretch {
    ByteRange range;
    std::shared_ptr<Buffer> bytes;
  };
  using Brought = std::vector<std::shared_ptr<const Stretch>>;  // As long as it lives, its bytes are held.
  using RangesOf = std::function<std::vector<ByteRange>(int group)>;

  // Brings what is not held of `wanted`, in few requests; with that, of the later row groups, in the order given, what costs no request more. What is
  // too long to be held or finds no memory is left for its reader. Waits while another call brings something that is not held.
  //   wanted, ranges_of  inside the file
  // Errors: those of the file's read_at.
  Result<Brought> bring(const std::vector<ByteRange>& wanted, std::span<const int> later, const RangesOf& ranges_of);
  // Nothing is held from now on.
  void let_go();

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  FileVersion version() const override { return file_->version(); }
  bool is_remote() const override { return file_->is_remote(); }
  uint64_t gap_bytes_max() const override { return file_->gap_bytes_max(); }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override;

 private:
  std::vector<ByteRange> merged(std::vector<ByteRange> ranges) const;
  std::vector<ByteRange> not_held(const std::vector<ByteRange>& ranges) const;
  Brought holding(const std::vector<ByteRange>& ranges) const;
  void add_later(std::vector<ByteRange>& asked, std::span<const int> later, const RangesOf& ranges_of) const;
  Status fetch(const ByteRange& range, Brought& brought);
  void hold(std::shared_ptr<const Stretch> stretch);

  const std::shared_ptr<ReadableFile> file_;
  MemoryBudget& budget_;
  std::mutex bringing_;  // held while bring() waits for the net; in front of mutex_
  mutable std::mutex mutex_;  // guards what follows
  Brought held_;  // the oldest first
  bool lets_go_ = false;
};

}  // namespace headrace
