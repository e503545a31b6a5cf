#include "io/counted_file.h"

#include <algorithm>

namespace headrace {
namespace {

class CountedFile final : public ReadableFile {
 public:
  CountedFile(std::shared_ptr<ReadableFile> file, std::shared_ptr<ReadCounters> counters)
      : file_(std::move(file)), counters_(std::move(counters)) {}

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  FileVersion version() const override { return file_->version(); }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const uint64_t away = file_->bytes_away(offset, to.size());
    TRY(got, file_->read_at(offset, to));
    if (away > 0) {
      counters_->bytes.fetch_add(std::min(got, away), std::memory_order_relaxed);
      counters_->requests.fetch_add(1, std::memory_order_relaxed);
    }
    return got;
  }
  bool is_remote() const override { return file_->is_remote(); }
  uint64_t gap_bytes_max() const override { return file_->gap_bytes_max(); }
  uint64_t bytes_away(uint64_t offset, uint64_t bytes) const override { return file_->bytes_away(offset, bytes); }
  void will_need(uint64_t offset, uint64_t bytes) override { file_->will_need(offset, bytes); }

 private:
  const std::shared_ptr<ReadableFile> file_;
  const std::shared_ptr<ReadCounters> counters_;
};

}  // namespace

std::shared_ptr<ReadableFile> counted_file(std::shared_ptr<ReadableFile> file, std::shared_ptr<ReadCounters> counters) {
  return std::make_shared<CountedFile>(std::move(file), std::move(counters));
}

}  // namespace headrace
