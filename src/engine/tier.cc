#include "engine/tier.h"

#include "base/hash.h"
#include "execute/loop_shapes.h"
#include "fuse/stage_prices.h"

namespace headrace {

namespace {

bool pays(const LoopShape& shape, std::optional<uint64_t> rows, const Machine& machine) {
  if (!rows.has_value()) return true;
  const uint32_t steps = shape.interval.last - shape.interval.first;
  return static_cast<double>(*rows) * steps * kInterpretedStepNs > machine.code_ns(steps);
}

}  // namespace

Status TierPolicy::prepare(std::vector<StageLoop>& loops, std::optional<uint64_t> rows) {
  if (settings_.tier == TierMode::kInterpreted || settings_.fusion_mode == FusionMode::kOff) return kDone;
  std::vector<std::shared_ptr<PendingLoop>> requested;
  for (StageLoop& loop : loops) {
    if (loop.stays_interpreted || !is_compilable(loop.shape)) continue;
    if (settings_.tier == TierMode::kAuto && !pays(loop.shape, rows, *settings_.fuse_options().machine)) continue;
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
