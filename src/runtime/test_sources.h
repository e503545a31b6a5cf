// runtime/test_sources.h — for tests: what a source shows of its contract when it is read again, in other batches, by several workers, after the
// world has changed, and by what it leaves behind.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/fake_world.h"
#include "runtime/test_context.h"
#include "runtime/test_promises.h"

namespace headrace {

struct SourceCase {
  const char* name;
  // Opens it over about so many rows. `keeps` outlives the source, as the query does.
  std::function<std::unique_ptr<Source>(int64_t rows, QueryContext& context, std::shared_ptr<void>& keeps)> open;
  int64_t rows;
  // What it gives; empty: what it gave at first.
  std::function<std::vector<std::string>(int64_t rows)> expected = {};
  std::optional<uint32_t> key = 0;  // of its columns; nothing: it has no key
  bool makes_keys = false;  // where there was none
  bool gives_groups = false;  // its rows are
  bool is_finished = false;  // what it reads was held before it was opened, and is not its state
  std::function<void(FakeWorld& world, int64_t rows)> prepare = {};  // what it reads lies there
  std::function<void(FakeWorld& world, int64_t rows)> change = {};  // between queries
};

class SourceLook {
 public:
  explicit SourceLook(const SourceCase& one) : case_(one) {}

  Seen look() {
    const Given first = read(case_.rows, limits::kVectorRowsMax, 1);
    const Given second = read(case_.rows, 777, 1), third = read(case_.rows, 2'000, 4);
    const bool is_expected = !case_.expected || case_.expected(case_.rows) == first.rows();
    CHECK(!first.pieces.empty());
    const bool same = second.rows() == first.rows() && third.rows() == first.rows();
    seen_.order = first.ordered && is_expected && same ? RowOrder::kKept : RowOrder::kFree;
    seen_.concurrency = third.sorted() == first.sorted() ? Concurrency::kAny : Concurrency::kOne;
    seen_.side_effects = first.changes == 0 ? SideEffects::kNone : SideEffects::kExternal;
    look_at_repeats(first, second);
    if (case_.key.has_value()) {
      const UniqueKeys unique = case_.makes_keys ? UniqueKeys::kMade : UniqueKeys::kKept;
      seen_.keys = first.has_unique_keys() ? unique : UniqueKeys::kLost;
    }
    const StateGrowth growth = case_.gives_groups ? StateGrowth::kWithGroups : StateGrowth::kWithRows;
    const uint64_t few = first.bytes, many = bytes_of(case_.rows * 8);
    seen_.state = few == 0 && many == 0                   ? StateGrowth::kNone
                  : many > few * 2 && many - few > 65'536 ? growth
                                                          : StateGrowth::kFixed;
    look_at_lifetime();
    return seen_;
  }

 private:
  struct Given {
    std::map<std::pair<uint64_t, uint64_t>, std::string> pieces;  // by ordinal
    std::vector<std::string> keys;
    bool ordered = false, keeps_rows = true;
    uint64_t bytes = 0;  // that the source held between batches, at most
    uint64_t changes = 0;  // of the world

    std::vector<std::string> rows() const {
      std::vector<std::string> rows;
      for (const auto& [ordinal, row] : pieces) rows.push_back(row);
      return rows;
    }
    std::vector<std::string> sorted() const {
      std::vector<std::string> other = rows();
      std::ranges::sort(other);
      return other;
    }
    bool has_unique_keys() const { return std::set<std::string>(keys.begin(), keys.end()).size() == keys.size(); }
  };

  // Everything that a query has, in an order in which it may go.
  struct Query {
    explicit Query(const SourceCase& one, int64_t rows, bool changed = false)
        : context{world, test.budget, test.cancel, test.settings, test.files, {}} {
      if (one.prepare) one.prepare(world, rows);
      if (changed && one.change) one.change(world, rows);
      changes_before = world.changes();
      bytes_before = test.budget.bytes_used();
      source = one.open(rows, context, keeps);
      if (one.is_finished) bytes_before = test.budget.bytes_used();
    }
    TestContext test{uint64_t{4} << 30};
    FakeWorld world;
    QueryContext context;
    std::shared_ptr<void> keeps;
    std::unique_ptr<Source> source;
    uint64_t changes_before = 0, bytes_before = 0;
  };

  Given read(int64_t rows, uint32_t rows_max, size_t workers, bool changed = false) const {
    Query query(case_, rows, changed);
    return read(query, rows_max, workers);
  }

  uint64_t bytes_of(int64_t rows) const {
    Query query(case_, rows);
    return read(query, limits::kVectorRowsMax, 1, false).bytes;
  }

  Given read(Query& query, uint32_t rows_max, size_t workers, bool keeps_rows = true) const {
    Given given;
    given.keeps_rows = keeps_rows;
    given.ordered = query.source->ordered();
    std::mutex mutex;  // guards given
    std::vector<std::thread> threads;
    for (size_t i = 0; i < workers; ++i)
      threads.emplace_back([&] {
        for (;;) {
          auto claim = query.source->claim();
          if (!claim.ok() || std::holds_alternative<End>(claim.value())) return;
          if (std::holds_alternative<Blocked>(claim.value())) {
            std::this_thread::yield();
            continue;
          }
          read_morsel(*std::get<std::unique_ptr<MorselReader>>(claim.value()), rows_max, query, mutex, given);
        }
      });
    for (std::thread& thread : threads) thread.join();
    CHECK(query.source->commit().ok());
    given.changes = query.world.changes() - query.changes_before;
    return given;
  }

  void read_morsel(MorselReader& reader, uint32_t rows_max, const Query& query, std::mutex& mutex, Given& given) const {
    for (;;) {
      std::vector<Row> rows;
      uint64_t sequence = 0;
      {
        Batch batch;
        const auto more = reader.next(rows_max, batch);
        if (!more.ok() || !more.value()) return;
        if (given.keeps_rows) rows = rows_of(batch);
        sequence = batch.sequence;
      }
      const std::lock_guard lock(mutex);
      for (const Row& row : rows) {
        given.pieces[{reader.morsel(), sequence++}] = row_text(row);
        if (case_.key.has_value()) given.keys.push_back(row_text({row[*case_.key]}));
      }
      given.bytes = std::max(
          given.bytes, query.test.budget.bytes_used() - std::min(query.bytes_before, query.test.budget.bytes_used()));
    }
  }

  // Where the world has changed a query that has begun gives what was there, or an error.
  void look_at_repeats(const Given& first, const Given& second) {
    const bool same = second.sorted() == first.sorted();
    const bool always = read(case_.rows, limits::kVectorRowsMax, 1, true).sorted() == first.sorted();
    bool holds_on = true;
    if (case_.change) {
      Query query(case_, case_.rows);
      case_.change(query.world, case_.rows);
      const std::vector<std::string> rows = read(query, limits::kVectorRowsMax, 1).sorted();
      holds_on = std::ranges::includes(first.sorted(), rows);
    }
    seen_.purity = always ? Purity::kPure : Purity::kImpure;
    seen_.determinism = !same || !holds_on ? Determinism::kNone
                        : always           ? Determinism::kDeterministic
                                           : Determinism::kPerQuery;
  }

  void look_at_lifetime() {
    Query query(case_, case_.rows);
    auto claim = query.source->claim();
    while (claim.ok() && std::holds_alternative<Blocked>(claim.value())) claim = query.source->claim();
    CHECK(claim.ok() && std::holds_alternative<std::unique_ptr<MorselReader>>(claim.value()));
    auto& reader = std::get<std::unique_ptr<MorselReader>>(claim.value());
    Batch held;
    CHECK(reader->next(100, held).ok());
    const std::vector<Row> rows = rows_of(held);
    for (int i = 0; i < 20; ++i) {
      Batch next;
      if (const auto more = reader->next(100, next); !more.ok() || !more.value()) break;
    }
    reader.reset();
    seen_.lifetime = rows_of(held) == rows ? Lifetime::kOwner : Lifetime::kBatch;
    std::vector<std::weak_ptr<const void>> owners;
    for (const Vector& column : held.columns) owners.push_back(column.owner);
    held = {};
    if (std::ranges::none_of(owners, [](const auto& owner) { return owner.expired(); }))
      seen_.lifetime = Lifetime::kQuery;
  }

  const SourceCase& case_;
  Seen seen_;
};

}  // namespace headrace
