#include "optimize/read_fields.h"

#include <algorithm>
#include <optional>
#include <string_view>

namespace headrace {
namespace {

const Call* call_of(const ExprPtr& expr, std::string_view function) {
  const auto* node = std::get_if<Call>(&expr->node);
  return node != nullptr && node->function == function ? node : nullptr;
}

// Of nested_has and nested_get over that value: the field that they look at, where that is the same in every row, or every row's is a
// list's element.
std::optional<uint32_t> field_of(const ExprPtr& value, const ExprPtr& number) {
  if (value->type.id == TypeId::kList) return 0;
  const auto* literal = std::get_if<Literal>(&number->node);
  const auto* at = literal == nullptr ? nullptr : std::get_if<int64_t>(&literal->value.data);
  if (value->type.id != TypeId::kStruct || at == nullptr || *at < 1) return std::nullopt;
  return static_cast<uint32_t>(*at - 1);
}

// has(value, number) ? get(value, number) : null, which reads no more than get does.
bool is_field_or_null(const Call& choice) {
  const Call* has = call_of(choice.arguments[0], "nested_has");
  const Call* get = call_of(choice.arguments[1], "nested_get");
  const auto same_part = [](const ExprPtr& left, const ExprPtr& right) { return left == right || same(*left, *right); };
  return has != nullptr && get != nullptr && same_part(has->arguments[0], get->arguments[1]) &&
         same_part(has->arguments[2], get->arguments[3]);
}

// A nested value is read as `of_field` says of one of its fields.
void add_field(const ExprPtr& value, const ExprPtr& number, const ReadFields& of_field,
               std::vector<ReadFields>& columns) {
  const std::optional<uint32_t> field = field_of(value, number);
  add_reads(value, field.has_value() ? of_field.as_field(*field) : ReadFields::whole(), columns);
  add_reads(number, ReadFields::whole(), columns);
}

}  // namespace

ReadFields ReadFields::whole() {
  ReadFields all;
  all.any_ = all.whole_ = true;
  return all;
}

ReadFields ReadFields::presence() {
  ReadFields present;
  present.any_ = true;
  return present;
}

void ReadFields::add(const ReadFields& more) {
  any_ = any_ || more.any_;
  whole_ = whole_ || more.whole_;
  if (whole_) return inside_.clear();
  inside_.resize(std::max(inside_.size(), more.inside_.size()));
  for (size_t field = 0; field < more.inside_.size(); ++field) inside_[field].add(more.inside_[field]);
}

ReadFields ReadFields::as_field(uint32_t field) const {
  ReadFields outside = presence();
  outside.inside_.resize(field + 1);
  outside.inside_[field] = *this;
  return outside;
}

void ReadFields::append_paths(FieldPath& to, std::vector<FieldPath>& paths) const {
  if (std::ranges::none_of(inside_, &ReadFields::any)) return paths.push_back(to);
  for (uint32_t field = 0; field < inside_.size(); ++field) {
    if (!inside_[field].any()) continue;
    to.push_back(field);
    inside_[field].append_paths(to, paths);
    to.pop_back();
  }
}

void add_reads(const ExprPtr& expr, const ReadFields& of_result, std::vector<ReadFields>& columns) {
  if (const auto* column = std::get_if<ColumnIndex>(&expr->node)) return columns[column->index].add(of_result);
  const auto* node = std::get_if<Call>(&expr->node);
  if (node == nullptr) return;
  if (node->function == "if_else" && is_field_or_null(*node)) return add_reads(node->arguments[1], of_result, columns);
  if (node->function == "nested_get") return add_field(node->arguments[1], node->arguments[3], of_result, columns);
  if (node->function == "nested_has")
    return add_field(node->arguments[0], node->arguments[2], ReadFields::presence(), columns);
  if (node->function == "nested_count" || node->function == "is_null" || node->function == "is_not_null")
    return add_reads(node->arguments[0], ReadFields::presence(), columns);
  for (const ExprPtr& argument : node->arguments) add_reads(argument, ReadFields::whole(), columns);
}

}  // namespace headrace
