#include "kernel/test_contract.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "kernel/faults.h"
#include "kernel/test_arguments.h"
#include "kernel/test_cells.h"
#include "kernel/test_contract_names.h"

namespace headrace {
namespace {

constexpr uint32_t kRows = 257;
constexpr uint64_t kRounds = 24;
constexpr uint8_t kUntouched = 0x5A;
constexpr uint8_t kGivenFault = Faults::kForeign;  // of arguments; no kernel of ours makes it

// Vectors of one call's arguments.
struct Arguments {
  std::vector<TestColumn> columns;
  std::vector<std::vector<uint8_t>> faults;  // empty: no argument faults
  uint32_t constants = 0;  // a bit for each that is read at row 0

  Arguments with(const std::vector<size_t>& order) const {
    Arguments other{.columns = {}, .faults = {}, .constants = constants};
    for (const size_t at : order) other.columns.push_back(columns[at]);
    for (const size_t at : order)
      if (!faults.empty()) other.faults.push_back(faults[at]);
    return other;
  }
};

struct Answers {
  std::vector<Cell> cells;
  uint32_t bits = 0;
  std::vector<std::max_align_t> data;
  std::vector<uint8_t> validity, faults;
  bool writes_validity = false;
  std::shared_ptr<Arena> arena;

  // As an argument of another call.
  TestColumn column() const { return {data, validity, arena}; }
};

class KernelCheck {
 public:
  KernelCheck(const Overload& overload, KernelLoop loop, const Contract& contract, Shown& shown)
      : overload_(overload), loop_(loop), contract_(contract), shown_(shown) {}

  void run() {
    for (uint64_t round = 0; round < kRounds; ++round) {
      std::mt19937_64 random(round);
      const Arguments drawn =
          draw(round, random, round % 2 == 0 ? DrawnValues::kAny : DrawnValues::kSmall, round % 3 == 0);
      const Answers answers = call(drawn);
      look_at_faults(answers);
      look_at_nulls(answers);
      look_at_order(drawn, answers, random);
      look_at_algebra(drawn, answers, round, random);
      look_at_buffers(drawn, answers);
    }
    starve();
  }

 private:
  bool sees() const { return contract_.nulls == Nulls::kSees; }
  size_t count() const { return overload_.arguments.size(); }
  void broken(std::string text) { shown_.broken.insert(std::move(text)); }
  bool tries(Algebra property) {
    if ((contract_.algebra & property) == 0) return false;
    shown_.algebra |= property;
    return true;
  }

  Arguments draw(uint64_t round, std::mt19937_64& random, DrawnValues values, bool with_nulls) {
    const ArgumentMaker maker(overload_, round);
    Arguments drawn;
    for (size_t argument = 0; argument < count(); ++argument) {
      drawn.columns.push_back(maker.make(argument, kRows, values, random));
      if (maker.is_constant(argument)) drawn.constants |= uint32_t{1} << argument;
      if (!with_nulls && !maker.is_constant(argument)) drawn.columns.back().validity.assign(kRows, 1);
      drawn.faults.emplace_back(kRows, uint8_t{0});
      if (sees() && with_nulls && !maker.is_constant(argument))
        for (uint8_t& fault : drawn.faults.back()) fault = random() % 6 == 0 ? kGivenFault : 0;
    }
    return drawn;
  }

  // `chosen` empty: all rows.
  Answers call(const Arguments& arguments, const std::vector<uint16_t>& chosen = {}, Reservation* memory = nullptr) {
    Answers answers;
    answers.arena = std::make_shared<Arena>(memory);
    const uint32_t width = width_bytes(overload_.result);
    answers.data.resize(size_t{kRows} * width / sizeof(std::max_align_t) + 1);
    std::memset(answers.data.data(), kUntouched, answers.data.size() * sizeof(std::max_align_t));
    answers.validity.assign(kRows, kUntouched);
    answers.faults.assign(kRows, kUntouched);
    const std::vector<uint8_t> all(kRows, 1), none(kRows, 0);
    NestedCursors cursors;
    KernelContext context{answers.arena.get(), &cursors};
    LoopArguments loop{.rows = kRows,
                       .selection = chosen.empty() ? nullptr : chosen.data(),
                       .selected = static_cast<uint32_t>(chosen.size()),
                       .constant_mask = arguments.constants,
                       .out = answers.data.data(),
                       .out_validity = answers.validity.data(),
                       .out_faults = answers.faults.data(),
                       .context = &context};
    for (size_t argument = 0; argument < arguments.columns.size(); ++argument) {
      const TestColumn& column = arguments.columns[argument];
      loop.data[argument] = column.data.data();
      loop.validity[argument] = column.validity.empty() ? all.data() : column.validity.data();
      loop.faults[argument] = arguments.faults.empty() ? none.data() : arguments.faults[argument].data();
    }
    loop.run = sees() ? nullptr : all.data();
    answers.bits = loop_(loop);
    answers.writes_validity = std::ranges::any_of(answers.validity, [](uint8_t byte) { return byte != kUntouched; });
    if (!answers.writes_validity) answers.validity.assign(kRows, 1);
    for (uint32_t row = 0; row < kRows; ++row) answers.cells.push_back(cell(answers, row));
    return answers;
  }

  Cell cell(const Answers& answers, uint32_t row) const {
    const char* at = reinterpret_cast<const char*>(answers.data.data()) + size_t{row} * width_bytes(overload_.result);
    Cell found{answers.faults[row], answers.validity[row] != 0, ""};
    if (answers.faults[row] == kUntouched) return {kUntouched, true, ""};
    if (found.fault != 0) return {found.fault, true, ""};
    if (found.valid) found.bytes = bytes_at(overload_.result, at);
    return found;
  }

  void look_at_nulls(const Answers& answers) {
    if (sees() && !answers.writes_validity) broken("nulls: leaves them to others");
    if (!sees() && answers.writes_validity) broken("nulls: decides about them");
  }

  // One answer a row, of that row alone, whatever the others are and however often it is asked.
  void look_at_order(const Arguments& drawn, const Answers& answers, std::mt19937_64& random) {
    if (call(drawn).cells != answers.cells) broken("determinism: the same rows give something else");
    std::vector<uint16_t> chosen;
    for (uint32_t row = 0; row < kRows; ++row)
      if (random() % 3 == 0 || row == 7) chosen.push_back(static_cast<uint16_t>(row));
    const Answers some = call(drawn, chosen);
    for (uint32_t row = 0, next = 0; row < kRows; ++row) {
      const bool is_chosen = next < chosen.size() && chosen[next] == row;
      next += is_chosen ? 1 : 0;
      if (is_chosen && some.cells[row] != answers.cells[row]) broken("order: a row's answer depends on other rows");
      if (!is_chosen && some.faults[row] != kUntouched) broken("cardinality: gives a row that was not asked for");
    }
  }

  bool has_one_type() const {
    return std::ranges::all_of(overload_.arguments, [&](TypeId id) { return id == overload_.arguments[0]; });
  }
  bool folds() const { return count() == 2 && has_one_type() && overload_.result == overload_.arguments[0]; }
  // Rows of which the answer is one that a kernel could be given again.
  static Arguments pair_of(const TestColumn& left, const std::vector<uint8_t>& left_faults, const TestColumn& right,
                           const std::vector<uint8_t>& right_faults) {
    return {.columns = {left, right}, .faults = {left_faults, right_faults}};
  }

  void look_at_algebra(const Arguments& drawn, const Answers& answers, uint64_t round, std::mt19937_64& random) {
    const bool is_endless = count() > 0 && overload_.result == overload_.arguments[0];
    if (count() >= 2 && overload_.arguments[0] == overload_.arguments[1] && tries(kCommutative))
      look_at_exchange(drawn, answers);
    if (folds() && tries(kAssociative)) look_at_grouping(drawn, answers, round, random);
    if (is_endless && tries(kIdempotent)) look_at_repeats(drawn, answers);
    if (count() > 0 && tries(kInvertible)) look_at_loss(drawn, answers);
    if (folds() && dual_of(*overload_.function) != nullptr && tries(kDistributive))
      look_at_distribution(drawn, round, random);
  }

  // f(a, g(b, c)) = g(f(a, b), f(a, c)), g the dual of the same types.
  void look_at_distribution(const Arguments& drawn, uint64_t round, std::mt19937_64& random) {
    const Function& dual = *dual_of(*overload_.function);
    const auto same = std::ranges::find_if(
        dual.overloads, [&](const Overload& one) { return std::ranges::equal(one.arguments, overload_.arguments); });
    if (same == dual.overloads.end()) return broken("distributive: its dual has no such types");
    KernelCheck other(*same, loop_table().kernels[same->id], dual.contract, shown_);
    const TestColumn third = ArgumentMaker(overload_, round).make(0, kRows, DrawnValues::kAny, random);
    const std::vector<uint8_t> none(kRows, 0);
    const auto pair = [&](const TestColumn& one, const TestColumn& two) { return pair_of(one, none, two, none); };
    const TestColumn &first = drawn.columns[0], &second = drawn.columns[1];
    const Answers inner = other.call(pair(second, third));
    const Answers left = call(pair(first, inner.column()));
    const Answers first_second = call(pair(first, second)), first_third = call(pair(first, third));
    const Answers right = other.call(pair(first_second.column(), first_third.column()));
    if (left.cells != right.cells) broken("distributive: shared out it gives another answer");
  }

  void look_at_exchange(const Arguments& drawn, const Answers& answers) {
    std::vector<size_t> order(count());
    std::iota(order.begin(), order.end(), 0);
    std::swap(order[0], order[1]);
    if (call(drawn.with(order)).cells != answers.cells)
      broken("commutative: the exchanged arguments give another answer");
  }

  void look_at_grouping(const Arguments& drawn, const Answers& left, uint64_t round, std::mt19937_64& random) {
    const TestColumn third = ArgumentMaker(overload_, round).make(0, kRows, DrawnValues::kAny, random);
    const std::vector<uint8_t> none(kRows, 0);
    const TestColumn &first = drawn.columns[0], &second = drawn.columns[1];
    const Answers right = call(pair_of(second, drawn.faults[1], third, none));
    const auto faults = [&](const Answers& answers) { return sees() ? answers.faults : none; };
    const Answers one = call(pair_of(left.column(), faults(left), third, none));
    const Answers other = call(pair_of(first, drawn.faults[0], right.column(), faults(right)));
    if (one.cells != other.cells) broken("associative: another grouping gives another answer");
  }

  // f(a, a) = a of what is associative; else f(f(a, …), …) = f(a, …).
  void look_at_repeats(const Arguments& drawn, const Answers& answers) {
    if ((contract_.algebra & kAssociative) != 0) {
      const Answers twice = call(drawn.with({0, 0}));
      for (uint32_t row = 0; row < kRows; ++row) {
        const bool valid = drawn.columns[0].validity[row] != 0;
        const char* at =
            reinterpret_cast<const char*>(drawn.columns[0].data.data()) + size_t{row} * width_bytes(overload_.result);
        const uint8_t fault = drawn.faults[0][row];
        const Cell wanted =
            fault != 0 ? Cell{fault, true, ""} : Cell{0, valid, valid ? bytes_at(overload_.result, at) : ""};
        if ((sees() || valid) && twice.cells[row] != wanted) return broken("idempotent: f(a, a) is not a");
      }
      return;
    }
    Arguments again = drawn;
    again.columns[0] = answers.column();
    const Answers twice = call(again);
    for (uint32_t row = 0; row < kRows; ++row)
      if (answers.cells[row].fault == 0 && twice.cells[row] != answers.cells[row])
        return broken("idempotent: f(f(a)) is not f(a)");
  }

  // Different values of the first argument, all others alike, have different answers.
  void look_at_loss(const Arguments& drawn, const Answers& answers) {
    std::set<std::pair<std::string, std::string>> by_answer;  // (others and answer, first argument)
    for (uint32_t row = 0; row < kRows; ++row) {
      if (answers.cells[row].fault != 0 || !answers.cells[row].valid) continue;
      std::string key = answers.cells[row].bytes;
      for (size_t argument = 1; argument < count(); ++argument) key += "|" + bytes_of(drawn, argument, row);
      const std::string first = bytes_of(drawn, 0, row);
      const auto near = by_answer.lower_bound({key, ""});
      if (near != by_answer.end() && near->first == key && near->second != first)
        return broken("invertible: two values have one answer");
      by_answer.emplace(key, first);
    }
  }

  std::string bytes_of(const Arguments& drawn, size_t argument, uint32_t row) const {
    const TypeId type = overload_.arguments[argument];
    const uint32_t at = (drawn.constants >> argument & 1) != 0 ? 0 : row;
    return bytes_at(
        type, reinterpret_cast<const char*>(drawn.columns[argument].data.data()) + size_t{at} * width_bytes(type));
  }

  void look_at_buffers(const Arguments& drawn, const Answers& answers) {
    if (layout_of(overload_.result) != TypeId::kUtf8) return;
    for (uint32_t row = 0; row < kRows; ++row) {
      if (answers.cells[row].fault != 0 || !answers.cells[row].valid) continue;
      const StringRef text =
          text_at(reinterpret_cast<const char*>(answers.data.data()) + size_t{row} * sizeof(StringRef));
      if (text.is_inline()) continue;
      if (contract_.buffers == Buffers::kByValue) broken("buffers: gives more bytes than a value holds");
      if (answers.arena->contains(text.data())) continue;
      if (contract_.buffers == Buffers::kOwns) broken("buffers: gives bytes that it does not own");
      if (contract_.buffers == Buffers::kBorrows && !lies_in_arguments(drawn, text))
        broken("buffers: gives bytes of nobody");
    }
  }

  bool lies_in_arguments(const Arguments& drawn, const StringRef& text) const {
    for (size_t argument = 0; argument < count(); ++argument) {
      if (layout_of(overload_.arguments[argument]) != TypeId::kUtf8) continue;
      const uint32_t rows = (drawn.constants >> argument & 1) != 0 ? 1 : kRows;
      for (uint32_t row = 0; row < rows; ++row) {
        const StringRef one = text_at(reinterpret_cast<const char*>(drawn.columns[argument].data.data()) +
                                      size_t{row} * sizeof(StringRef));
        if (std::less_equal<>()(one.data(), text.data()) &&
            std::less_equal<>()(text.data() + text.size, one.data() + one.size))
          return true;
      }
    }
    return false;
  }

  // Without memory for results.
  void starve() {
    MemoryBudget none(0);
    Reservation nothing(none, "starved");
    for (uint64_t round = 0; round < kRounds; ++round) {
      std::mt19937_64 random(round);
      look_at_faults(call(draw(round, random, DrawnValues::kAny, false), {}, &nothing));
    }
  }

  void look_at_faults(const Answers& answers) {
    for (uint32_t bit = 1; bit <= Faults::kBadArgument; bit <<= 1) {
      if (bit == kGivenFault || (answers.bits & bit) == 0) continue;
      shown_.faults |= bit;
      if ((contract_.faults & bit) == 0) broken(fmt::format("faults: sets {}, which is not declared", fault_name(bit)));
    }
  }

  const Overload& overload_;
  const KernelLoop loop_;
  const Contract& contract_;
  Shown& shown_;
};

}  // namespace

void try_kernel(const Overload& overload, KernelLoop loop, const Contract& contract, Shown& shown) {
  shown.gives_text = shown.gives_text || layout_of(overload.result) == TypeId::kUtf8;
  KernelCheck(overload, loop, contract, shown).run();
}

void look_at_rest(const Contract& contract, Shown& shown) {
  if (shown.gives_text) shown.faults |= Faults::kOverflow;
  for (uint32_t bit = 1; bit <= Faults::kBadArgument; bit <<= 1)
    if ((contract.faults & bit & ~shown.faults) != 0)
      shown.broken.insert(fmt::format("faults: never sets {}", fault_name(bit)));
  for (const AlgebraName& one : kAlgebraNames)
    if ((contract.algebra & one.property & ~shown.algebra) != 0)
      shown.broken.insert(fmt::format("{}: its types do not allow it", one.name));
}

}  // namespace headrace
