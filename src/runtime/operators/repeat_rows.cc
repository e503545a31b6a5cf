#include "runtime/operators/repeat_rows.h"

#include "fuse/stage.h"

namespace headrace {

RepeatRows::RepeatRows(const struct RepeatSink& spec, Schema input, QueryContext& context)
    : count_(spec.count), schema_(std::move(input)), context_(context) {}

std::unique_ptr<Local> RepeatRows::local() { return std::make_unique<KeptRows>(schema_, context_.budget, "repeat"); }

Status RepeatRows::consume(uint32_t input, const Batch& batch, Local& mine) {
  return static_cast<KeptRows&>(mine).append(input, batch);
}

Status RepeatRows::merge(std::unique_ptr<Local> one) {
  std::lock_guard lock(mutex_);
  kept_.emplace_back(static_cast<KeptRows*>(one.release()));
  return kDone;
}

Status RepeatRows::finish() {
  auto rows = std::make_shared<StoredRows>(schema_);
  const std::vector<RowSegment> segments = in_order(kept_, *rows);
  const auto for_each_row = [&](auto&& visit) -> Status {  // visit(row id, how often)
    for (const RowSegment& segment : segments) {
      uint64_t id = segment.base + segment.first;
      TRY_STATUS(segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t count) -> Status {
        const auto* times = static_cast<const int64_t*>(segment.store->chunk_column(chunk, count_).values) + first;
        for (uint32_t i = 0; i < count; ++i, ++id)
          if (times[i] > 0) visit(id, static_cast<uint64_t>(times[i]));
        return kDone;
      }));
    }
    return kDone;
  };
  uint64_t total = 0;
  bool overflows = false;
  TRY_STATUS(
      for_each_row([&](uint64_t, uint64_t times) { overflows |= __builtin_add_overflow(total, times, &total); }));
  if (overflows || total > UINT64_MAX / sizeof(uint64_t))
    return Error{ErrorCode::kLimit, "the rows to repeat are more than memory can number", "", ""};
  TRY(ids, Buffer::allocate(context_.budget, "repeat", total * sizeof(uint64_t)));
  auto* out = static_cast<uint64_t*>(ids->data());
  TRY_STATUS(for_each_row([&](uint64_t id, uint64_t times) {
    for (uint64_t i = 0; i < times; ++i) *out++ = id;
  }));
  kept_.clear();
  picked_ = {std::move(rows), std::move(ids), 0, total};
  return kDone;
}

Result<std::unique_ptr<Source>> RepeatRows::output() {
  return picked_source(picked_, context_.budget, "a repeated row");
}

}  // namespace headrace
