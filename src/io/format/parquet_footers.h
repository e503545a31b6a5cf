// io/format/parquet_footers.h — what the footers of Parquet files say, kept by the version of the file, so that the next query neither reads nor
// parses them.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/world.h"
#include "io/format/parquet_file.h"
#include "state/reclaimable.h"

namespace headrace {

// Thread-safe. At most kBytesMax, reserved from the budget; the least recently used go first, and all of them when others need the memory.
class ParquetFooters final : public Reclaimable {
 public:
  static constexpr uint64_t kBytesMax = uint64_t{64} << 20;

  explicit ParquetFooters(MemoryBudget& budget, uint64_t bytes_max = kBytesMax);
  ~ParquetFooters() override;
  ParquetFooters(const ParquetFooters&) = delete;
  ParquetFooters& operator=(const ParquetFooters&) = delete;

  // nullptr: there is none of this version.
  std::shared_ptr<const ParquetFooter> find(const std::string& path, const FileVersion& version);
  // In place of an earlier version's. Not kept: where the version does not tell files apart, or was written so shortly before `now_us` that
  // it may be written again without looking different; or there is no memory left.
  void keep(const std::string& path, const FileVersion& version, std::shared_ptr<const ParquetFooter> footer,
            int64_t now_us);

  uint64_t reclaim(uint64_t bytes) override;

  struct Counters {
    uint64_t hits, misses, files, bytes;
  };
  Counters counters() const;

 private:
  struct Entry {
    std::string path;
    FileVersion version;
    std::shared_ptr<const ParquetFooter> footer;
    std::unique_ptr<Reservation> room;
  };
  using Entries = std::list<Entry>;

  // Takes entries out, the least recently used first, until at least `bytes` are free; requires mutex_. What they hold is let go by the
  // caller, behind the lock.
  Entries take_last(uint64_t bytes);
  Entries take(Entries::iterator entry);

  MemoryBudget& budget_;
  const uint64_t bytes_max_;
  mutable std::mutex mutex_;  // guards what follows; nothing is reserved while it is held
  Entries recent_;  // the most recently used first
  std::unordered_map<std::string, Entries::iterator> by_path_;
  uint64_t hits_ = 0, misses_ = 0, bytes_ = 0;
};

}  // namespace headrace
