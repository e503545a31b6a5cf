#include "types/parse_nested.h"

#include <vector>

#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/parse_value.h"

namespace headrace {
namespace {

class NestedParser {
 public:
  NestedParser(std::string_view text, ReadValue read) : text_(text), read_(read) {}

  std::optional<std::string> whole(Type type) {
    std::optional<std::string> bytes = nested(type);
    skip_blanks();
    return at_ == text_.size() ? bytes : std::nullopt;
  }

 private:
  // A scalar as written, and whether it stood between quotes.
  struct Scalar {
    std::string text;
    bool quoted = false;
  };

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n')) ++at_;
  }
  bool accept(char symbol) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != symbol) return false;
    ++at_;
    return true;
  }

  std::optional<Scalar> scalar(std::string_view ends) {
    skip_blanks();
    Scalar result;
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"')) {
      const char quote = text_[at_++];
      result.quoted = true;
      for (; at_ < text_.size(); ++at_) {
        const bool more = at_ + 1 < text_.size();
        if (text_[at_] == '\\' && more) {
          result.text += text_[++at_];
        } else if (text_[at_] == quote && more && text_[at_ + 1] == quote) {
          result.text += text_[at_++];
        } else if (text_[at_] == quote) {
          ++at_;
          return result;
        } else {
          result.text += text_[at_];
        }
      }
      return std::nullopt;
    }
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) result.text += text_[at_++];
    while (result.text.ends_with(' ')) result.text.pop_back();
    return result;
  }

  std::optional<Value> value(Type type, std::string_view ends) {
    skip_blanks();
    if (is_nested(type.id) && at_ < text_.size() && (text_[at_] == '[' || text_[at_] == '{')) {
      std::optional<std::string> bytes = nested(type);
      return bytes ? std::optional(Value{type, std::move(*bytes)}) : std::nullopt;
    }
    const std::optional<Scalar> found = scalar(ends);
    if (!found || (!found->quoted && found->text.empty())) return std::nullopt;
    if (!found->quoted && (found->text == "NULL" || found->text == "null")) return null_value(type);
    const Result<Value> parsed = read_(found->text, type);
    return parsed.ok() && !is_nested(type.id) ? std::optional(parsed.value()) : std::nullopt;
  }

  std::optional<std::string> nested(Type type) {
    constexpr int kDepthMax = 32;
    if (++depth_ > kDepthMax) return std::nullopt;
    std::optional<std::vector<Value>> fields = type.id == TypeId::kList     ? list(element_type(type))
                                               : type.id == TypeId::kStruct ? structure(type)
                                                                            : map(type);
    --depth_;
    return fields ? std::optional(nested_bytes(type, *fields)) : std::nullopt;
  }

  std::optional<std::vector<Value>> list(Type element) {
    std::vector<Value> values;
    if (!accept('[')) return std::nullopt;
    if (accept(']')) return values;
    do {
      std::optional<Value> one = value(element, ",]");
      if (!one) return std::nullopt;
      values.push_back(std::move(*one));
    } while (accept(','));
    return accept(']') ? std::optional(values) : std::nullopt;
  }

  std::optional<std::vector<Value>> structure(Type type) {
    std::vector<Value> values;
    for (const NestedField& field : fields_of(type)) values.push_back(null_value(field.type));
    if (!accept('{')) return std::nullopt;
    if (accept('}')) return values;
    do {
      const std::optional<Scalar> name = scalar(":");
      size_t index = 0;
      while (name && index < values.size() && fields_of(type)[index].name != name->text) ++index;
      if (!name || index == values.size() || !accept(':')) return std::nullopt;
      std::optional<Value> one = value(fields_of(type)[index].type, ",}");
      if (!one) return std::nullopt;
      values[index] = std::move(*one);
    } while (accept(','));
    return accept('}') ? std::optional(values) : std::nullopt;
  }

  std::optional<std::vector<Value>> map(Type type) {
    std::vector<Value> values;
    if (!accept('{')) return std::nullopt;
    if (accept('}')) return values;
    do {
      std::optional<Value> key = value(key_type(type), "=");
      if (!key || key->is_null() || !accept('=')) return std::nullopt;
      for (size_t i = 0; i < values.size(); i += 2)
        if (values[i] == *key) return std::nullopt;
      std::optional<Value> mapped = value(mapped_type(type), ",}");
      if (!mapped) return std::nullopt;
      values.push_back(std::move(*key));
      values.push_back(std::move(*mapped));
    } while (accept(','));
    return accept('}') ? std::optional(values) : std::nullopt;
  }

  const std::string_view text_;
  const ReadValue read_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::optional<std::string> parse_nested(std::string_view text, Type type, ReadValue read) {
  return NestedParser(text, read).whole(type);
}

}  // namespace headrace
