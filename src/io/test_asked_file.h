// io/test_asked_file.h — for tests: a remote file that remembers what it was asked for.
#pragma once

#include <algorithm>
#include <cstring>
#include <latch>
#include <mutex>
#include <string>
#include <vector>

#include "base/world.h"
#include "io/byte_ranges.h"

namespace headrace {

class AskedFile final : public ReadableFile {
 public:
  explicit AskedFile(uint64_t bytes) {
    for (uint64_t index = 0; index < bytes; ++index) content.push_back(static_cast<char>(index * 7 % 253));
  }
  uint64_t size_bytes() const override { return content.size(); }
  FileVersion version() const override { return {}; }
  bool is_remote() const override { return true; }
  uint64_t gap_bytes_max() const override { return 100; }
  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    if (hold != nullptr) hold->wait();
    const std::lock_guard lock(mutex);
    asked.push_back({offset, offset + to.size()});
    if (fails) return Error{ErrorCode::kIo, "the net is down", "", ""};
    const uint64_t count = std::min<uint64_t>(to.size(), content.size() - std::min(offset, content.size()));
    std::memcpy(to.data(), content.data() + offset, count);
    return count;
  }
  std::vector<ByteRange> all_asked() {
    const std::lock_guard lock(mutex);
    std::vector<ByteRange> sorted = asked;
    std::ranges::sort(sorted, {}, &ByteRange::begin);
    return sorted;
  }

  std::string content;
  std::latch* hold = nullptr;
  bool fails = false;
  std::mutex mutex;
  std::vector<ByteRange> asked;
};

}  // namespace headrace
