#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include <fmt/format.h>

#include "kernel/faults.h"
#include "kernel/test_cells.h"
#include "kernel/test_columns.h"
#include "kernel/test_contract.h"

namespace headrace {
namespace {

constexpr uint32_t kRows = 97;
constexpr uint64_t kRounds = 24;

using Columns = std::vector<TestColumn>;

class AggregateCheck {
 public:
  AggregateCheck(const AggregateOverload& overload, const AggregateFunctions& functions, const Contract& contract,
                 Shown& shown)
      : overload_(overload), functions_(functions), contract_(contract), shown_(shown) {}

  void run() {
    look_at_declarations();
    for (uint64_t round = 0; round < kRounds; ++round) {
      std::mt19937_64 random(round);
      const DrawnValues values = round % 2 == 0 ? DrawnValues::kAny : DrawnValues::kTame;
      Columns columns;
      for (size_t argument = 0; argument < overload_.arguments.size(); ++argument)
        columns.push_back(draw(argument, round, values, random));
      look_at_nulls(columns);
      look_at_repeats(columns);
      if (overload_.order != StateOrder::kFree) continue;
      look_at_order(columns, random);
      look_at_algebra(columns);
    }
    if (contract_.nulls == Nulls::kSees && !sees_nulls_) broken("nulls: counts none");
    if (contract_.determinism == Determinism::kNone && !hangs_on_order_)
      broken("determinism: no order of rows gives something else");
  }

 private:
  void broken(std::string text) { shown_.broken.insert(std::move(text)); }

  // A share beside the values is the same in all rows, and at times outside [0, 1].
  TestColumn draw(size_t argument, uint64_t round, DrawnValues values, std::mt19937_64& random) {
    const TypeId id = overload_.arguments[argument];
    const bool takes_nested = id == TypeId::kUtf8 && (overload_.layout_arguments >> argument & 1) != 0;
    const Type type = takes_nested && round % 3 == 0 ? list_of(kInt32) : sample_type(id);
    TestColumn column = random_column(type, true, kRows, values, random);
    if (round % 4 == 3) spread(column, type.id, round);
    if (overload_.order != StateOrder::kSorted || argument == 0) return column;
    const bool is_median = overload_.aggregate->name == "median";  // of which the share is half, whatever people write
    const double share = is_median ? 0.5 : static_cast<double>(random() % 6) / 4;
    for (uint32_t row = 0; row < kRows; ++row) std::memcpy(at(column, type.id, row), &share, sizeof share);
    column.validity.assign(kRows, 1);
    return column;
  }

  // Floats whose sum rounds elsewhere in another order.
  static void spread(TestColumn& column, TypeId type, uint64_t round) {
    for (uint32_t row = 0; row < kRows; ++row) {
      const double value = std::ldexp(1 + row / 97.0, static_cast<int>((row * 7 + round * row % 5) % 60));
      const auto narrow = static_cast<float>(value);
      if (type == TypeId::kFloat64) std::memcpy(at(column, type, row), &value, sizeof value);
      if (type == TypeId::kFloat32) std::memcpy(at(column, type, row), &narrow, sizeof narrow);
    }
  }

  static char* at(TestColumn& column, TypeId type, uint32_t row) {
    return reinterpret_cast<char*>(column.data.data()) + size_t{row} * width_bytes(type);
  }

  void look_at_declarations() {
    const bool ordered = overload_.order == StateOrder::kInput || overload_.order == StateOrder::kFirst ||
                         overload_.order == StateOrder::kLast;
    if (ordered != (contract_.order == RowOrder::kNeeded))
      broken(ordered ? "order: is not free" : "order: is not needed");
    if (overload_.order != StateOrder::kFree && (contract_.algebra & ~kIdempotent) != 0)
      broken("commutative, associative, invertible: its states are not merged");
  }

  // Some rows of a column in another order, and other rows than those too.
  TestColumn taken(const TestColumn& column, TypeId type, const std::vector<uint32_t>& rows) const {
    TestColumn other{
        .data = std::vector<std::max_align_t>(column.data.size() + 1), .validity = {}, .text = column.text};
    other.data.resize(rows.size() * width_bytes(type) / sizeof(std::max_align_t) + 1);
    for (uint32_t i = 0; i < rows.size(); ++i) {
      std::memcpy(at(other, type, i),
                  reinterpret_cast<const char*>(column.data.data()) + size_t{rows[i]} * width_bytes(type),
                  width_bytes(type));
      other.validity.push_back(column.validity[rows[i]]);
    }
    return other;
  }

  struct State {
    std::vector<std::max_align_t> memory;
    std::shared_ptr<Arena> arena;  // of all states of one answer
  };

  State state_of(const Columns& columns, const std::vector<uint32_t>& rows, std::shared_ptr<Arena> arena) const {
    State state{std::vector<std::max_align_t>(overload_.state_bytes / sizeof(std::max_align_t) + 1), std::move(arena)};
    functions_.init(state.memory.data());
    if (functions_.begin != nullptr) functions_.begin(state.memory.data(), static_cast<int64_t>(rows.size()));
    KernelContext context{state.arena.get()};
    AggregateArguments arguments{.rows = static_cast<uint32_t>(rows.size()), .context = &context};
    Columns some;
    for (size_t i = 0; i < columns.size(); ++i) some.push_back(taken(columns[i], overload_.arguments[i], rows));
    for (size_t i = 0; i < some.size(); ++i) {
      arguments.data[i] = some[i].data.data();
      arguments.validity[i] = some[i].validity.data();
    }
    if (!rows.empty()) functions_.update_one(state.memory.data(), arguments);
    return state;
  }

  State merged(const State& left, const State& right) const {
    State state = state_of({}, {}, left.arena);
    KernelContext context{state.arena.get()};
    functions_.merge(state.memory.data(), left.memory.data(), context);
    functions_.merge(state.memory.data(), right.memory.data(), context);
    return state;
  }

  Cell finished(const State& state) {
    alignas(16) char value[16] = {};
    uint32_t bits = 0;
    const bool valid = functions_.finish(state.memory.data(), value, bits, 2);
    for (uint32_t bit = 1; bit <= Faults::kBadArgument; bit <<= 1) {
      if ((bits & bit) == 0) continue;
      shown_.faults |= bit;
      if ((contract_.faults & bit) == 0) broken(fmt::format("faults: sets {}, which is not declared", fault_name(bit)));
    }
    if (bits != 0) return {static_cast<uint8_t>(bits), true, ""};
    return {0, valid, valid ? bytes_at(overload_.result, value) : ""};
  }

  std::string bytes(const State& state) const {
    std::string text;
    functions_.serialize(state.memory.data(), text);
    return text;
  }

  static std::vector<uint32_t> rows_of(uint32_t first, uint32_t last) {
    std::vector<uint32_t> rows(last - first);
    std::iota(rows.begin(), rows.end(), first);
    return rows;
  }

  // kPropagate: rows with a null argument count for nothing.
  void look_at_nulls(const Columns& columns) {
    std::vector<uint32_t> rows = rows_of(0, kRows), valid;
    for (const uint32_t row : rows)
      if (std::ranges::all_of(columns, [&](const TestColumn& column) { return column.validity[row] != 0; }))
        valid.push_back(row);
    const auto arena = std::make_shared<Arena>();
    if (overload_.order == StateOrder::kSorted) {  // is given rows without nulls
      finished(state_of(columns, valid, arena));
      return;
    }
    const Cell all = finished(state_of(columns, rows, arena)), some = finished(state_of(columns, valid, arena));
    if (contract_.nulls == Nulls::kPropagate && all != some) broken("nulls: counts them");
    sees_nulls_ = sees_nulls_ || all != some;
  }

  void look_at_order(const Columns& columns, std::mt19937_64& random) {
    std::vector<uint32_t> rows = rows_of(0, kRows);
    const auto arena = std::make_shared<Arena>();
    const Cell one = finished(state_of(columns, rows, arena));
    if (finished(state_of(columns, rows, arena)) != one) broken("determinism: the same rows give something else");
    std::ranges::shuffle(rows, random);
    if (contract_.order != RowOrder::kFree || finished(state_of(columns, rows, arena)) == one) return;
    hangs_on_order_ = true;
    if (contract_.determinism != Determinism::kNone) broken("order: is needed, and said to be free");
  }

  void look_at_repeats(const Columns& columns) {
    if ((contract_.algebra & kIdempotent) == 0) return;
    shown_.algebra |= kIdempotent;
    std::vector<uint32_t> twice;
    for (uint32_t row = 0; row < kRows; ++row) twice.insert(twice.end(), 2, row);
    const auto arena = std::make_shared<Arena>();
    if (finished(state_of(columns, twice, arena)) != finished(state_of(columns, rows_of(0, kRows), arena)))
      broken("idempotent: a row that comes twice counts twice");
  }

  void look_at_algebra(const Columns& columns) {
    const auto arena = std::make_shared<Arena>();
    const State first = state_of(columns, rows_of(0, 31), arena), second = state_of(columns, rows_of(31, 40), arena),
                third = state_of(columns, rows_of(40, kRows), arena);
    const auto promises = [&](Algebra property) {
      shown_.algebra |= property;
      return (contract_.algebra & property) != 0;
    };
    if (promises(kCommutative) && finished(merged(first, second)) != finished(merged(second, first)))
      broken("commutative: exchanged states give another answer");
    if (promises(kAssociative) &&
        finished(merged(merged(first, second), third)) != finished(merged(first, merged(second, third))))
      broken("associative: another grouping of states gives another answer");
    // What is merged can be taken out again: states that differ make states that differ.
    if (promises(kInvertible))
      for (const State* with : {&second, &third})
        if (bytes(*with) != bytes(first) && bytes(merged(third, *with)) == bytes(merged(third, first)))
          broken("invertible: different rows make the same state");
  }

  const AggregateOverload& overload_;
  const AggregateFunctions& functions_;
  const Contract& contract_;
  Shown& shown_;
  bool sees_nulls_ = false, hangs_on_order_ = false;
};

}  // namespace

void try_aggregate(const AggregateOverload& overload, const AggregateFunctions& functions, const Contract& contract,
                   Shown& shown) {
  shown.gives_text = shown.gives_text || layout_of(overload.result) == TypeId::kUtf8;
  AggregateCheck(overload, functions, contract, shown).run();
}

}  // namespace headrace
