#include "plan/list_aggregates.h"

#include <fmt/format.h>

#include "expr/typing.h"

namespace headrace {

namespace {

ExprPtr made(AggregateCall call, TextPosition where) {
  return std::make_shared<const Expr>(Expr{.node = std::move(call), .where = where});
}

// nullptr: the aggregate takes no list.
const Call* list_of_shares(const AggregateCall& written) {
  if ((written.function != "quantile_cont" && written.function != "quantile_disc") || written.arguments.empty())
    return nullptr;
  const auto* list = std::get_if<Call>(&written.arguments.back()->node);
  return list != nullptr && list->function == "list_value" ? list : nullptr;
}

// Over no value each quantile is null, and so is the list.
ExprPtr list_of_quantiles(const AggregateCall& written, const Call& shares, TextPosition where) {
  std::vector<ExprPtr> quantiles;
  for (const ExprPtr& share : shares.arguments) {
    AggregateCall one = written;
    one.arguments.back() = share;
    quantiles.push_back(made(std::move(one), where));
  }
  ExprPtr list = call("list_value", quantiles, where);
  if (quantiles.empty()) return list;
  Case whole{{{call("is_null", {quantiles[0]}, where), literal(null_value(kNullType), where)}}, std::move(list)};
  return std::make_shared<const Expr>(Expr{.node = std::move(whole), .where = where});
}

Status check_number(const std::string& function, const Expr& written) {
  const auto* given = std::get_if<Literal>(&written.node);
  const auto* narrow = given == nullptr ? nullptr : std::get_if<int32_t>(&given->value.data);
  const auto* wide = given == nullptr ? nullptr : std::get_if<int64_t>(&given->value.data);
  const int64_t number = narrow != nullptr ? *narrow : (wide != nullptr ? *wide : 0);
  if (number >= 1 && number <= kExtremesMax && is_integer(given->value.type)) return kDone;
  return Error{
      ErrorCode::kInvalidPlan,
      fmt::format("{} expects a number of values from 1 to {}, found {}", function, kExtremesMax, to_text(written)),
      to_text(written.where), "the number is the same for all rows: a literal or a parameter"};
}

// The first values of a list that is sorted by `key`, the last argument but the number.
ExprPtr list_of_extremes(const AggregateCall& written, bool greatest, TextPosition where) {
  AggregateCall list = written;
  const ExprPtr number = list.arguments.back();
  list.arguments.pop_back();
  const ExprPtr key = list.arguments.back();
  for (const ExprPtr& argument : list.arguments) {
    const ExprPtr known = call("is_not_null", {argument}, where);
    list.filter = list.filter == nullptr ? known : call("and", {list.filter, known}, where);
  }
  list.order = {SortKey{key, greatest, false}};
  list.arguments.resize(1);
  list.function = "list";
  return call("list_slice", {made(std::move(list), where), literal(Value{kInt64, int64_t{1}}, where), number}, where);
}

}  // namespace

Result<ExprPtr> without_list_aggregate(const AggregateCall& written, TextPosition where) {
  if (const Call* shares = list_of_shares(written)) {
    for (const ExprPtr& share : shares->arguments)
      if (const auto* given = std::get_if<Literal>(&share->node); given != nullptr && given->value.is_null())
        return Error{ErrorCode::kInvalidPlan,
                     fmt::format("{} expects shares from 0 to 1, found NULL", written.function), to_text(share->where),
                     ""};
    return list_of_quantiles(written, *shares, where);
  }
  const bool greatest = written.function == "max" || written.function == "arg_max";
  const bool of_key = written.function == "arg_max" || written.function == "arg_min";
  if ((!greatest && written.function != "min" && !of_key) || written.arguments.size() != (of_key ? 3u : 2u))
    return ExprPtr();
  TRY_STATUS(check_number(written.function, *written.arguments.back()));
  return list_of_extremes(written, greatest, where);
}

}  // namespace headrace
