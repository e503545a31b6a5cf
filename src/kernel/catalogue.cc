#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <mutex>
#include <vector>

#include "base/check.h"
#include "kernel/faults.h"
#include "kernel/function.h"
#include "kernel/state_size.h"
#include "kernel/tags.h"

namespace headrace {

namespace {

constexpr Contract plain_contract(Nulls nulls, uint32_t faults, int algebra, Buffers buffers, double cost_ns) {
  return {.nulls = nulls,
          .faults = faults,
          .purity = Purity::kPure,
          .determinism = Determinism::kDeterministic,
          .cardinality = Cardinality::kOneToOne,
          .domain = Domain::kSame,
          .order = RowOrder::kKept,
          .keys = UniqueKeys::kKept,
          .algebra = static_cast<uint8_t>(algebra),
          .state = StateGrowth::kNone,
          .state_bytes = 0u,
          .buffers = buffers,
          .lifetime = Lifetime::kBatch,
          .side_effects = SideEffects::kNone,
          .concurrency = Concurrency::kAny,
          .cost_ns = cost_ns};
}

// `nulls`, `order` and `state` until complete_contract.
constexpr Contract aggregate_contract(Determinism determinism, uint32_t faults, int algebra, double cost_ns) {
  return {.nulls = Nulls::kPropagate,
          .faults = faults,
          .purity = Purity::kPure,
          .determinism = determinism,
          .cardinality = Cardinality::kManyToOne,
          .domain = Domain::kSame,
          .order = RowOrder::kFree,
          .keys = UniqueKeys::kLost,
          .algebra = static_cast<uint8_t>(algebra),
          .state = StateGrowth::kFixed,
          .state_bytes = 0u,  // per overload: AggregateOverload::state_bytes
          .buffers = Buffers::kOwns,
          .lifetime = Lifetime::kQuery,
          .side_effects = SideEffects::kNone,
          .concurrency = Concurrency::kAny,
          .cost_ns = cost_ns};
}

using enum Nulls;
using enum Buffers;

// Argument lists, in the order of list.def.
#define OVERLOAD1(name, function, result, a) {tags::a::id},
#define OVERLOAD2(name, function, result, a, b) {tags::a::id, tags::b::id},
#define OVERLOAD3(name, function, result, a, b, c) {tags::a::id, tags::b::id, tags::c::id},
#define OVERLOAD4(name, function, result, a, b, c, d) {tags::a::id, tags::b::id, tags::c::id, tags::d::id},
#define SEES1 OVERLOAD1
#define SEES2 OVERLOAD2
#define SEES3 OVERLOAD3
const std::vector<std::vector<TypeId>> kArguments = {
#include "kernel/read_list.h"
};

struct Row {
  std::string_view function, symbol;
  TypeId result;
  uint32_t layout_arguments;
  bool result_by_layout;
};
#define OVERLOAD1(name, function, result, a) \
  {#name, #name "_" #a, tags::result::id, tags::a::by_layout, tags::result::by_layout},
#define OVERLOAD2(name, function, result, a, b) \
  {#name, #name "_" #a "_" #b, tags::result::id, tags::a::by_layout | tags::b::by_layout << 1, tags::result::by_layout},
#define OVERLOAD3(name, function, result, a, b, c)      \
  {#name, #name "_" #a "_" #b "_" #c, tags::result::id, \
   tags::a::by_layout | tags::b::by_layout << 1 | tags::c::by_layout << 2, tags::result::by_layout},
#define OVERLOAD4(name, function, result, a, b, c, d)                                                \
  {#name, #name "_" #a "_" #b "_" #c "_" #d, tags::result::id,                                       \
   tags::a::by_layout | tags::b::by_layout << 1 | tags::c::by_layout << 2 | tags::d::by_layout << 3, \
   tags::result::by_layout},
#define SEES1 OVERLOAD1
#define SEES2 OVERLOAD2
#define SEES3 OVERLOAD3
constexpr Row kRows[] = {
#include "kernel/read_list.h"
};

#define FUNCTION(name, sql, documentation, literals, nulls, faults, algebra, buffers, cost) \
  {#name, sql, documentation, plain_contract(nulls, faults, algebra, buffers, cost), literals, {}},
const Function kFunctionList[] = {
#include "kernel/read_list.h"
};

#define REWRITTEN(name, sql, documentation) {#name, sql, documentation},
const RewrittenFunction kRewrittenList[] = {
#include "kernel/read_list.h"
};

#define SYNONYM(written, name) {#written, #name},
constexpr Synonym kSynonyms[] = {
#include "kernel/read_list.h"
};

std::vector<TypeId> without_none(std::vector<TypeId> types) {
  std::erase(types, TypeId::kNull);
  return types;
}
#define STATE(name, state, result, argument) without_none({tags::argument::id}),
#define STATE2(name, state, result, a, b) {tags::a::id, tags::b::id},
const std::vector<std::vector<TypeId>> kStateArguments = {
#include "kernel/read_list.h"
};

struct StateRow {
  std::string_view aggregate, symbol;
  TypeId result;
  bool result_by_layout;
  uint32_t layout_arguments;
};
#define STATE(name, state, result, argument) \
  {#name, #name "_" #argument, tags::result::id, tags::result::by_layout, tags::argument::by_layout},
#define STATE2(name, state, result, a, b)                                 \
  {#name, #name "_" #a "_" #b, tags::result::id, tags::result::by_layout, \
   uint32_t{tags::a::by_layout} | uint32_t{tags::b::by_layout} << 1},
constexpr StateRow kStateRows[] = {
#include "kernel/read_list.h"
};

#define AGGREGATE(name, sql, documentation, faults, algebra, cost) \
  {#name, sql, documentation, aggregate_contract(Determinism::kDeterministic, faults, algebra, cost), {}},
#define UNSTEADY_AGGREGATE(name, sql, documentation, faults, algebra, cost) \
  {#name, sql, documentation, aggregate_contract(Determinism::kNone, faults, algebra, cost), {}},
const Aggregate kAggregateList[] = {
#include "kernel/read_list.h"
};

struct Catalogue {
  std::vector<Function> functions;
  std::vector<RewrittenFunction> rewritten;
  std::vector<Overload> overloads;
  std::vector<Aggregate> aggregates;
  std::vector<AggregateOverload> aggregate_overloads;
  std::map<std::string_view, const Overload*> overload_by_symbol;
  std::map<std::string_view, const AggregateOverload*> aggregate_by_symbol;

  Catalogue();
};

// The rows of one owner are adjacent in list.def; each owner gets the span of its rows.
template <class Owner, class Item>
void attach(std::vector<Owner>& owners, std::vector<Item>& items, auto&& owner_name, auto&& set_owner) {
  for (Owner& owner : owners) {
    const auto begin =
        std::find_if(items.begin(), items.end(), [&](const Item& i) { return owner_name(i) == owner.name; });
    const auto end = std::find_if(begin, items.end(), [&](const Item& i) { return owner_name(i) != owner.name; });
    for (auto item = begin; item != end; ++item) set_owner(*item, owner);
    owner.overloads = {begin, end};
  }
}

// What the states say themselves.
void complete_contract(Aggregate& aggregate) {
  for (const AggregateOverload& overload : aggregate.overloads) {
    if (overload.keeps_nulls) aggregate.contract.nulls = Nulls::kSees;
    if (overload.order != StateOrder::kFree) aggregate.contract.state = StateGrowth::kWithRows;
    if (overload.order != StateOrder::kFree && overload.order != StateOrder::kSorted)
      aggregate.contract.order = RowOrder::kNeeded;
  }
}

Catalogue::Catalogue() {
  const auto by_name = [](const auto& left, const auto& right) { return left.name < right.name; };
  functions.assign(std::begin(kFunctionList), std::end(kFunctionList));
  std::sort(functions.begin(), functions.end(), by_name);
  rewritten.assign(std::begin(kRewrittenList), std::end(kRewrittenList));
  std::sort(rewritten.begin(), rewritten.end(), by_name);
  for (uint32_t id = 0; id < std::size(kRows); ++id) {
    const Row& row = kRows[id];
    overloads.push_back(
        {nullptr, row.symbol, row.result, kArguments[id], id, row.layout_arguments, row.result_by_layout});
  }
  attach(
      functions, overloads, [](const Overload& o) { return kRows[o.id].function; },
      [](Overload& o, const Function& f) { o.function = &f; });
  for (const Overload& overload : overloads) {
    CHECK(overload.function != nullptr);
    CHECK(overload_by_symbol.emplace(overload.symbol, &overload).second);
  }
  aggregates.assign(std::begin(kAggregateList), std::end(kAggregateList));
  std::sort(aggregates.begin(), aggregates.end(), by_name);
  for (uint32_t id = 0; id < std::size(kStateRows); ++id) {
    const StateRow& row = kStateRows[id];
    const StateSize size = state_size(id);
    const bool counts = row.result == TypeId::kInt64 && row.aggregate.find("count") != std::string_view::npos;
    aggregate_overloads.push_back({nullptr, row.symbol, row.result, kStateArguments[id], !counts, size.bytes,
                                   size.alignment, size.order, size.family, size.keeps_nulls, id, row.layout_arguments,
                                   row.result_by_layout});
  }
  attach(
      aggregates, aggregate_overloads, [](const AggregateOverload& o) { return kStateRows[o.id].aggregate; },
      [](AggregateOverload& o, const Aggregate& a) { o.aggregate = &a; });
  for (Aggregate& aggregate : aggregates) complete_contract(aggregate);
  for (const AggregateOverload& overload : aggregate_overloads) {
    CHECK(overload.aggregate != nullptr);
    CHECK(aggregate_by_symbol.emplace(overload.symbol, &overload).second);
  }
}

const Catalogue& catalogue() {
  static const Catalogue* const instance = new Catalogue;  // never destroyed: overloads are pointed to until exit
  return *instance;
}

template <class Item>
const Item* find_by_name(const std::vector<Item>& items, std::string_view name) {
  const auto at = std::lower_bound(items.begin(), items.end(), name,
                                   [](const Item& item, std::string_view wanted) { return item.name < wanted; });
  return at != items.end() && at->name == name ? &*at : nullptr;
}

// Users' functions, added while queries may run.
struct Registry {
  std::mutex mutex;
  std::map<std::string_view, const Function*, std::less<>> functions;
  std::map<std::string_view, const Overload*, std::less<>> overloads;
};

Registry& registry() {
  static Registry* const instance = new Registry;
  return *instance;
}

template <class Items>
auto find_registered(Items Registry::* items, std::string_view name) -> typename Items::mapped_type {
  const std::lock_guard lock(registry().mutex);
  const auto at = (registry().*items).find(name);
  return at == (registry().*items).end() ? nullptr : at->second;
}

}  // namespace

bool register_function(const Function& function) {
  if (find_by_name(catalogue().functions, function.name) != nullptr) return false;
  const std::lock_guard lock(registry().mutex);
  if (!registry().functions.emplace(function.name, &function).second) return false;
  for (const Overload& overload : function.overloads) registry().overloads.emplace(overload.symbol, &overload);
  return true;
}

std::span<const RewrittenFunction> rewritten_functions() { return catalogue().rewritten; }
std::span<const Synonym> synonyms() { return kSynonyms; }
std::string_view canonical_name(std::string_view lower_name) {
  for (const Synonym& synonym : kSynonyms)
    if (lower_name == synonym.written) return synonym.name;
  return lower_name;
}

std::span<const Function> functions() { return catalogue().functions; }
std::span<const Aggregate> aggregates() { return catalogue().aggregates; }
const Function* find_function(std::string_view name) {
  const Function* built_in = find_by_name(catalogue().functions, name);
  return built_in != nullptr ? built_in : find_registered(&Registry::functions, name);
}
const Function* dual_of(const Function& function) {
  static constexpr std::pair<std::string_view, std::string_view> kDuals[] = {{"and", "or"},
                                                                             {"bit_and_of", "bit_or_of"}};
  for (const auto& [one, other] : kDuals)
    if (function.name == one || function.name == other) return find_function(function.name == one ? other : one);
  return nullptr;
}
const Aggregate* find_aggregate(std::string_view name) { return find_by_name(catalogue().aggregates, name); }

const Overload* find_overload(std::string_view symbol) {
  const auto at = catalogue().overload_by_symbol.find(symbol);
  return at != catalogue().overload_by_symbol.end() ? at->second : find_registered(&Registry::overloads, symbol);
}

const AggregateOverload* find_aggregate_overload(std::string_view symbol) {
  const auto at = catalogue().aggregate_by_symbol.find(symbol);
  return at == catalogue().aggregate_by_symbol.end() ? nullptr : at->second;
}

}  // namespace headrace
