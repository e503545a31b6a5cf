#include "kernel/text/regexp.h"

#include <re2/re2.h>

#include <array>
#include <cstring>
#include <memory>
#include <optional>

#include "kernel/nested.h"

namespace headrace::kernel {

namespace {

re2::StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }

struct Options {
  RE2::Options re2;
  bool global = false;
};

// nullopt: a letter that is no option.
std::optional<Options> options_of(std::string_view letters) {
  Options options;
  options.re2.set_log_errors(false);
  options.re2.set_max_mem(kPatternBytesMax);
  options.re2.set_dot_nl(true);
  for (const char letter : letters) {
    switch (letter) {
      case 'c': options.re2.set_case_sensitive(true); break;
      case 'i': options.re2.set_case_sensitive(false); break;
      case 'l': options.re2.set_literal(true); break;
      case 's': options.re2.set_dot_nl(true); break;
      case 'm':
      case 'n':
      case 'p': options.re2.set_dot_nl(false); break;
      case 'g': options.global = true; break;
      case ' ': break;
      default: return std::nullopt;
    }
  }
  return options;
}

struct Compiled {
  std::string pattern, letters;
  std::unique_ptr<const RE2> expression;  // nullptr: says nothing
  bool global = false;
  uint64_t used = 0;
};

// This thread's patterns; the one that was used longest ago goes.
class Patterns {
 public:
  // nullptr: the pattern or the options say nothing.
  const Compiled* find(std::string_view pattern, std::string_view letters) {
    Compiled* oldest = &patterns_[0];
    for (Compiled& one : patterns_) {
      if (one.used != 0 && one.pattern == pattern && one.letters == letters) {
        one.used = ++time_;
        return one.expression == nullptr ? nullptr : &one;
      }
      if (one.used < oldest->used) oldest = &one;
    }
    *oldest = compile(pattern, letters);
    oldest->used = ++time_;
    return oldest->expression == nullptr ? nullptr : oldest;
  }

 private:
  static Compiled compile(std::string_view pattern, std::string_view letters) {
    Compiled made{std::string(pattern), std::string(letters), nullptr, false, 0};
    const std::optional<Options> options = options_of(letters);
    if (!options) return made;
    auto expression = std::make_unique<const RE2>(piece_of(pattern), options->re2);
    if (expression->ok()) made.expression = std::move(expression);
    made.global = options->global;
    return made;
  }

  std::array<Compiled, kCompiledPatterns> patterns_;
  uint64_t time_ = 0;
};

// RE2 reports errors and throws only what its containers throw without memory.
const Compiled* compiled(StringRef pattern, StringRef options, Faults& faults) {
  static thread_local Patterns patterns;
  const Compiled* found = nullptr;
  try {
    found = patterns.find(pattern.view(), options.view());
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return nullptr;
  }
  faults.add_if(Faults::kBadArgument, found == nullptr);
  return found;
}

constexpr int kGroupsMax = 10;

// Whether \n in a replacement names a group that the expression has, and each backslash something.
std::string replacement_error(const RE2& expression, std::string_view replacement) {
  std::string error;
  expression.CheckRewriteString(piece_of(replacement), &error);
  return error;
}

}  // namespace

bool regexp_matches(StringRef text, StringRef pattern, StringRef options, Faults& faults) noexcept {
  const Compiled* found = compiled(pattern, options, faults);
  return found != nullptr && RE2::PartialMatch(piece_of(text.view()), *found->expression);
}

bool regexp_full_match(StringRef text, StringRef pattern, StringRef options, Faults& faults) noexcept {
  const Compiled* found = compiled(pattern, options, faults);
  return found != nullptr && RE2::FullMatch(piece_of(text.view()), *found->expression);
}

StringRef regexp_extract(StringRef text, StringRef pattern, int32_t group, StringRef options, Faults& faults) noexcept {
  faults.add_if(Faults::kBadArgument, group < 0 || group >= kGroupsMax);
  const Compiled* found = compiled(pattern, options, faults);
  if (faults.bits != 0 || found == nullptr || group > found->expression->NumberOfCapturingGroups()) return {};
  re2::StringPiece groups[kGroupsMax];
  const re2::StringPiece whole = piece_of(text.view());
  if (!found->expression->Match(whole, 0, whole.size(), RE2::UNANCHORED, groups, group + 1)) return {};
  return {groups[group].data(), static_cast<uint32_t>(groups[group].size())};
}

StringRef regexp_replace(StringRef text, StringRef pattern, StringRef replacement, StringRef options, Faults& faults,
                         KernelContext& context) noexcept {
  const Compiled* found = compiled(pattern, options, faults);
  if (found == nullptr) return {};
  try {
    if (!replacement_error(*found->expression, replacement.view()).empty()) {
      faults.add_if(Faults::kBadArgument, true);
      return {};
    }
    std::string result(text.view());
    const re2::StringPiece rewrite = piece_of(replacement.view());
    const bool changed = found->global ? RE2::GlobalReplace(&result, *found->expression, rewrite) > 0
                                       : RE2::Replace(&result, *found->expression, rewrite);
    if (!changed) return text;
    NewText made(result.size(), faults, context);
    if (made.bytes() == nullptr) return {};
    if (!result.empty()) std::memcpy(made.bytes(), result.data(), result.size());
    return made.text();
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

namespace {

void append_text(std::string_view text, std::string& list) {
  list += kNestedValid;
  const size_t size = list.size();
  list.resize(size + nested_text_bytes(text));
  write_nested_text(text, list.data() + size);
}

StringRef finished(std::string list, Faults& faults, KernelContext& context) {
  list += kNestedEnd;
  char* room = nested_room(list.size(), faults, context);
  if (room == nullptr) return {};
  std::memcpy(room, list.data(), list.size());
  return {room, static_cast<uint32_t>(list.size())};
}

// Where the code point that begins at `at` ends.
size_t behind_code_point(std::string_view text, size_t at) {
  for (++at; at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;) ++at;
  return at;
}

}  // namespace

StringRef regexp_extract_all(StringRef text, StringRef pattern, int32_t group, StringRef options, Faults& faults,
                             KernelContext& context) noexcept {
  const Compiled* found = compiled(pattern, options, faults);
  if (found == nullptr) return {};
  faults.add_if(Faults::kBadArgument,
                group < 0 || group >= kGroupsMax || group > found->expression->NumberOfCapturingGroups());
  if (faults.bits != 0) return {};
  try {
    std::string list;
    const std::string_view whole = text.view();
    re2::StringPiece groups[kGroupsMax];
    for (size_t at = 0; at <= whole.size();) {
      if (!found->expression->Match(piece_of(whole), at, whole.size(), RE2::UNANCHORED, groups, group + 1)) break;
      if (groups[group].data() == nullptr)
        list += kNestedNull;
      else
        append_text({groups[group].data(), groups[group].size()}, list);
      const size_t end = static_cast<size_t>(groups[0].data() - whole.data()) + groups[0].size();
      at = groups[0].empty() ? behind_code_point(whole, end) : end;
    }
    return finished(std::move(list), faults, context);
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

StringRef regexp_split_to_array(StringRef text, StringRef pattern, StringRef options, Faults& faults,
                                KernelContext& context) noexcept {
  const Compiled* found = compiled(pattern, options, faults);
  if (found == nullptr) return {};
  try {
    std::string list;
    std::string_view rest = text.view();
    while (!rest.empty()) {
      re2::StringPiece match;
      if (!found->expression->Match(piece_of(rest), 0, rest.size(), RE2::UNANCHORED, &match, 1)) break;
      auto end = static_cast<size_t>(match.data() - rest.data());
      if (match.empty() && end == 0) {
        end = behind_code_point(rest, 0);
        if (end == rest.size()) break;
      }
      append_text(rest.substr(0, end), list);
      rest.remove_prefix(end + match.size());
    }
    append_text(rest, list);
    return finished(std::move(list), faults, context);
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

StringRef regexp_escape(StringRef text, Faults& faults, KernelContext& context) noexcept {
  try {
    const std::string escaped = RE2::QuoteMeta(piece_of(text.view()));
    NewText made(escaped.size(), faults, context);
    if (made.bytes() == nullptr) return {};
    if (!escaped.empty()) std::memcpy(made.bytes(), escaped.data(), escaped.size());
    return made.text();
  } catch (const std::bad_alloc&) {
    faults.add_if(Faults::kMemory, true);
    return {};
  }
}

std::string regexp_error(std::string_view pattern, std::string_view options, const std::string_view* replacement) {
  const std::optional<Options> read = options_of(options);
  if (!read) return "the options are letters of c, i, l, m, n, p, s and g";
  const RE2 expression(piece_of(pattern), read->re2);
  if (!expression.ok()) return expression.error();
  return replacement == nullptr ? "" : replacement_error(expression, *replacement);
}

}  // namespace headrace::kernel
