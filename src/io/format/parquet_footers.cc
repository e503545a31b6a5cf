#include "io/format/parquet_footers.h"

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

// Times of files move on in steps of a few milliseconds.
constexpr int64_t kSettledNs = 20'000'000;
// A parsed footer in memory, by its bytes in the file: measured for 16 and 1,000 columns, with and without statistics.
constexpr uint64_t kParsedFactor = 8;

uint64_t bytes_of(const ParquetFooter& footer) {
  const uint64_t written = footer.metadata == nullptr ? 0 : footer.metadata->size();
  return written * kParsedFactor + footer.schema.size() * sizeof(Column) +
         footer.columns.size() * sizeof(ParquetColumn) + footer.first_rows.size() * sizeof(uint64_t);
}

bool tells_apart(const FileVersion& version, int64_t now_us) {
  if (!version.tag.empty()) return true;
  const int64_t written_ns = std::max(version.modified_ns, version.changed_ns);
  return version.file != 0 && written_ns < now_us * 1'000 - kSettledNs;
}

bool same(const FileVersion& one, const FileVersion& other) {
  return one == other && one.changed_ns == other.changed_ns;
}

}  // namespace

ParquetFooters::ParquetFooters(MemoryBudget& budget, uint64_t bytes_max) : budget_(budget), bytes_max_(bytes_max) {
  add_reclaimable(budget_, this);
}

ParquetFooters::~ParquetFooters() { remove_reclaimable(budget_, this); }

std::shared_ptr<const ParquetFooter> ParquetFooters::find(const std::string& path, const FileVersion& version) {
  Entries gone;
  const std::lock_guard lock(mutex_);
  const auto found = by_path_.find(path);
  if (found != by_path_.end() && same(found->second->version, version)) {
    ++hits_;
    recent_.splice(recent_.begin(), recent_, found->second);
    return found->second->footer;
  }
  ++misses_;
  if (found != by_path_.end()) gone = take(found->second);
  return nullptr;
}

void ParquetFooters::keep(const std::string& path, const FileVersion& version,
                          std::shared_ptr<const ParquetFooter> footer, int64_t now_us) {
  const uint64_t bytes = bytes_of(*footer);
  if (!tells_apart(version, now_us) || bytes > bytes_max_) return;
  auto room = std::make_unique<Reservation>(budget_, "parquet footers");
  if (!room->grow(bytes).ok()) return;
  Entries gone;
  const std::lock_guard lock(mutex_);
  if (const auto found = by_path_.find(path); found != by_path_.end()) gone = take(found->second);
  if (bytes_ + bytes > bytes_max_) gone.splice(gone.end(), take_last(bytes_ + bytes - bytes_max_));
  recent_.push_front({path, version, std::move(footer), std::move(room)});
  by_path_[path] = recent_.begin();
  bytes_ += bytes;
}

ParquetFooters::Entries ParquetFooters::take(Entries::iterator entry) {
  Entries taken;
  bytes_ -= entry->room->bytes();
  by_path_.erase(entry->path);
  taken.splice(taken.end(), recent_, entry);
  return taken;
}

ParquetFooters::Entries ParquetFooters::take_last(uint64_t bytes) {
  Entries taken;
  for (uint64_t freed = 0; freed < bytes && !recent_.empty();) {
    freed += recent_.back().room->bytes();
    taken.splice(taken.end(), take(std::prev(recent_.end())));
  }
  return taken;
}

uint64_t ParquetFooters::reclaim(uint64_t bytes) {
  Entries gone;
  {
    const std::lock_guard lock(mutex_);
    gone = take_last(bytes);
  }
  uint64_t given = 0;
  for (const Entry& entry : gone) given += entry.room->bytes();
  return given;  // the entries go now; what readers share of them goes with the last reader
}

ParquetFooters::Counters ParquetFooters::counters() const {
  const std::lock_guard lock(mutex_);
  return {hits_, misses_, recent_.size(), bytes_};
}

}  // namespace headrace
