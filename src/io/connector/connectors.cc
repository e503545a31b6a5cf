#include "io/connector/connectors.h"

#include <algorithm>

#include "io/connector/http_file.h"

namespace headrace {
namespace {

struct ConnectorEntry {
  std::string_view scheme;
  std::unique_ptr<Connector> (*make)(World& world, MemoryBudget& budget, const Settings& settings);
};

constexpr ConnectorEntry kConnectors[] = {
    {"http://", make_http_connector},
    {"https://", make_http_connector},
};

const ConnectorEntry* find_connector(std::string_view path) {
  const auto fits = [&](const ConnectorEntry& entry) {
    return path.size() > entry.scheme.size() &&
           std::equal(entry.scheme.begin(), entry.scheme.end(), path.begin(),
                      [](char want, char have) { return want == (have >= 'A' && have <= 'Z' ? have + 32 : have); });
  };
  const auto* found = std::ranges::find_if(kConnectors, fits);
  return found == std::end(kConnectors) ? nullptr : found;
}

}  // namespace

bool is_url(std::string_view path) { return find_connector(path) != nullptr; }

std::string_view url_without_query(std::string_view url) { return url.substr(0, url.find_first_of("?#")); }

ConnectedWorld::ConnectedWorld(World& world, MemoryBudget& budget, const Settings& settings) : WorldAround(world) {
  for (const ConnectorEntry& entry : kConnectors) connectors_.push_back(entry.make(world, budget, settings));
}

ConnectedWorld::~ConnectedWorld() = default;

Result<std::unique_ptr<ReadableFile>> ConnectedWorld::open(const std::string& path) {
  const ConnectorEntry* entry = find_connector(path);
  if (entry != nullptr) return connectors_[static_cast<size_t>(entry - kConnectors)]->open(path);
  auto file = world_.open(path);
  if (file.ok() || path.find("://") == std::string::npos) return file;
  Error error = file.error();
  error.hint = "files of this machine and of http:// and https:// are read: download it first";
  return error;
}

FileKind ConnectedWorld::kind(const std::string& path) { return is_url(path) ? FileKind::kRegular : world_.kind(path); }

}  // namespace headrace
