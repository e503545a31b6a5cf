#include "io/format/json_index.h"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "base/check.h"
#include "types/utf8.h"

namespace headrace {
namespace {

static_assert(simdjson::SIMDJSON_VERSION_MAJOR == 3, "the first stage is not part of the library's stable interface");
constexpr uint64_t kFirstBytes = 8192;
constexpr size_t kDepth = 1;  // of its second stage, which is not used

// Where it is: simdjson says only that it is somewhere.
JsonFlaw find_bad_utf8(std::string_view text) {
  size_t good = 0, bad = text.size();  // halves: a prefix is cut at most three bytes into a character
  while (bad - good > 8) {
    const size_t middle = good + (bad - good) / 2;
    size_t end = middle;
    while (end < text.size() && (text[end] & 0xC0) == 0x80 && end < middle + 3) ++end;
    (is_utf8(text.substr(0, end)) ? good : bad) = middle;
  }
  while (good < text.size() && !(static_cast<unsigned char>(text[good]) >= 0x80)) ++good;
  return {static_cast<uint32_t>(good), "UTF-8", "other bytes"};
}

// A control character in a string, or a string that does not end.
JsonFlaw find_bad_string(std::string_view text) {
  size_t begin = 0;
  bool in_string = false;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '"') {
      in_string = !in_string;
      begin = at;
    } else if (in_string && text[at] == '\\') {
      ++at;
    } else if (in_string && static_cast<unsigned char>(text[at]) < 0x20) {
      return {static_cast<uint32_t>(at), "a string without control characters"};
    }
  }
  return {static_cast<uint32_t>(begin), "a string that is closed"};
}

}  // namespace

struct JsonIndex::Stage {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
};

JsonIndex::JsonIndex(MemoryBudget& budget) : stage_(std::make_unique<Stage>()), reservation_(budget, "json reader") {}
JsonIndex::~JsonIndex() = default;

Status JsonIndex::make_room(uint64_t bytes) {
  const uint64_t capacity = std::bit_ceil(std::max(bytes, kFirstBytes));
  const uint64_t memory = capacity * sizeof(uint32_t);
  if (memory > reservation_.bytes()) TRY_STATUS(reservation_.grow(memory - reservation_.bytes()));
  const simdjson::error_code failed =
      stage_->parser == nullptr
          ? simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, kDepth, stage_->parser)
          : stage_->parser->set_capacity(capacity);
  if (failed != simdjson::SUCCESS)
    return Error{ErrorCode::kLimit, "json reader: the operating system has no memory left", "", "lower memory_limit"};
  return kDone;
}

Result<JsonFlaw> JsonIndex::build(std::string_view text, JsonTokens& tokens) {
  CHECK(text.size() < UINT32_MAX);
  if (stage_->parser == nullptr || text.size() > stage_->parser->capacity()) TRY_STATUS(make_room(text.size()));
  auto& parser = *stage_->parser;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const simdjson::error_code code = parser.stage1(bytes, text.size(), simdjson::stage1_mode::regular);
  tokens = {text.data(), parser.structural_indexes.get(), 0};
  if (code == simdjson::SUCCESS) {
    tokens.count = parser.n_structural_indexes;
    return JsonFlaw{};
  }
  parser.structural_indexes[0] = static_cast<uint32_t>(text.size());
  if (code == simdjson::EMPTY) return JsonFlaw{};
  if (code == simdjson::UTF8_ERROR) return find_bad_utf8(text);
  return find_bad_string(text);
}

}  // namespace headrace
