// Goal: streams from outside keep what their contract promises, and a contract that promises something else is found out.
// Method: runtime/test_sources.h, over a C stream whose memory is nonsense once it was given back, and over Arrow files, in both layouts, of a
// world that changes between queries.
#include <algorithm>
#include <atomic>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "engine/stream_table.h"
#include "fuse/contracts.h"
#include "io/format/arrow_stream.h"
#include "io/format/writer.h"
#include "io/import_stream.h"
#include "runtime/test_sources.h"
#include "types/arrow_c.h"

namespace headrace {
namespace {

const Schema kColumns = {{"key", kInt64, false}, {"t", kUtf8, true}};
constexpr int64_t kRows = 70'000;  // more than one morsel of a table in memory

std::vector<Row> numbered_rows(int64_t count, int64_t first = 0) {
  std::vector<Row> rows;
  for (int64_t key = first; key < first + count; ++key)
    rows.push_back(
        {{kInt64, key}, key % 7 == 0 ? null_value(kUtf8) : Value{kUtf8, fmt::format("a text of row number {}", key)}});
  return rows;
}

std::vector<std::string> texts(int64_t count) {
  std::vector<std::string> texts;
  for (const Row& row : numbered_rows(count)) texts.push_back(row_text(row));
  return texts;
}

std::vector<Batch> batches_of(int64_t count, int64_t first) {
  Random random(1);
  return cut_into_batches(kColumns, numbered_rows(count, first), random, 2'000);
}

// The other side of a C stream, which knows what it has lent.
class Outside {
 public:
  Outside(int64_t count, int64_t first) : batches_(batches_of(count, first)) {}

  // `this` outlives the stream and its arrays.
  void lend(ArrowArrayStream* out) {
    *out = {.get_schema =
                [](ArrowArrayStream*, ArrowSchema* to) {
                  export_schema(kColumns, to);
                  return 0;
                },
            .get_next = [](ArrowArrayStream* self, ArrowArray* to) { return of(self)->lend_next(to); },
            .get_last_error = [](ArrowArrayStream*) -> const char* { return nullptr; },
            .release = [](ArrowArrayStream* self) { self->release = nullptr; },
            .private_data = this};
  }
  uint64_t arrays_lent() const { return arrays_; }  // and not given back

 private:
  struct Lent {
    Outside* by;
    std::vector<std::shared_ptr<std::vector<char>>> rooms;
    void (*release)(ArrowArray*);
    void* private_data;
  };

  static Outside* of(ArrowArrayStream* stream) { return static_cast<Outside*>(stream->private_data); }

  int lend_next(ArrowArray* out) {
    *out = {};
    if (next_ == batches_.size()) return 0;
    auto lent = std::make_unique<Lent>();
    lent->by = this;
    const size_t count = std::min<size_t>(batches_.size() - next_, 20);
    const auto allocate = [&](uint64_t bytes) -> Result<std::shared_ptr<void>> {
      lent->rooms.push_back(std::make_shared<std::vector<char>>(bytes + 64));
      const auto& room = lent->rooms.back();
      const auto address = reinterpret_cast<uintptr_t>(room->data());
      return std::shared_ptr<void>(room, room->data() + (64 - address % 64));
    };
    CHECK(export_batches(kColumns, std::span(batches_).subspan(next_, count), allocate, out).ok());
    next_ += count;
    ++arrays_;
    lent->release = std::exchange(out->release, give_back);
    lent->private_data = out->private_data;
    out->private_data = lent.release();
    return 0;
  }

  static void give_back(ArrowArray* array) {
    const std::unique_ptr<Lent> lent(static_cast<Lent*>(array->private_data));
    array->private_data = lent->private_data;
    array->release = lent->release;
    array->release(array);
    for (const auto& room : lent->rooms) {
      std::ranges::fill(*room, '#');
      lent->by->graves_.push_back(room);
    }
    --lent->by->arrays_;
  }

  const std::vector<Batch> batches_;
  size_t next_ = 0;
  std::atomic<uint64_t> arrays_{0};
  std::vector<std::shared_ptr<std::vector<char>>> graves_;
};

// As the engine opens them.
std::unique_ptr<Source> open(const std::shared_ptr<const ScannableTable>& table, QueryContext& context,
                             const Schema& declared = kColumns) {
  auto source = make_stream_table(table, declared)->scan({{0, 1}, {}}, context);
  CHECK(source.ok());
  return std::move(source.value());
}

std::unique_ptr<Source> open(Outside& outside, QueryContext& context, const Schema& declared = kColumns) {
  ArrowArrayStream stream;
  outside.lend(&stream);
  const auto table = import_memory_table("stream", &stream, context.budget);
  CHECK(table.ok());
  return open(table.value(), context, declared);
}

constexpr const char* kFirst = "first";  // what the outside counts from lies there

SourceCase of_stream() {
  return {.name = "C stream",
          .open =
              [](int64_t rows, QueryContext& context, std::shared_ptr<void>& keeps) {
                const std::string first = *static_cast<FakeWorld&>(context.world).content(kFirst);
                auto outside = std::make_shared<Outside>(rows, std::stoll(first));
                keeps = outside;
                return open(*outside, context);
              },
          .rows = kRows,
          .expected = texts,
          .prepare = [](FakeWorld& world, int64_t) { world.put(kFirst, "0"); },
          .change = [](FakeWorld& world, int64_t) { world.put(kFirst, "5"); }};
}

void put_arrow(FakeWorld& world, const char* format, int64_t count, int64_t first) {
  MemoryBudget budget(uint64_t{1} << 30);
  auto writer = make_writer({"t.arrow", format, kColumns, {}}, world, budget);
  CHECK(writer.ok());
  for (const Batch& batch : batches_of(count, first)) CHECK(writer.value()->write(batch).ok());
  CHECK(writer.value()->finish().ok());
}

SourceCase of_file(const char* format) {
  return {.name = format,
          .open =
              [](int64_t, QueryContext& context, std::shared_ptr<void>&) {
                const auto table = open_arrow(context.world, context.budget, "t.arrow");
                CHECK(table.ok());
                return open(table.value(), context);
              },
          .rows = kRows,
          .expected = texts,
          .prepare = [format](FakeWorld& world, int64_t rows) { put_arrow(world, format, rows, 0); },
          .change = [format](FakeWorld& world, int64_t rows) { put_arrow(world, format, rows, 5); }};
}

// With what only the other side of a stream shows. Nulls in a column that is declared without are refused: they are seen.
Seen look_at_stream() {
  const SourceCase one = of_stream();
  Seen seen = SourceLook(one).look();
  TestContext test;
  Outside outside(kRows, 0), with_nulls(kRows, 0);
  auto source = open(outside, test.context);
  auto claim = source->claim();
  Batch held;
  CHECK(claim.ok() && std::get<std::unique_ptr<MorselReader>>(claim.value())->next(100, held).value());
  const std::vector<Row> rows = rows_of(held);
  claim = End{};
  source.reset();
  seen.buffers = rows_of(held) == rows ? Buffers::kOwns : Buffers::kBorrows;
  const Schema declared = {{"key", kInt64, false}, {"t", kUtf8, false}};
  seen.nulls = read_all(*open(with_nulls, test.context, declared)).ok() ? Nulls::kPropagate : Nulls::kSees;
  return seen;
}

// Looked at once.
const Seen& seen_of_stream() {
  static const Seen seen = look_at_stream();
  return seen;
}

Contract stream_contract() { return contract_of(Program{}, StreamSource{}); }

TEST(Contracts, StreamsKeepTheirs) {
  EXPECT_EQ(broken_promises(stream_contract(), seen_of_stream()), std::set<std::string>());
}

// Files are read as they are needed: what they hold between batches is less than a stream's contract grants.
TEST(Contracts, FilesKeepThoseOfStreams) {
  for (const SourceCase& one : {of_file("arrow"), of_file("arrow_stream")}) {
    Seen seen = SourceLook(one).look();
    EXPECT_EQ(seen.state, StateGrowth::kFixed) << one.name;
    seen.state.reset();
    EXPECT_EQ(broken_promises(stream_contract(), seen), std::set<std::string>()) << one.name;
    const WrongPromise wrong = {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"};
    EXPECT_TRUE(is_found(wrong, stream_contract(), seen)) << one.name;
  }
}

TEST(Contracts, WrongOnesOfStreamsAreFound) {
  const Seen& seen = seen_of_stream();
  const WrongPromise wrong[] = {{[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
                                {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"},
                                {[](Contract& c) { c.nulls = Nulls::kPropagate; }, "nulls"},
                                {[](Contract& c) { c.purity = Purity::kPure; }, "purity"},
                                {[](Contract& c) { c.determinism = Determinism::kDeterministic; }, "determinism"},
                                {[](Contract& c) { c.determinism = Determinism::kNone; }, "determinism"},
                                {[](Contract& c) { c.state = StateGrowth::kNone; }, "state"},
                                {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
                                {[](Contract& c) { c.buffers = Buffers::kBorrows; }, "buffers"},
                                {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"}};
  for (const WrongPromise& one : wrong) EXPECT_TRUE(is_found(one, stream_contract(), seen)) << one.field;
}

// Whoever lent an array gets it back when the last batch of it goes, and not before.
TEST(Contracts, WhatAStreamHasLentIsGivenBack) {
  TestContext test;
  Outside outside(kRows, 0);
  auto source = open(outside, test.context);
  const uint64_t all = outside.arrays_lent();
  EXPECT_GT(all, 1u);
  auto claim = source->claim();
  ASSERT_TRUE(claim.ok());
  Batch held;
  ASSERT_TRUE(std::get<std::unique_ptr<MorselReader>>(claim.value())->next(100, held).value());
  EXPECT_EQ(outside.arrays_lent(), all);
  claim = End{};
  source.reset();
  EXPECT_EQ(outside.arrays_lent(), 1u);
  held = {};
  EXPECT_EQ(outside.arrays_lent(), 0u);
}

}  // namespace
}  // namespace headrace
