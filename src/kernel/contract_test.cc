// Goal: every kernel keeps what its contract promises, and a contract that promises something else is found out.
// Method: rows of every type, lists and maps too, with nulls, faults and extremes, drawn with fixed seeds (kernel/test_contract.h).
#include "kernel/contract.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "kernel/faults.h"
#include "kernel/test_contract.h"

namespace headrace {
namespace {

// Faults that no drawn row sets, and why.
struct Unseen {
  std::string_view function;
  uint32_t faults;
};
constexpr Unseen kUnseen[] = {
    {"damerau_levenshtein", Faults::kOverflow},  // texts of more than 2^32 pairs of code points
    {"list_has_all", Faults::kMemory},  // memory that no budget counts
    {"list_has_any", Faults::kMemory},  // the same
    {"regexp_extract", Faults::kMemory},  // the bound of a pattern's automaton
    {"regexp_full_match", Faults::kMemory},  // the same
    {"regexp_matches", Faults::kMemory},  // the same
    {"try_result", Faults::kMemory},  // that of its argument, which it lets through
};

TEST(Contracts, KernelsKeepTheirs) {
  for (const Function& function : functions()) {
    Shown shown;
    for (const Overload& overload : function.overloads) {
      const size_t before = shown.broken.size();
      try_kernel(overload, loop_table().kernels[overload.id], function.contract, shown);
      EXPECT_EQ(shown.broken.size(), before) << "by " << overload.symbol;
    }
    for (const Unseen& one : kUnseen)
      if (one.function == function.name) shown.faults |= one.faults;
    look_at_rest(function.contract, shown);
    for (const std::string& promise : shown.broken) ADD_FAILURE() << function.name << ": " << promise;
  }
}

TEST(Contracts, AggregatesKeepTheirs) {
  for (const Aggregate& aggregate : aggregates()) {
    Shown shown;
    for (const AggregateOverload& overload : aggregate.overloads) {
      const size_t before = shown.broken.size();
      try_aggregate(overload, loop_table().aggregates[overload.id], aggregate.contract, shown);
      EXPECT_EQ(shown.broken.size(), before) << "by " << overload.symbol;
    }
    if (!aggregate.overloads.empty()) look_at_rest(aggregate.contract, shown);
    for (const std::string& promise : shown.broken) ADD_FAILURE() << aggregate.name << ": " << promise;
  }
}

// --- contracts that promise something else

void expect_broken(const Shown& shown, std::string_view field, std::string_view what) {
  const bool found = std::ranges::any_of(shown.broken, [&](const std::string& one) { return one.starts_with(field); });
  EXPECT_TRUE(found) << what << ": nothing found that begins with '" << field << "', but "
                     << ::testing::PrintToString(shown.broken);
}

struct WrongContract {
  const char* symbol;
  void (*change)(Contract& contract);
  const char* field;  // what is found begins so
};

// Whether rows that `try_rows` draws show that the changed contract is wrong.
template <class TryRows>
void expect_found(const WrongContract& one, Contract contract, TryRows&& try_rows) {
  one.change(contract);
  Shown shown;
  try_rows(contract, shown);
  look_at_rest(contract, shown);
  expect_broken(shown, one.field, one.symbol);
}

TEST(Contracts, WrongOnesOfKernelsAreFound) {
  const WrongContract wrong[] = {
      {"add_i64_i64", [](Contract& c) { c.faults = 0u; }, "faults: sets overflow"},
      {"add_i64_i64", [](Contract& c) { c.faults = c.faults | Faults::kBadUtf8; }, "faults: never sets invalid UTF-8"},
      {"add_i64_i64", [](Contract& c) { c.nulls = Nulls::kSees; }, "nulls: leaves them"},
      {"and_b_b", [](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls: decides"},
      {"lt_I64_I64", [](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "commutative: the exchanged"},
      {"upper_str", [](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "commutative: its types"},
      {"subtract_f64_f64", [](Contract& c) { c.algebra = uint8_t{kAssociative}; }, "associative: another"},
      {"add_f64_f64", [](Contract& c) { c.algebra = uint8_t{kAssociative}; }, "associative: another"},
      {"multiply_f64_f64", [](Contract& c) { c.algebra = uint8_t{kIdempotent}; }, "idempotent: f(f(a))"},
      {"abs_f64", [](Contract& c) { c.algebra = uint8_t{kInvertible}; }, "invertible: two values"},
      {"list_distinct_STR_str", [](Contract& c) { c.algebra = uint8_t{kInvertible}; }, "invertible: two values"},
      {"list_reverse_STR_str", [](Contract& c) { c.algebra = uint8_t{kIdempotent}; }, "idempotent: f(f(a))"},
      {"list_concat_STR_STR", [](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "commutative: the exchanged"},
      {"list_every_STR_str_i64", [](Contract& c) { c.faults = c.faults & ~Faults::kOutOfRange; }, "faults: sets out"},
      {"map_of_lists_STR_STR_str_str", [](Contract& c) { c.faults = c.faults & ~Faults::kBadCast; },
       "faults: sets bad"},
      {"nested_get_I64_STR_str_i64", [](Contract& c) { c.faults = c.faults | Faults::kOverflow; },
       "faults: never sets"},
      {"nested_get_STR_STR_str_i64", [](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers: gives bytes that it"},
      {"nested_close_bin_str", [](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers: gives bytes that it"},
      {"nested_has_STR_str_i64", [](Contract& c) { c.nulls = Nulls::kSees; }, "nulls: leaves them"},
      {"replace_str_str_str", [](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers: gives bytes that it does not"},
      {"upper_str", [](Contract& c) { c.buffers = Buffers::kByValue; }, "buffers: gives more bytes"},
      {"add_i64_i64", [](Contract& c) { c.algebra = c.algebra | kDistributive; }, "distributive: its types"},
  };
  for (const WrongContract& one : wrong) {
    const Overload* overload = find_overload(one.symbol);
    ASSERT_NE(overload, nullptr) << one.symbol;
    expect_found(one, overload->function->contract, [&](const Contract& contract, Shown& shown) {
      try_kernel(*overload, loop_table().kernels[overload->id], contract, shown);
    });
  }
}

uint32_t give_the_call(const LoopArguments& loop) {
  static int64_t calls = 0;
  ++calls;
  for (uint32_t row = 0; row < loop.rows; ++row) {
    static_cast<int64_t*>(loop.out)[row] = calls;
    loop.out_faults[row] = 0;
  }
  return 0;
}

// Of the rows that are asked for, their place among these.
uint32_t give_the_place(const LoopArguments& loop) {
  for (uint32_t i = 0; i < (loop.selection == nullptr ? loop.rows : loop.selected); ++i) {
    const uint32_t row = loop.selection == nullptr ? i : loop.selection[i];
    static_cast<int64_t*>(loop.out)[row] = i;
    loop.out_faults[row] = 0;
  }
  return 0;
}

TEST(Contracts, LoopsOfAnotherKindAreFound) {
  const Overload& overload = *find_overload("add_f64_f64");
  const Overload& integers = *find_overload("add_i64_i64");
  for (const auto& [loop, field] : {std::pair<KernelLoop, const char*>{give_the_call, "determinism"},
                                    {give_the_call, "cardinality"},
                                    {give_the_place, "order"}}) {
    Shown shown;
    try_kernel(integers, loop, overload.function->contract, shown);
    expect_broken(shown, field, "a loop");
  }
  const Overload& bits = *find_overload("bit_and_of_i64_i64");
  Shown shown;
  try_kernel(bits, loop_table().kernels[find_overload("subtract_i64_i64")->id], bits.function->contract, shown);
  expect_broken(shown, "distributive: shared out", "differences");
}

TEST(Contracts, WrongOnesOfAggregatesAreFound) {
  const WrongContract wrong[] = {
      {"sum_dec", [](Contract& c) { c.faults = 0u; }, "faults: sets overflow"},
      {"sum_f64", [](Contract& c) { c.faults = c.faults | Faults::kBadCast; }, "faults: never sets bad cast"},
      {"sum_i64", [](Contract& c) { c.nulls = Nulls::kSees; }, "nulls: counts none"},
      {"first_I64", [](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls: counts them"},
      {"first_I64", [](Contract& c) { c.order = RowOrder::kFree; }, "order: is not free"},
      {"sum_f64", [](Contract& c) { c.order = RowOrder::kNeeded; }, "order: is not needed"},
      {"list_I64", [](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "commutative"},
      {"sum_f64", [](Contract& c) { c.algebra = c.algebra | kIdempotent; }, "idempotent"},
      {"max_I64", [](Contract& c) { c.algebra = c.algebra | kInvertible; }, "invertible"},
      {"sum_fast_f64", [](Contract& c) { c.algebra = uint8_t{kAssociative}; }, "associative"},
      {"sum_fast_f64", [](Contract& c) { c.determinism = Determinism::kDeterministic; }, "order: is needed"},
      {"sum_f64", [](Contract& c) { c.determinism = Determinism::kNone; }, "determinism: no order"},
  };
  for (const WrongContract& one : wrong) {
    const AggregateOverload* overload = find_aggregate_overload(one.symbol);
    ASSERT_NE(overload, nullptr) << one.symbol;
    expect_found(one, overload->aggregate->contract, [&](const Contract& contract, Shown& shown) {
      try_aggregate(*overload, loop_table().aggregates[overload->id], contract, shown);
    });
  }
}

TEST(Contracts, MergesOfAnotherKindAreFound) {
  const AggregateOverload& count = *find_aggregate_overload("count_none");
  using Merge = void (*)(void* state, const void* other, KernelContext& context);
  const Merge takes_away = [](void* state, const void* other, KernelContext&) {
    *static_cast<int64_t*>(state) -= *static_cast<const int64_t*>(other);
  };
  const Merge takes_over = [](void* state, const void* other, KernelContext&) {
    *static_cast<int64_t*>(state) = *static_cast<const int64_t*>(other);
  };
  for (const auto& [merge, field] : {std::pair(takes_away, "associative"), std::pair(takes_over, "commutative")}) {
    AggregateFunctions functions = loop_table().aggregates[count.id];
    functions.merge = merge;
    Shown shown;
    try_aggregate(count, functions, count.aggregate->contract, shown);
    expect_broken(shown, field, "a merge");
  }
}

}  // namespace
}  // namespace headrace
