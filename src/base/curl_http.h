// base/curl_http.h — requests to web servers by libcurl, which is loaded at the first one: linked, it and what it brings along
// would cost every start of the program 8 ms.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "base/http.h"

namespace headrace {

// Keeps connections open for the next request to the same server. Thread-safe; each request in progress has a connection of its own.
class CurlHttp {
 public:
  CurlHttp();
  ~CurlHttp();
  CurlHttp(const CurlHttp&) = delete;
  CurlHttp& operator=(const CurlHttp&) = delete;

  // As World::http.
  HttpOutcome perform(const HttpRequest& request, HttpReceiver& to);

 private:
  class Connection;

  std::unique_ptr<Connection> take();
  void give_back(std::unique_ptr<Connection> connection);

  std::mutex mutex_;  // guards idle_
  std::vector<std::unique_ptr<Connection>> idle_;
};

}  // namespace headrace
