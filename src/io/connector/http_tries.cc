#include "io/connector/http_tries.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/cancel.h"
#include "io/connector/http_answer.h"

namespace headrace {
namespace {

constexpr uint64_t kPauseUsMax = 10'000'000;
constexpr uint64_t kSliceUs = 50'000;  // how late a cancel is seen

}  // namespace

Result<bool> HttpTries::make(const HttpRequest& request, HttpAnswer& answer) {
  ++made_;
  const HttpOutcome outcome = world_.http(request, answer);
  if (outcome.status.ok()) return true;
  Error error = outcome.status.error();
  if (error.code == ErrorCode::kCancelled) return error;
  if (error.where.empty()) error.where = shown_url(url_);
  if (!outcome.may_pass && !answer.may_pass()) return error;
  TRY_STATUS(pause(std::move(error), parse_byte_count(answer.head().field("retry-after")).value_or(0)));
  return false;
}

Status HttpTries::pause(Error error, uint64_t wanted_s) {
  if (left_ == 0) {
    if (made_ > 1) error.message += fmt::format(" (tried {} times)", made_);
    return error;
  }
  --left_;
  uint64_t left_us = std::min(std::max(pause_us_, std::min(wanted_s, kPauseUsMax) * 1'000'000), kPauseUsMax);
  pause_us_ *= 4;
  while (left_us > 0) {
    if (const CancelToken* cancel = current_cancel()) TRY_STATUS(cancel->check());
    world_.wait_us(std::min(left_us, kSliceUs));
    left_us -= std::min(left_us, kSliceUs);
  }
  return kDone;
}

}  // namespace headrace
