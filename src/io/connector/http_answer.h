// io/connector/http_answer.h — what a server's answer to a request for a range of bytes says, checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/http.h"

namespace headrace {

// Bytes first … last of an object of `total`, which hold: first <= last < total.
struct ContentRange {
  uint64_t first, last, total;
};

// "bytes 0-99/1234"; nothing for any other form, such as an unknown total.
std::optional<ContentRange> parse_content_range(std::string_view text);
// "bytes */1234", of an answer that no byte fits.
std::optional<uint64_t> parse_unsatisfied_range(std::string_view text);
std::optional<uint64_t> parse_byte_count(std::string_view text);

// What tells one version of the object from another: its ETag, else when it was modified; empty: the server does not say.
std::string version_tag(const HttpHead& head);

// "https://host/path", for people: without user, password, and what may be a secret in the query.
std::string shown_url(std::string_view url);

}  // namespace headrace
