// What lists and maps are asked besides their parts: sets, choices, orders, aggregates over the elements.
#include "reference/lists.h"

#include <algorithm>
#include <functional>
#include <map>

#include "reference/bind.h"
#include "reference/compare.h"
#include "types/nested_type.h"

namespace headrace::reference {
namespace {

using Arguments = std::vector<Datum>;

Term typed_call(std::string name, std::vector<Term> arguments, Type type) {
  return {Term::Kind::kCall, type, 0, {}, std::move(name), std::move(arguments)};
}

bool holds(const std::vector<Datum>& fields, const Datum& value) {
  return std::any_of(fields.begin(), fields.end(),
                     [&](const Datum& one) { return !one.is_null() && compare_fields(one, value) == 0; });
}

Datum has_any(const Arguments& a) {
  for (const Datum& field : a[0].fields())
    if (!field.is_null() && holds(a[1].fields(), field)) return {true};
  return {false};
}

Datum has_all(const Arguments& a) {
  for (const Datum& field : a[1].fields())
    if (!field.is_null() && !holds(a[0].fields(), field)) return {false};
  return {true};
}

Datum intersect(const Arguments& a) {
  const bool first_longer = a[0].fields().size() > a[1].fields().size();
  const auto &longer = a[first_longer ? 0 : 1].fields(), &shorter = a[first_longer ? 1 : 0].fields();
  std::vector<Datum> kept;
  for (const Datum& field : longer)
    if (!field.is_null() && holds(shorter, field) && !holds(kept, field)) kept.push_back(field);
  return of_fields(std::move(kept));
}

Datum where(const Arguments& a) {
  std::vector<Datum> kept;
  for (size_t i = 0; i < a[1].fields().size(); ++i) {
    const Datum& choice = a[1].fields()[i];
    if (choice.is_null()) return fault(Fault::kBadArgument);
    if (choice.is_true()) kept.push_back(i < a[0].fields().size() ? a[0].fields()[i] : null());
  }
  return of_fields(std::move(kept));
}

Datum select(const Arguments& a) {
  std::vector<Datum> kept;
  for (const Datum& number : a[1].fields()) {
    if (number.is_null()) return fault(Fault::kBadArgument);
    const BigInteger count(static_cast<int64_t>(a[0].fields().size()));
    const bool there = !(number.integer() < BigInteger(1)) && !(count < number.integer());
    kept.push_back(there ? a[0].fields()[static_cast<size_t>(number.integer().to_int64() - 1)] : null());
  }
  return of_fields(std::move(kept));
}

Datum count(const Arguments& a) {
  int64_t known = 0;
  for (const Datum& field : a[0].fields()) known += field.is_null() ? 0 : 1;
  return {BigInteger(known)};
}

Datum sum(const Arguments& a) {
  BigInteger total(0);
  bool any = false;
  for (const Datum& field : a[0].fields()) {
    if (field.is_null()) continue;
    total = total + field.integer();
    any = true;
  }
  return any ? Datum{total} : null();
}

Datum extreme(const Arguments& a, int sign) {
  Datum best = null();
  for (const Datum& field : a[0].fields())
    if (!field.is_null() && (best.is_null() || compare_fields(field, best) * sign > 0)) best = field;
  return best;
}

Datum any_value(const Arguments& a) {
  for (const Datum& field : a[0].fields())
    if (!field.is_null()) return field;
  return null();
}

Datum entries(const Arguments& a) {
  std::vector<Datum> made;
  const auto& fields = a[0].fields();
  for (size_t i = 0; i + 1 < fields.size(); i += 2) made.push_back(of_fields({fields[i], fields[i + 1]}));
  return of_fields(std::move(made));
}

Datum map_contains(const Arguments& a) {
  for (size_t i = 0; i + 1 < a[0].fields().size(); i += 2)
    if (compare_fields(a[0].fields()[i], a[1]) == 0) return {true};
  return {false};
}

}  // namespace

std::optional<Term> bind_lists(const std::string& name, const std::vector<Term>& a) {
  if (a.empty()) return std::nullopt;
  const Type type = a[0].type;
  if (type.id == TypeId::kMap) {
    if (name == "map_entries" && a.size() == 1)
      return typed_call(name, a, list_of(struct_of({{"key", key_type(type)}, {"value", mapped_type(type)}})));
    if (name == "map_contains" && a.size() == 2) return typed_call(name, {a[0], convert(a[1], key_type(type))}, kBool);
    return std::nullopt;
  }
  if (type.id != TypeId::kList) return std::nullopt;
  const Type element = element_type(type);
  if (a.size() == 1) {
    if (name == "list_count") return typed_call("count_known", a, kInt64);
    if (name == "list_sum" && is_integer(element)) return typed_call(name, a, decimal(38, 0));
    if (name == "list_min" || name == "list_max" || name == "list_first" || name == "list_last" ||
        name == "list_any_value")
      return typed_call(name, a, element);
  }
  if (a.size() != 2) return std::nullopt;
  if (name == "list_has_any" || name == "list_has_all" || name == "list_intersect") {
    const auto both = common_type(a[0], a[1]);
    if (!both) return std::nullopt;
    return typed_call(name, {convert(a[0], *both), convert(a[1], *both)}, name == "list_intersect" ? *both : kBool);
  }
  if (name == "list_where") return typed_call(name, {a[0], convert(a[1], list_of(kBool))}, type);
  if (name == "list_select") return typed_call(name, {a[0], convert(a[1], list_of(kInt64))}, type);
  return std::nullopt;
}

std::optional<Datum> apply_lists(const Term& call, const std::vector<Datum>& a) {
  static const std::map<std::string, std::function<Datum(const Arguments&)>> functions = {
      {"list_has_any", has_any},
      {"list_has_all", has_all},
      {"list_intersect", intersect},
      {"list_where", where},
      {"list_select", select},
      {"count_known", count},
      {"list_sum", sum},
      {"list_min", [](const Arguments& b) { return extreme(b, -1); }},
      {"list_max", [](const Arguments& b) { return extreme(b, 1); }},
      {"list_first", [](const Arguments& b) { return b[0].fields().empty() ? null() : b[0].fields().front(); }},
      {"list_last", [](const Arguments& b) { return b[0].fields().empty() ? null() : b[0].fields().back(); }},
      {"list_any_value", any_value},
      {"map_entries", entries},
      {"map_contains", map_contains},
  };
  const auto found = functions.find(call.function);
  if (found == functions.end()) return std::nullopt;
  if (std::any_of(a.begin(), a.end(), [](const Datum& one) { return one.is_null(); })) return null();
  return found->second(a);
}

}  // namespace headrace::reference
