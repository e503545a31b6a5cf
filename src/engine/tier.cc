#include "engine/tier.h"

#include <algorithm>

#include "base/hash.h"
#include "execute/loop_shapes.h"
#include "fuse/stage_prices.h"

namespace headrace {

namespace {

// What machine code of so many steps saves, less what it takes to make.
double saved_ns(const LoopShape& shape, uint64_t rows, const Machine& machine) {
  const uint32_t steps = shape.interval.last - shape.interval.first;
  return static_cast<double>(rows) * steps * kInterpretedStepNs - machine.code_ns(steps);
}

}  // namespace

bool TierPolicy::may_compile(const StageLoop& loop) const {
  return !loop.stays_interpreted && is_compilable(loop.shape);
}

bool TierPolicy::earns(const std::vector<StageLoop>& loops, uint64_t rows) {
  double all_ns = 0;
  for (const StageLoop& loop : loops)
    if (may_compile(loop)) all_ns += std::max(0.0, saved_ns(loop.shape, rows, *settings_.fuse_options().machine));
  return compiler_.earns(all_ns);
}

Status TierPolicy::prepare(std::vector<StageLoop>& loops, std::optional<uint64_t> rows) {
  if (settings_.tier == TierMode::kInterpreted || settings_.fusion_mode == FusionMode::kOff) return kDone;
  const bool chooses = settings_.tier == TierMode::kAuto && rows.has_value();
  if (chooses && !earns(loops, *rows)) return kDone;
  std::vector<std::shared_ptr<PendingLoop>> requested;
  for (StageLoop& loop : loops) {
    if (!may_compile(loop)) continue;
    if (chooses && saved_ns(loop.shape, *rows, *settings_.fuse_options().machine) <= 0) continue;
    const std::string key = shape_key(loop.shape);
    loop.shape_hash = hash_bytes(key.data(), key.size());
    loop.quarantined = trust_.is_quarantined(loop.shape_hash, world_.monotonic_ns());
    if (loop.quarantined) continue;
    requested.push_back(compiler_.request(loop.shape));
    loop.code = &requested.back()->code();
  }
  if (settings_.tier == TierMode::kCompiled)
    for (const auto& pending : requested) TRY_STATUS(pending->wait());
  std::lock_guard lock(mutex_);
  pending_.insert(pending_.end(), requested.begin(), requested.end());
  return kDone;
}

}  // namespace headrace
