#include "execute/code_cache.h"

namespace headrace {

namespace {

// What a compilation holds while it runs: measured for loops of up to limits::kLoopStepsMax steps.
constexpr uint64_t kCompilationBytes = uint64_t{8} << 20;
// Pages that the linker rounds up to, and its own records.
constexpr uint64_t kLoadedLoopBytes = uint64_t{16} << 10;

}  // namespace

CodeCache::CodeCache(uint64_t bytes_max, MemoryBudget* budget, std::function<Result<Compiler*>()> compiler)
    : bytes_max_(bytes_max), budget_(budget), compiler_(std::move(compiler)) {
  if (budget_ != nullptr) add_reclaimable(*budget_, this);
}

CodeCache::~CodeCache() {
  if (budget_ != nullptr) remove_reclaimable(*budget_, this);
}

std::shared_ptr<CompiledLoop> CodeCache::find(const LoopShape& shape) {
  const std::string key = shape_key(shape);
  const std::lock_guard lock(mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const EntryPtr entry = *found->second;
  if (!entry->result || !entry->result->ok()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  ++counters_.hits;
  return entry->result->value();
}

Result<std::shared_ptr<CompiledLoop>> CodeCache::get_or_compile(const LoopShape& shape) {
  const std::string key = shape_key(shape);
  std::unique_lock lock(mutex_);
  if (const auto found = by_key_.find(key); found != by_key_.end()) {
    const EntryPtr entry = *found->second;
    recent_.splice(recent_.begin(), recent_, found->second);
    ++counters_.hits;
    ready_.wait(lock, [&] { return entry->result.has_value(); });
    return *entry->result;
  }
  ++counters_.misses;
  const auto entry = std::make_shared<Entry>(Entry{.key = key, .result = {}, .bytes = 0});
  recent_.push_front(entry);
  by_key_.emplace(key, recent_.begin());
  lock.unlock();
  Result<std::shared_ptr<CompiledLoop>> compiled = compile(shape);
  const uint64_t bytes = compiled.ok() ? compiled.value()->code_bytes() + kLoadedLoopBytes : 0;
  Result<std::unique_ptr<Reservation>> reserved = reserve(bytes);
  lock.lock();
  entry->result = std::move(compiled);
  ready_.notify_all();
  if (entry->result->ok() && reserved.ok()) {
    entry->reservation = std::move(reserved.value());
    keep(*entry, bytes);
  } else {
    forget(key);
  }
  return *entry->result;
}

Result<std::shared_ptr<CompiledLoop>> CodeCache::compile(const LoopShape& shape) {
  TRY(compiler, compiler_());
  std::optional<Reservation> working;
  if (budget_ != nullptr) {
    working.emplace(*budget_, "compiler");
    TRY_STATUS(working->grow(kCompilationBytes));
  }
  TRY(compiled, compiler->compile(shape));
  return std::shared_ptr<CompiledLoop>(std::move(compiled));
}

Result<std::unique_ptr<Reservation>> CodeCache::reserve(uint64_t bytes) const {
  if (budget_ == nullptr) return std::unique_ptr<Reservation>();
  auto reservation = std::make_unique<Reservation>(*budget_, "compiled code");
  TRY_STATUS(reservation->grow(bytes));
  return reservation;
}

void CodeCache::keep(Entry& entry, uint64_t bytes) {
  entry.bytes = bytes;
  counters_.bytes += bytes;
  ++counters_.loops;
  while (counters_.bytes > bytes_max_ && counters_.loops > 1) evict_last();
}

uint64_t CodeCache::reclaim(uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  uint64_t given = 0;
  while (given < bytes && counters_.loops > 0) given += evict_last();
  return given;
}

uint64_t CodeCache::evict_last() {
  for (auto at = std::prev(recent_.end());; --at) {
    if (const uint64_t bytes = (*at)->bytes; bytes > 0) {
      ++counters_.evictions;
      forget(std::string((*at)->key));
      return bytes;
    }
    if (at == recent_.begin()) return 0;
  }
}

void CodeCache::forget(const std::string& key) {
  const auto found = by_key_.find(key);
  const EntryPtr entry = *found->second;
  if (entry->bytes > 0) {
    counters_.bytes -= entry->bytes;
    --counters_.loops;
    entry->reservation.reset();
  }
  recent_.erase(found->second);
  by_key_.erase(found);
}

CodeCache::Counters CodeCache::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

}  // namespace headrace
