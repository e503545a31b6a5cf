#include "io/connector/http_receivers.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

#include "io/connector/http_answer.h"

namespace headrace {
namespace {

bool status_may_pass(int status) {
  return status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
}

std::string meaning_of(int status) {
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return "a redirect that is not followed";
    case 401: return "needs a login";
    case 403: return "access is refused";
    case 404: return "there is no such file";
    case 408: return "the server was tired of waiting";
    case 410: return "the file is gone";
    case 416: return "no such bytes";
    case 429: return "too many requests";
    case 500: return "the server failed";
    case 502:
    case 503:
    case 504: return "the server is not available";
    default: return "not what was asked for";
  }
}

const char* hint_of(int status) {
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return "name the address that it leads to";
    case 401:
    case 403: return "check the address; one that carries a signature may have expired";
    case 404:
    case 410: return "check the spelling of the address";
    case 408:
    case 429:
    case 500:
    case 502:
    case 503:
    case 504: return "try again later; http_retries says how often it is tried at once";
    default: return "check that the address names a file";
  }
}

}  // namespace

Error HttpAnswer::wrong_status(int status) const {
  return {ErrorCode::kIo,
          fmt::format("the server answers with status {} ({}), expected the file's bytes", status, meaning_of(status)),
          shown_url(url_), hint_of(status)};
}

Error HttpAnswer::wrong(std::string what) const {
  return {ErrorCode::kIo, "the server's answer is not to the question: " + std::move(what), shown_url(url_),
          "download the file, and read the copy"};
}

Error HttpAnswer::changed() const {
  return {ErrorCode::kIo, "cannot read the file: it was replaced on the server while it was read", shown_url(url_),
          "run the query again, when nobody writes the file"};
}

Status HttpAnswer::begin(const HttpHead& given) {
  head_ = given;
  may_pass_ = status_may_pass(given.status);
  if (may_pass_) return wrong_status(given.status);
  const std::string encoding = given.field("content-encoding");
  if (!encoding.empty() && encoding != "identity")
    return wrong(fmt::format("expected bytes as they are, found content-encoding '{}'", encoding));
  return look_at(head_);
}

Status RangeAnswer::look_at(const HttpHead& given) {
  if (given.status == 412 || given.status == 416) return changed();
  const std::string tag = version_tag(given);
  if (!tag.empty() && !version_.tag.empty() && tag != version_.tag) return changed();
  if (given.status == 200) return wrong("expected a part of the file (status 206), found all of it");
  if (given.status != 206) return wrong_status(given.status);
  const std::string text = given.field("content-range");
  const auto range = parse_content_range(text);
  if (!range || range->first != begin_ || range->last - range->first >= room_.size())
    return wrong(
        fmt::format("expected bytes {}-{}, found content-range '{}'", begin_, begin_ + room_.size() - 1, text));
  if (range->total != version_.bytes) return changed();
  promised_ = range->last - range->first + 1;
  return kDone;
}

Status RangeAnswer::append(std::span<const char> bytes) {
  if (bytes.size() > promised_ - got_) return wrong("more bytes came than it says");
  std::memcpy(room_.data() + got_, bytes.data(), bytes.size());
  got_ += bytes.size();
  return kDone;
}

Status FirstAnswer::look_at(const HttpHead& given) {
  version_.tag = version_tag(given);
  if (given.status == 206) return look_at_part(given);
  if (given.status == 200) return look_at_whole(given);
  if (given.status == 304) return kDone;
  if (given.status == 416 && parse_unsatisfied_range(given.field("content-range")) == uint64_t{0}) return kDone;
  needs_length_ = given.status == 400 || given.status == 416 || given.status == 501;
  return wrong_status(given.status);
}

Status FirstAnswer::append(std::span<const char> bytes) {
  if (tail_.bytes == nullptr) return kDone;  // a page for people, behind a status that has no bytes of the file
  if (bytes.size() > tail_.bytes->bytes() - got_) TRY_STATUS(grow(got_ + bytes.size()));
  if (length_known_ && bytes.size() > tail_.end - tail_.begin - got_) return wrong("more bytes came than it says");
  std::memcpy(static_cast<char*>(tail_.bytes->data()) + got_, bytes.data(), bytes.size());
  got_ += bytes.size();
  if (!length_known_) tail_.end = version_.bytes = got_;
  return kDone;
}

Status FirstAnswer::look_at_part(const HttpHead& given) {
  const std::string text = given.field("content-range");
  const auto range = parse_content_range(text);
  if (!range || range->last + 1 != range->total || range->last - range->first >= kHttpTailBytes)
    return wrong(fmt::format("expected the last {} bytes or all, found content-range '{}'", kHttpTailBytes, text));
  version_.bytes = range->total;
  tail_.begin = range->first;
  tail_.end = range->total;
  return make_room(tail_.end - tail_.begin);
}

Status FirstAnswer::look_at_whole(const HttpHead& given) {
  is_whole_ = true;
  const auto length = parse_byte_count(given.field("content-length"));
  length_known_ = length.has_value();
  version_.bytes = tail_.end = length.value_or(0);
  needs_length_ = length.value_or(0) > kHttpWholeBytesMax;
  if (needs_length_) return no_ranges(fmt::format("{} bytes", *length));
  return make_room(length.value_or(kHttpTailBytes));
}

Error FirstAnswer::no_ranges(const std::string& size) const {
  return {ErrorCode::kUnsupported,
          fmt::format("the server gives no parts of files (byte ranges), and files of more than {} bytes are not read "
                      "as a whole, found {}",
                      kHttpWholeBytesMax, size),
          shown_url(url_), "download the file, and read the copy"};
}

Status FirstAnswer::make_room(uint64_t bytes) {
  TRY(room, Buffer::allocate(budget_, "http reader", std::max<uint64_t>(bytes, 1)));
  if (got_ > 0) std::memcpy(room->data(), tail_.bytes->data(), got_);
  tail_.bytes = std::move(room);
  return kDone;
}

Status FirstAnswer::grow(uint64_t bytes) {
  if (length_known_) return wrong("more bytes came than it says");
  if (bytes > kHttpWholeBytesMax) return no_ranges("more");
  return make_room(std::min(kHttpWholeBytesMax, std::max(bytes, 2 * tail_.bytes->bytes())));
}

Status LengthAnswer::look_at(const HttpHead& given) {
  if (given.status != 200) return wrong_status(given.status);
  const auto length = parse_byte_count(given.field("content-length"));
  if (!length) return wrong("expected the file's size (content-length), found none");
  bytes_ = *length;
  return kDone;
}

}  // namespace headrace
