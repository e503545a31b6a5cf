// Goal: steps keep what their contracts promise, and a contract that promises something else is found out.
// Method: each step in a stage of its own, over rows with a key that comes out with them: again, cut otherwise, by several workers, one by one,
// with their texts spoilt behind it.
#include <algorithm>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "fuse/contracts.h"
#include "runtime/test_promises.h"
#include "runtime/test_steps.h"

namespace headrace {
namespace {

constexpr int64_t kRows = 700;

// What goes into a step: the stage's rows, or of a match the pairs of its probe; with one for a row without a match, where this is kept.
enum class Takes : uint8_t { kRows, kMatches, kPairs };

struct StepCase {
  const char* name;
  StepProgram program;
  size_t step;
  std::optional<uint32_t> operand;  // column of the input that the step looks at, where a null in it shows
  std::optional<uint32_t> defines;  // column of the output that it computes
  std::optional<uint32_t> text;  // column of the output whose texts are looked at; nothing: there are numbers
  Takes takes = Takes::kRows;
  bool has_pair_id = false;  // the output's second column tells the pairs of a row apart
  uint32_t unseen_faults = 0;  // that no row sets
  const char* exchanged = nullptr;  // the steps in another order, where it may change
  const char* repeated = nullptr;  // the step twice
};

using Texts = std::vector<std::string>;

Texts sorted(Texts texts) {
  std::ranges::sort(texts);
  return texts;
}

class StepLook {
 public:
  explicit StepLook(const StepCase& one) : case_(one), program_(parsed(one.program)) {
    Random random(7);
    rows_ = drawn_step_rows(0, kRows, random);
    more_ = drawn_step_rows(kRows, kRows, random);
    StepQuery query(program_);
    StepWorker worker(query);
    first_ = worker.texts(rows_);
    worker.run(rows_, [&](const Batch& out) {
      for (Row& row : rows_of(out)) out_.push_back(std::move(row));
    });
  }

  Contract contract() const { return contract_of(program_.stages[1], program_.stages[1].steps[case_.step]); }

  Seen look() {
    look_at_repeats();
    look_at_rows();
    look_at_nulls();
    look_at_faults();
    look_at_domain();
    look_at_algebra();
    look_at_state();
    look_at_buffers();
    look_at_workers();
    return seen_;
  }

 private:
  static Program parsed(const StepProgram& text) {
    auto program = parse_steps(text);
    if (!program.ok()) ADD_FAILURE() << to_text(program.error()) << "\n" << text.steps;
    CHECK(program.ok());
    return std::move(program.value());
  }

  // In another world, cut otherwise, with other turns of what makes many rows.
  void look_at_repeats() {
    StepQuery query(program_, 64, 1'000'000'000);
    StepWorker worker(query);
    const bool same = worker.texts(rows_, 57) == first_;
    seen_.determinism = same ? Determinism::kDeterministic : Determinism::kNone;
    seen_.purity = same ? Purity::kPure : Purity::kImpure;
    seen_.side_effects =
        query.world.changes() == 0 && query.world.paths().empty() ? SideEffects::kNone : SideEffects::kExternal;
  }

  static int64_t key_of(const Row& row) { return std::get<int64_t>(row[0].data); }

  uint32_t matches_of(const Row& row) const {
    const auto hit = [&](const Row& other) { return other[0] == row[1]; };
    const std::vector<Row> table = step_table_rows();
    return static_cast<uint32_t>(std::ranges::count_if(table, hit));
  }

  uint32_t taken(const Row& row) const {
    if (case_.takes == Takes::kRows) return 1;
    const uint32_t matches = matches_of(row);
    return case_.takes == Takes::kPairs ? std::max(matches, 1u) : matches;
  }

  void look_at_rows() {
    std::map<int64_t, uint32_t> given;
    std::set<std::string> identities;
    int64_t last = 0;
    bool is_unique = true, is_kept = true;
    for (const Row& row : out_) {
      ++given[key_of(row)];
      is_kept = is_kept && key_of(row) >= last;
      last = key_of(row);
      is_unique =
          identities.insert(row_text(case_.has_pair_id ? Row{row[0], row[1]} : Row{row[0]})).second && is_unique;
    }
    std::vector<uint32_t> times;
    for (const Row& row : rows_) {
      // Of several pairs those that come out are counted; which they are does not matter.
      uint32_t left = given[key_of(row)];
      for (uint32_t pair = taken(row); pair > 0; --pair) {
        times.push_back(pair == 1 ? left : std::min(left, 1u));
        left -= std::min(left, 1u);
      }
      if (taken(row) == 0 && left > 0) times.push_back(left + 1);
    }
    seen_.cardinality = cardinality_of(times);
    seen_.keys = is_unique ? UniqueKeys::kKept : UniqueKeys::kLost;
    seen_.order = is_kept ? RowOrder::kKept : RowOrder::kFree;
  }

  // Passed: a row with a null operand comes out once, and has a null for it.
  void look_at_nulls() {
    if (!case_.operand.has_value()) return;
    std::map<int64_t, std::vector<const Row*>> by_key;
    for (const Row& row : out_) by_key[key_of(row)].push_back(&row);
    seen_.nulls = Nulls::kPropagate;
    for (const Row& row : rows_) {
      if (!row[*case_.operand].is_null()) continue;
      const auto& out = by_key[key_of(row)];
      if (!case_.defines.has_value() || out.size() != 1 || !(*out[0])[*case_.defines].is_null())
        seen_.nulls = Nulls::kSees;
    }
  }

  // One by one, and a number that has no double of its type.
  void look_at_faults() {
    StepQuery query(program_);
    StepWorker worker(query);
    std::vector<Row> rows(rows_.begin(), rows_.begin() + 60);
    rows.push_back(rows.front());
    const bool expands = std::holds_alternative<Expand>(program_.stages[1].steps[case_.step].node);
    if (!expands)
      rows.back()[1] = {kInt64, std::numeric_limits<int64_t>::max()};  // of which there would be as many copies
    seen_.faults = case_.unseen_faults;
    for (const Row& row : rows) {
      const auto fault = worker.run({row}, [](const Batch&) {});
      if (fault.has_value()) *seen_.faults |= fault->fault.bits;
    }
  }

  // Whether the stage's values may be used behind the step.
  void look_at_domain() {
    Program other = program_;
    other.stages[1].outputs[0] = Operand{false, 0};
    seen_.domain = verify(other).ok() ? Domain::kSame : Domain::kOther;
  }

  Texts texts_of(const char* steps) {
    StepProgram other = case_.program;
    other.steps = steps;
    const Program program = parsed(other);
    StepQuery query(program);
    StepWorker worker(query);
    return worker.texts(rows_);
  }

  // Of kernels: kernel/contract_test.cc. A column is decoded by one step; of readers: io/source_contracts_test.cc.
  void look_at_algebra() {
    const auto& node = program_.stages[1].steps[case_.step].node;
    if (std::holds_alternative<Compute>(node) || std::holds_alternative<Decode>(node)) return;
    seen_.algebra = kNoAlgebra;
    if (case_.exchanged != nullptr && texts_of(case_.exchanged) == first_) *seen_.algebra |= kCommutative;
    if (case_.repeated != nullptr && texts_of(case_.repeated) == first_) *seen_.algebra |= kIdempotent;
  }

  // What is remembered shows in later rows, in memory, or in the rows that the table has left. What a reader keeps of a late column is its
  // business (io/source_contracts_test.cc).
  void look_at_state() {
    if (std::holds_alternative<Decode>(program_.stages[1].steps[case_.step].node)) return;
    StepQuery query(program_);
    StepWorker worker(query);
    const bool gives_unmatched = *case_.program.table != 0;
    const size_t before = gives_unmatched ? query.unmatched() : 0;
    bool remembers = worker.texts(more_).empty();
    const uint64_t few = query.test.budget.bytes_used();
    remembers = worker.texts(rows_) != first_ || remembers;
    for (int round = 0; round < 40; ++round) worker.texts(more_, 100);
    remembers = remembers || (gives_unmatched && query.unmatched() != before);
    seen_.state = query.test.budget.bytes_used() > few * 2 ? StateGrowth::kWithRows
                  : remembers                              ? StateGrowth::kFixed
                                                           : StateGrowth::kNone;
  }

  static Texts column_of(const std::vector<Batch>& batches, uint32_t column) {
    Texts texts;
    for (const Batch& batch : batches)
      for (const Row& row : rows_of(batch)) texts.push_back(to_literal(row[column]));
    return texts;
  }

  void look_at_buffers() {
    if (!case_.text.has_value()) {
      seen_.buffers = Buffers::kByValue;
      return;
    }
    StepQuery query(program_);
    StepWorker worker(query);
    std::vector<Batch> held;
    Texts given;
    const auto take = [&](const Batch& out) {
      held.push_back(out);
      for (std::string& text : column_of({out}, *case_.text)) given.push_back(std::move(text));
    };
    worker.run(rows_, take);
    worker.run(more_, take);
    seen_.lifetime = column_of(held, *case_.text) == given ? Lifetime::kOwner : Lifetime::kBatch;
    held.clear();
    given.clear();
    Batch batch = make_batch(kStepInput, rows_);
    const Batch in = batch;
    worker.run(rows_, batch, take);
    spoil_texts(in);
    seen_.buffers = column_of(held, *case_.text) == given ? Buffers::kOwns : Buffers::kBorrows;
  }

  void look_at_workers() {
    StepQuery query(program_);
    constexpr size_t kWorkers = 4;
    std::vector<Texts> found(kWorkers);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < kWorkers; ++i) {
      threads.emplace_back([&, i] {
        StepWorker worker(query);
        std::vector<Row> some;
        for (size_t row = i; row < rows_.size(); row += kWorkers) some.push_back(rows_[row]);
        found[i] = worker.texts(some, 31);
      });
    }
    for (std::thread& thread : threads) thread.join();
    Texts all;
    for (const Texts& texts : found) all.insert(all.end(), texts.begin(), texts.end());
    seen_.concurrency = sorted(std::move(all)) == sorted(first_) ? Concurrency::kAny : Concurrency::kOne;
  }

  const StepCase& case_;
  const Program program_;
  std::vector<Row> rows_, more_;
  Texts first_;
  std::vector<Row> out_;
  Seen seen_;
};

constexpr const char* kThree = R"("key" int64, "id" int64 ?, "t" utf8 ?)";
constexpr const char* kTwo = R"("key" int64, "t" utf8 ?)";
constexpr const char* kMarked = R"("key" int64, "m" bool ?, "t" utf8 ?)";
constexpr const char* kUnmatched = " unmatched";

#define PROBE(KIND, FETCHED, MARK)                                                                              \
  "  probe sink 0 " KIND " keys (v1) carried (v0 as v4 \"key\" int64, v2 as v5 \"t\" utf8 ?) fetched (" FETCHED \
  ")" MARK "\n"
#define PAIRS(KIND)                                                             \
  "  probe sink 0 " KIND                                                        \
  " keys (v1) carried (v3 as v4 \"b\" bool ?) fetched (1 as v5 \"id\" int64)\n" \
  "  compute v6 \"odd\" bool = lt_I64_I64(v5, 8::int64)\n  filter v6\n"
#define MATCH(FETCHED, MARK) \
  "  match step 0 verdict v4 carried (v0 as v7 \"key\" int64, v2 as v8 \"t\" utf8 ?) fetched (" FETCHED ")" MARK "\n"

std::vector<StepCase> plain_steps() {
  constexpr uint32_t kTextFaults = Faults::kMemory;  // of texts that are too many
  return {
      {"compute, numbers",
       {"  compute v4 \"y\" int64 ? faults = add_i64_i64(v1, v1)\n", "(v0, v4)", R"("key" int64, "y" int64 ?)"},
       0,
       1,
       1,
       {}},
      {"compute, new text",
       {"  compute v4 \"y\" utf8 ? faults = upper_str(v2)\n", "(v0, v4)", kTwo},
       0,
       2,
       1,
       1,
       {},
       false,
       kTextFaults},
      {"compute, text of the argument",
       {"  compute v4 \"y\" utf8 ? = coalesce_STR_STR(v2, 'none')\n", "(v0, v4)", kTwo},
       0,
       2,
       1,
       1},
      {"filter",
       {"  compute v4 \"p\" bool ? = gt_I64_I64(v1, 1::int64)\n  filter v3\n  filter v4\n", "(v0, v2)", kTwo},
       1,
       3,
       {},
       1,
       {},
       false,
       0,
       "  compute v4 \"p\" bool ? = gt_I64_I64(v1, 1::int64)\n  filter v4\n  filter v3\n",
       "  compute v4 \"p\" bool ? = gt_I64_I64(v1, 1::int64)\n  filter v3\n  filter v3\n  filter v4\n"},
      {"decode", {"  decode v2\n", "(v0, v2)", kTwo}, 0, {}, 1, 1},
      {"expand",
       {"  expand by v1 carried (v0 as v4 \"key\" int64, v2 as v5 \"t\" utf8 ?) number v6 \"n\" int64\n",
        "(v4, v6, v5)", R"("key" int64, "n" int64, "t" utf8 ?)"},
       0,
       1,
       1,
       2},
  };
}

std::vector<StepCase> joins() {
  return {
      {"probe, inner", {PROBE("inner", "1 as v6 \"id\" int64", ""), "(v4, v6, v5)", kThree}, 0, 1, 1, 2},
      {"probe, left", {PROBE("left", "1 as v6 \"id\" int64 ?", ""), "(v4, v6, v5)", kThree}, 0, 1, 1, 2},
      {"probe, right", {PROBE("right", "1 as v6 \"id\" int64", ""), "(v4, v6, v5)", kThree, kUnmatched}, 0, 1, 1, 2},
      {"probe, full", {PROBE("full", "1 as v6 \"id\" int64 ?", ""), "(v4, v6, v5)", kThree, kUnmatched}, 0, 1, 1, 2},
      {"probe, semi", {PROBE("semi", "", ""), "(v4, v5)", kTwo}, 0, 1, {}, 1},
      {"probe, anti", {PROBE("anti", "", ""), "(v4, v5)", kTwo}, 0, 1, {}, 1},
      {"probe, mark", {PROBE("mark", "", " mark v6 \"m\" bool ?"), "(v4, v6, v5)", kMarked}, 0, 1, 1, 2},
      {"match, inner",
       {PAIRS("inner") MATCH("1 as v9 \"id\" int64", ""), "(v7, v9, v8)", kThree},
       3,
       3,
       1,
       2,
       Takes::kMatches,
       true},
      {"match, left",
       {PAIRS("left") MATCH("1 as v9 \"id\" int64 ?", ""), "(v7, v9, v8)", kThree},
       3,
       {},
       1,
       2,
       Takes::kPairs,
       true},
      {"match, right",
       {PAIRS("right") MATCH("1 as v9 \"id\" int64", ""), "(v7, v9, v8)", kThree, kUnmatched},
       3,
       3,
       1,
       2,
       Takes::kMatches,
       true},
      {"match, full",
       {PAIRS("full") MATCH("1 as v9 \"id\" int64 ?", ""), "(v7, v9, v8)", kThree, kUnmatched},
       3,
       {},
       1,
       2,
       Takes::kPairs,
       true},
      {"match, semi", {PAIRS("semi") MATCH("", ""), "(v7, v8)", kTwo}, 3, 3, {}, 1, Takes::kMatches},
      {"match, anti", {PAIRS("anti") MATCH("", ""), "(v7, v8)", kTwo}, 3, 3, {}, 1, Takes::kPairs},
      {"match, mark",
       {PAIRS("mark") MATCH("", " mark v9 \"m\" bool ?"), "(v7, v9, v8)", kMarked},
       3,
       {},
       1,
       2,
       Takes::kPairs},
  };
}

std::vector<StepCase> cases() {
  std::vector<StepCase> all = plain_steps();
  std::ranges::move(joins(), std::back_inserter(all));
  return all;
}

TEST(Contracts, StepsKeepTheirs) {
  for (const StepCase& one : cases()) {
    StepLook look(one);
    EXPECT_EQ(broken_promises(look.contract(), look.look()), std::set<std::string>()) << one.name;
  }
}

// --- contracts that promise something else

TEST(Contracts, WrongOnesOfStepsAreFound) {
  const std::vector<std::pair<const char*, std::vector<WrongPromise>>> wrong = {
      {"compute, numbers",
       {{[](Contract& c) { c.nulls = Nulls::kSees; }, "nulls"},
        {[](Contract& c) { c.faults = 0u; }, "faults: sets overflow"},
        {[](Contract& c) { c.faults = c.faults | Faults::kBadCast; }, "faults: never sets bad cast"},
        {[](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers"},
        {[](Contract& c) { c.purity = Purity::kImpure; }, "purity"},
        {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"},
        {[](Contract& c) { c.determinism = Determinism::kNone; }, "determinism"}}},
      {"compute, new text",
       {{[](Contract& c) { c.buffers = Buffers::kByValue; }, "buffers"},
        {[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"},
        {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"}}},
      {"compute, text of the argument",
       {{[](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers"},
        {[](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls"}}},
      {"filter",
       {{[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
        {[](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls"},
        {[](Contract& c) { c.domain = Domain::kOther; }, "domain"},
        {[](Contract& c) { c.algebra = c.algebra | kInvertible; }, "algebra"},
        {[](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers"},
        {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"},
        {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"}}},
      {"decode",
       {{[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"},
        {[](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"}}},
      {"probe, inner",
       {{[](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"},
        {[](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"},
        {[](Contract& c) { c.domain = Domain::kSame; }, "domain"},
        {[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
        {[](Contract& c) { c.algebra = uint8_t{kCommutative}; }, "algebra"}}},
      {"probe, full", {{[](Contract& c) { c.state = StateGrowth::kNone; }, "state"}}},
      {"probe, right", {{[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"}}},
      {"probe, semi",
       {{[](Contract& c) { c.cardinality = Cardinality::kOneToMany; }, "cardinality"},
        {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"}}},
      {"probe, mark", {{[](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"}}},
      {"match, inner",
       {{[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
        {[](Contract& c) { c.keys = UniqueKeys::kMade; }, "keys"}}},
      {"match, full", {{[](Contract& c) { c.state = StateGrowth::kNone; }, "state"}}},
      {"expand",
       {{[](Contract& c) { c.cardinality = Cardinality::kOneToOne; }, "cardinality"},
        {[](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls"},
        {[](Contract& c) { c.keys = UniqueKeys::kKept; }, "keys"}}},
  };
  const std::vector<StepCase> all = cases();
  for (const auto& [name, changes] : wrong) {
    const auto one =
        std::ranges::find_if(all, [&](const StepCase& other) { return std::string_view(other.name) == name; });
    ASSERT_NE(one, all.end()) << name;
    StepLook look(*one);
    const Seen seen = look.look();
    for (const WrongPromise& change : changes)
      EXPECT_TRUE(is_found(change, look.contract(), seen)) << name << ", " << change.field;
  }
}

// The contract of one kind of join is none of another's.
TEST(Contracts, StepsOfAnotherKindAreFound) {
  const std::vector<StepCase> all = cases();
  const auto of = [&](std::string_view name) {
    return StepLook(*std::ranges::find_if(all, [&](const StepCase& one) { return one.name == name; }));
  };
  for (const auto& [name, other] : {std::pair("probe, inner", "probe, full"),
                                    {"probe, left", "probe, anti"},
                                    {"probe, semi", "probe, mark"},
                                    {"filter", "probe, semi"},
                                    {"decode", "filter"}})
    EXPECT_NE(broken_promises(of(name).contract(), of(other).look()), std::set<std::string>()) << name << ", " << other;
}

}  // namespace
}  // namespace headrace
