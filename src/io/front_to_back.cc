#include "io/front_to_back.h"

#include "io/fetched_file.h"

namespace headrace {
namespace {

constexpr uint32_t kWindowsAhead = 2;
constexpr uint32_t kWindowsBehind = 2;  // workers read side by side, and some are slower

}  // namespace

std::shared_ptr<ReadableFile> front_to_back(std::shared_ptr<ReadableFile> file, std::shared_ptr<ReadCounters> counters,
                                            QueryContext& context) {
  file = counted_file(std::move(file), std::move(counters));
  if (!file->is_remote() || file->bytes_away(0, file->size_bytes()) == 0) return file;
  auto fetched = std::make_shared<FetchedFile>(file, context.budget, context.io_threads);
  fetched->add_front_to_back({0, file->size_bytes()}, kWindowsAhead, kWindowsBehind);
  return fetched;
}

std::shared_ptr<ReadableFile> beginning_of(std::shared_ptr<ReadableFile> file, MemoryBudget& budget) {
  if (!file->is_remote() || file->bytes_away(0, file->size_bytes()) == 0) return file;
  auto fetched = std::make_shared<FetchedFile>(file, budget, nullptr);
  fetched->add_front_to_back({0, file->size_bytes()}, 0, 0);
  return fetched;
}

}  // namespace headrace
