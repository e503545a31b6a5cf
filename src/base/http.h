// base/http.h — one request to a web server, as World makes it. Nothing that comes back is trusted.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/error.h"

namespace headrace {

struct HttpRequest {
  std::string url;                   // http:// or https://
  bool head_only = false;            // HEAD: an answer without bytes
  std::string range = {};            // of bytes, as in the header: "0-99", "-512"; empty: all
  std::string unless_tag = {};       // an ETag: status 304 and no bytes when the object still has it
  uint64_t patience_ms = 30'000;     // to connect, and between two signs of life
};

// What an answer begins with.
struct HttpHead {
  int status = 0;
  // Names in lower case. Only those that World knows: etag, last-modified, content-range, content-length, content-encoding,
  // retry-after; each at most kHttpFieldBytesMax long, else it is left out, and of printable ASCII, else '?'.
  std::map<std::string, std::string, std::less<>> fields;

  std::string field(std::string_view name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

inline constexpr uint64_t kHttpFieldBytesMax = 1'024;

// Takes the answer of one request. An error of either call ends the transfer, and the request ends with it.
class HttpReceiver {
 public:
  virtual ~HttpReceiver() = default;
  virtual Status begin(const HttpHead& head) = 0;  // once, in front of the bytes; of the answer behind all redirects
  virtual Status append(std::span<const char> bytes) = 0;
};

struct HttpOutcome {
  Status status = kDone;
  bool may_pass = false;  // of an error: the connection failed, and the same request may succeed when it is made again
};

}  // namespace headrace
