// runtime/stage_load.h — which share of a worker's time a stage takes, and how much it has taken: neither a stream that trickles nor a stage
// that is about to end is worth machine code.
#pragma once

#include <cstdint>

namespace headrace {

// Not safe for concurrent use.
class StageLoad {
 public:
  // `least`: the share that is asked for; `least_busy_ns`: what workers must have spent, whatever the share.
  StageLoad(double least, double least_busy_ns, int64_t now_ns)
      : least_(least), least_busy_ns_(least_busy_ns), since_ns_(now_ns) {}

  // A worker was busy for so long up to now. True: both have been reached.
  bool note(uint64_t busy_ns, int64_t now_ns) {
    busy_ns_ += busy_ns;
    whole_busy_ns_ += busy_ns;
    const int64_t passed_ns = now_ns - since_ns_;
    if (passed_ns <= 0 || (busy_ns_ < kBusyNs && passed_ns < kWindowNs)) return false;
    share_ = static_cast<double>(busy_ns_) / static_cast<double>(passed_ns);
    const bool reached =
        busy_ns_ >= kBusyNs && share_ >= least_ && static_cast<double>(whole_busy_ns_) >= least_busy_ns_;
    busy_ns_ = 0;
    since_ns_ = now_ns;
    return reached;
  }
  double share() const { return share_; }  // of the last window; more than 1 of several workers

 private:
  // A window ends when it has seen so much work, or when it is over.
  static constexpr uint64_t kBusyNs = 1'000'000;
  static constexpr int64_t kWindowNs = 1'000'000'000;

  const double least_, least_busy_ns_;
  int64_t since_ns_;
  uint64_t busy_ns_ = 0;  // of the window
  uint64_t whole_busy_ns_ = 0;
  double share_ = 0;
};

}  // namespace headrace
