// engine/tier.h — which loops get machine code, and when.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "execute/background_compiler.h"
#include "runtime/query_run.h"

namespace headrace {

// For one query; keeps the code that its loops run alive.
class TierPolicy final : public LoopProvider {
 public:
  TierPolicy(const Settings& settings, World& world, BackgroundCompiler& compiler, LoopTrust& trust)
      : settings_(settings), world_(world), compiler_(compiler), trust_(trust) {}
  // Tier `auto` compiles loops of a stage whose source is expected to have rows enough to earn the compilation back; the first ones of an
  // engine when they earn what the compiler takes to load as well.
  Status prepare(std::vector<StageLoop>& loops, std::optional<uint64_t> rows) override;

 private:
  bool may_compile(const StageLoop& loop) const;
  bool earns(const std::vector<StageLoop>& loops, uint64_t rows);

  const Settings& settings_;
  World& world_;
  BackgroundCompiler& compiler_;
  LoopTrust& trust_;
  std::mutex mutex_;  // guards pending_
  std::vector<std::shared_ptr<PendingLoop>> pending_;
};

}  // namespace headrace
