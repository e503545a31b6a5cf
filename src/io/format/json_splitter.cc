#include "io/format/json_splitter.h"

#include <cstring>

namespace headrace {
namespace {

// Behind the quote that ends the string of which text[at] is a part; npos: none does.
size_t string_end(std::string_view text, size_t at) {
  for (;;) {
    const size_t quote = text.find('"', at);
    if (quote == std::string_view::npos) return quote;
    size_t escapes = quote;
    while (escapes > 0 && text[escapes - 1] == '\\') --escapes;
    at = quote + 1;
    if ((quote - escapes) % 2 == 0) return at;
  }
}

}  // namespace

bool JsonSplitter::ends_scalar(char symbol) const {
  if (is_json_blank(symbol)) return true;
  return array_ ? symbol == ',' || symbol == ']' : symbol == '{' || symbol == '[' || symbol == '"';
}

const char* JsonSplitter::between(char symbol, uint64_t at) {
  if (is_json_blank(symbol)) return nullptr;
  switch (phase_) {
    case Phase::kOpen:
      if (symbol != '[') return "'['";
      phase_ = Phase::kFirst;
      return nullptr;
    case Phase::kBehind:
      if (symbol != ',' && symbol != ']') return "',' or ']'";
      phase_ = symbol == ',' ? Phase::kValue : Phase::kClosed;
      return nullptr;
    case Phase::kClosed: return "nothing behind the array";
    case Phase::kFirst:
      if (symbol == ']') {
        phase_ = Phase::kClosed;
        return nullptr;
      }
      [[fallthrough]];
    default: break;
  }
  if (symbol == ',' || symbol == ']' || symbol == '}' || symbol == ':') return "a value";
  begin_ = at;
  depth_ = symbol == '{' || symbol == '[' ? 1 : 0;
  in_string_ = symbol == '"';
  phase_ = depth_ > 0 || in_string_ ? Phase::kNested : Phase::kScalar;
  return nullptr;
}

void JsonSplitter::give(uint64_t end, std::vector<JsonSpan>& values) {
  values.push_back({static_cast<uint32_t>(begin_), static_cast<uint32_t>(end)});
  phase_ = array_ ? Phase::kBehind : Phase::kValue;
}

// Moves behind what can be passed at once; whether the value ended there.
bool JsonSplitter::pass_nested(std::string_view text, size_t& at) {
  if (in_string_) {
    const size_t end = string_end(text, at);
    in_string_ = end == std::string_view::npos;
    at = in_string_ ? text.size() : end;
    return !in_string_ && depth_ == 0;
  }
  for (; at < text.size(); ++at) {
    const char symbol = text[at];
    if (symbol == '"') {
      in_string_ = true;
      ++at;
      return false;
    }
    if (symbol == '{' || symbol == '[') ++depth_;
    if ((symbol == '}' || symbol == ']') && --depth_ == 0) {
      ++at;
      return true;
    }
  }
  return false;
}

JsonFlaw JsonSplitter::scan(std::string_view text, uint64_t from, std::vector<JsonSpan>& values) {
  size_t at = from;
  while (at < text.size()) {
    if (phase_ == Phase::kNested) {
      if (pass_nested(text, at)) give(at, values);
    } else if (phase_ == Phase::kScalar && !ends_scalar(text[at])) {
      ++at;
    } else if (phase_ == Phase::kScalar) {
      give(at, values);  // the symbol is looked at again
    } else {
      if (const char* expected = between(text[at], at)) return {static_cast<uint32_t>(at), expected};
      ++at;
    }
  }
  return {};
}

JsonFlaw JsonSplitter::finish(std::string_view text, std::vector<JsonSpan>& values) {
  const auto end = static_cast<uint32_t>(text.size());
  if (phase_ == Phase::kScalar) give(end, values);
  if (phase_ == Phase::kNested) return {static_cast<uint32_t>(begin_), "the end of the value that begins here"};
  if (!array_ || phase_ == Phase::kClosed) return {};
  return {end, phase_ == Phase::kOpen ? "'['" : phase_ == Phase::kBehind ? "',' or ']'" : "a value or ']'"};
}

}  // namespace headrace
