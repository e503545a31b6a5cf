// io/connector/http_tries.h — the requests of one read: what fails in a way that may pass is tried again.
#pragma once

#include <cstdint>
#include <string_view>

#include "io/connector/http_receivers.h"

namespace headrace {

// How long and how often.
struct HttpPatience {
  uint64_t silence_ms_max = 30'000;
  uint32_t retries_max = 3;
};

// For one thread. What it is made of outlives it.
class HttpTries {
 public:
  HttpTries(World& world, std::string_view url, const HttpPatience& patience)
      : world_(world), url_(url), patience_(patience), left_(patience.retries_max) {}

  HttpRequest request() const { return {.url = std::string(url_), .patience_ms = patience_.silence_ms_max}; }

  // Makes the request. True: it ended well. False: it failed, and may be made again, a pause has passed. An error: it will not pass, or
  // was tried often enough.
  Result<bool> make(const HttpRequest& request, HttpAnswer& answer);
  // Waits in front of a repetition, longer each time, and at least `wanted_s`; `error`, its reason, when there were enough. kCancelled.
  Status pause(Error error, uint64_t wanted_s = 0);

 private:
  World& world_;
  const std::string_view url_;
  const HttpPatience& patience_;
  uint32_t left_;
  uint32_t made_ = 0;
  uint64_t pause_us_ = 100'000;
};

}  // namespace headrace
