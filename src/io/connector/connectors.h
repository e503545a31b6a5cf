// io/connector/connectors.h — where files behind a URL come from. A connector is one file here and one line in connectors.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/world_around.h"
#include "runtime/settings.h"
#include "state/budget.h"

namespace headrace {

// Opens the files of one scheme. The files may outlive it.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual Result<std::unique_ptr<ReadableFile>> open(const std::string& url) = 0;
};

// Whether the path begins with a scheme that some connector opens, as "https://".
bool is_url(std::string_view path);
// Without what follows the path in a URL: "https://a.org/b.csv" of "https://a.org/b.csv?version=3#top".
std::string_view url_without_query(std::string_view url);

// A World that opens URLs by their connectors, and everything else as `world` does.
class ConnectedWorld final : public WorldAround {
 public:
  // All of them outlive this, the first two also the files that it opens.
  ConnectedWorld(World& world, MemoryBudget& budget, const Settings& settings);
  ~ConnectedWorld() override;

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override;
  FileKind kind(const std::string& path) override;  // of a URL: kRegular, without a request

 private:
  std::vector<std::unique_ptr<Connector>> connectors_;  // beside the list of them
};

}  // namespace headrace
