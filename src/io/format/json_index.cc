#include "io/format/json_index.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"
#include "io/format/byte_words.h"
#include "io/format/utf8_words.h"
#include "kernel/processor.h"
#include "types/utf8.h"

namespace headrace {
namespace {

constexpr uint64_t kWordBytes = 64;
constexpr uint64_t kFirstBytes = 8'192;

struct Run {
  const char* text;
  uint32_t* to;  // where the next token goes
  AccountedArray<uint32_t>& escapes;
  AccountedArray<uint32_t>& bad;
  Status status = kDone;  // of the memory for these two
  bool open = false;  // the text ends in a string, or in a character
};

// For what a word may hold; without it the scan goes on and notes nothing more.
bool has_room(AccountedArray<uint32_t>& places, Run& run) {
  if ((places.size() + kWordBytes) * sizeof(uint32_t) <= places.bytes()) return true;
  run.status = places.reserve(places.size() + kWordBytes);
  return run.status.ok();
}

// Which bytes are behind a backslash that is not behind another one; `escaped`: the first one is, and at the end the next word's.
[[gnu::noinline]] uint64_t escaped_bytes(uint64_t backslashes, uint64_t& escaped, uint32_t base, Run& run) {
  const bool notes = has_room(run.escapes, run);
  uint64_t bytes = escaped;
  backslashes &= ~escaped;
  escaped = 0;
  while (backslashes != 0) {
    const int at = std::countr_zero(backslashes);
    if (notes) run.escapes.push(base + static_cast<uint32_t>(at));
    if (at == 63) escaped = 1;
    const uint64_t next = at == 63 ? 0 : uint64_t{2} << at;
    bytes |= next;
    backslashes &= ~(next | uint64_t{1} << at);
  }
  return bytes;
}

[[gnu::noinline]] void note_bad(uint64_t bytes, uint32_t base, Run& run) {
  if (!has_room(run.bad, run)) return;
  for (; bytes != 0; bytes &= bytes - 1) run.bad.push(base + static_cast<uint32_t>(std::countr_zero(bytes)));
}

// A string that is open at a line feed ends there; `ended`: these line feeds.
[[gnu::noinline]] uint64_t end_strings(uint64_t in_string, uint64_t line_feeds, uint64_t& ended) {
  for (uint64_t open = line_feeds & in_string; open != 0; open = line_feeds & in_string) {
    const int at = std::countr_zero(open);
    ended |= uint64_t{1} << at;
    in_string ^= ~uint64_t{0} << at;
  }
  return in_string;
}

template <bool kLines>
[[gnu::always_inline]] inline void scan_text(uint64_t size, Run& run) {
  uint64_t in_string_before = 0, escaped = 0, scalar_before = 0;
  Utf8Leads leads;
  bool goes_on = false;
  uint32_t* to = run.to;
  char last[kWordBytes];
  for (uint64_t at = 0; at < size; at += kWordBytes) {
    const auto base = static_cast<uint32_t>(at);
    const char* from = run.text + at;
    if (size - at < kWordBytes) {
      std::memset(last, ' ', kWordBytes);
      std::memcpy(last, from, size - at);
      from = last;
    }
    Bytes64 bytes;
    std::memcpy(&bytes, from, kWordBytes);
    const uint64_t backslashes = bytes_equal(bytes, '\\');
    uint64_t quotes = bytes_equal(bytes, '"');
    if ((backslashes | escaped) != 0) [[unlikely]]
      quotes &= ~escaped_bytes(backslashes, escaped, base, run);
    // From an opening quote up to the byte in front of the closing one.
    uint64_t in_string = prefix_xor(quotes) ^ in_string_before;
    const uint64_t line_feeds = bytes_equal(bytes, '\n');
    const uint64_t control = bytes_below(bytes, 0x20);
    uint64_t bad = 0;
    if (goes_on || bytes_above_ascii(bytes) != 0) [[unlikely]] {
      bad = bad_utf8(bytes, leads);
      goes_on = leads.go_on();
    }
    if (kLines && (line_feeds & in_string) != 0) [[unlikely]]
      in_string = end_strings(in_string, line_feeds, bad);
    bad |= control & in_string;
    if (bad != 0) [[unlikely]]
      note_bad(bad, base, run);
    const uint64_t blanks = bytes_equal(bytes, ' ') | line_feeds | bytes_equal(bytes, '\t') | bytes_equal(bytes, '\r');
    // [ and { differ in one bit, as ] and } do.
    const uint64_t operators = bytes_equal_with(bytes, 0x20, '{') | bytes_equal_with(bytes, 0x20, '}') |
                               bytes_equal(bytes, ',') | bytes_equal(bytes, ':');
    const uint64_t outside = ~(in_string | quotes);
    const uint64_t scalars = outside & ~(blanks | operators);
    uint64_t tokens = (operators & outside) | (quotes & in_string) | (scalars & ~(scalars << 1 | scalar_before));
    if (kLines) tokens |= line_feeds;
    to = write_places(tokens, base, to);
    in_string_before = static_cast<uint64_t>(static_cast<int64_t>(in_string) >> 63);
    scalar_before = scalars >> 63;
  }
  run.to = to;
  run.open = in_string_before != 0 || goes_on;
}

// One body, three instruction sets.
void scan_v2(uint64_t size, bool lines, Run& run) { lines ? scan_text<true>(size, run) : scan_text<false>(size, run); }
HEADRACE_V3 void scan_v3(uint64_t size, bool lines, Run& run) {
  lines ? scan_text<true>(size, run) : scan_text<false>(size, run);
}
HEADRACE_V4 void scan_v4(uint64_t size, bool lines, Run& run) {
  lines ? scan_text<true>(size, run) : scan_text<false>(size, run);
}

JsonFlaw find_bad_utf8(std::string_view text) {
  size_t good = 0;  // halves; a prefix is moved to where a character ends
  for (size_t bad = text.size(); bad - good > 8;) {
    const size_t middle = good + (bad - good) / 2;
    size_t end = middle;
    while (end < text.size() && (text[end] & 0xC0) == 0x80 && end < middle + 3) ++end;
    (is_utf8(text.substr(0, end)) ? good : bad) = middle;
  }
  while (good < text.size() && static_cast<unsigned char>(text[good]) < 0x80) ++good;
  return {static_cast<uint32_t>(good), "UTF-8", "other bytes"};
}

// A control character in a string, or a string that does not end.
JsonFlaw find_bad_string(std::string_view text) {
  size_t begin = 0;
  bool in_string = false, escaped = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (in_string && static_cast<unsigned char>(text[at]) < 0x20)
      return {static_cast<uint32_t>(at), "a string without control characters"};
    if (text[at] == '"' && !escaped) {
      in_string = !in_string;
      begin = at;
    }
    escaped = text[at] == '\\' && !escaped;
  }
  return in_string ? JsonFlaw{static_cast<uint32_t>(begin), "a string that is closed"} : JsonFlaw{};
}

JsonFlaw find_flaw(std::string_view text) { return is_utf8(text) ? find_bad_string(text) : find_bad_utf8(text); }

}  // namespace

JsonLevel json_level() { return choose_level(JsonLevel::kV2, JsonLevel::kV3, JsonLevel::kV4); }

Status JsonIndex::scan(std::string_view text, bool lines, JsonTokens& tokens) {
  CHECK(text.size() < UINT32_MAX - kWordBytes);
  const uint64_t room = (text.size() + kWordBytes) * sizeof(uint32_t);
  if (places_ == nullptr || places_->bytes() < room) {
    places_ = nullptr;
    TRY(buffer, Buffer::allocate(budget_, "json reader", std::bit_ceil(std::max(room, kFirstBytes))));
    places_ = buffer;
  }
  escapes_.resize_down(0);
  bad_.resize_down(0);
  next_bad_ = 0;
  auto* places = static_cast<uint32_t*>(places_->data());
  Run run{text.data(), places, escapes_, bad_};
  (level_ == JsonLevel::kV4 ? scan_v4 : level_ == JsonLevel::kV3 ? scan_v3 : scan_v2)(text.size(), lines, run);
  TRY_STATUS(run.status);
  TRY_STATUS(escapes_.reserve(escapes_.size() + 1));
  TRY_STATUS(bad_.reserve(bad_.size() + 2));
  const auto size = static_cast<uint32_t>(text.size());
  if (run.open) bad_.push(size);
  *run.to = size;
  escapes_.push(UINT32_MAX);
  bad_.push(UINT32_MAX);
  text_ = text;
  tokens = {text.data(), places, static_cast<uint32_t>(run.to - places), escapes_.begin()};
  return kDone;
}

Result<JsonFlaw> JsonIndex::build(std::string_view text, JsonTokens& tokens) {
  TRY_STATUS(scan(text, /*lines=*/false, tokens));
  return bad_.size() > 1 ? find_flaw(text) : JsonFlaw{};
}

Status JsonIndex::build_lines(std::string_view text, JsonTokens& tokens) { return scan(text, /*lines=*/true, tokens); }

JsonFlaw JsonIndex::line_flaw(uint32_t begin, uint32_t end) {
  while (bad_[next_bad_] < begin) ++next_bad_;
  // A line may be open at its end. What is noted behind a cut character may be another line's.
  return bad_[next_bad_] <= end ? find_flaw(text_.substr(begin, end - begin)) : JsonFlaw{};
}

}  // namespace headrace
