#include "io/connector/http_answer.h"

#include <charconv>

namespace headrace {

std::optional<uint64_t> parse_byte_count(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Beyond this no sum of two positions overflows.
  constexpr uint64_t kBytesMax = uint64_t{1} << 62;
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value > kBytesMax)
    return std::nullopt;
  return value;
}

std::optional<ContentRange> parse_content_range(std::string_view text) {
  if (!text.starts_with("bytes ")) return std::nullopt;
  text.remove_prefix(6);
  const size_t dash = text.find('-'), slash = text.find('/');
  if (dash == std::string_view::npos || slash == std::string_view::npos || dash > slash) return std::nullopt;
  const auto first = parse_byte_count(text.substr(0, dash));
  const auto last = parse_byte_count(text.substr(dash + 1, slash - dash - 1));
  const auto total = parse_byte_count(text.substr(slash + 1));
  if (!first || !last || !total || *first > *last || *last >= *total) return std::nullopt;
  return ContentRange{*first, *last, *total};
}

std::optional<uint64_t> parse_unsatisfied_range(std::string_view text) {
  if (!text.starts_with("bytes */")) return std::nullopt;
  return parse_byte_count(text.substr(8));
}

std::string version_tag(const HttpHead& head) {
  const std::string tag = head.field("etag");
  return tag.empty() ? head.field("last-modified") : tag;
}

std::string shown_url(std::string_view url) {
  const size_t query = url.find_first_of("?#");
  std::string shown(url.substr(0, query));
  const size_t host = shown.find("://") + 3;
  const size_t user = shown.substr(0, shown.find('/', host)).rfind('@');
  if (user != std::string::npos && user >= host) shown.erase(host, user + 1 - host);
  return query == std::string_view::npos ? shown : shown + "?…";
}

}  // namespace headrace
