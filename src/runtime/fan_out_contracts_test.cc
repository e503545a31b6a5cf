// Goal: a fan-out keeps what its contract promises, and a contract that promises something else is found out.
// Method: a stage that computes one column hands its rows on to two stages that only read them, into sinks that hold whatever batch they are
// given: again, cut otherwise, by several workers, with texts spoilt behind a batch.
#include <thread>

#include <gtest/gtest.h>

#include "fuse/contracts.h"
#include "runtime/stage_flow.h"
#include "runtime/test_promises.h"
#include "runtime/test_steps.h"

namespace headrace {
namespace {

constexpr int64_t kRows = 700;

// `reads`: steps of the second reader.
Program fan_out_program(const std::string& reads) {
  constexpr const char* kColumns = R"(("key" int64, "x" int64 ?, "t" utf8 ?, "b" bool ?, "more" bool ?))";
  constexpr const char* kValues = R"(  value v0 "key" int64
  value v1 "x" int64 ?
  value v2 "t" utf8 ?
  value v3 "b" bool ?
)";
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 2
sink 0 fan_out
  inputs 1 in {0} out {0}
sink 1 collect ordered
  inputs 1 in {0} out {0}
sink 2 collect ordered
  inputs 1 in {0} out {0}
stage 0 to sink 0 input 0
  source stream
{1}  compute v4 "more" bool ? = gt_I64_I64(v1, 1::int64)
  cut staged fused
  output (v0, v1, v2, v3, v4)
stage 1 to sink 1 input 0
  source sink 0
{1}  value v4 "more" bool ?
  output (v0, v1, v2, v3, v4)
stage 2 to sink 2 input 0
  source sink 0
{1}  value v4 "more" bool ?
{2}  output (v0, v1, v2, v3, v4)
)",
                                           kColumns, kValues, reads),
                               tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  CHECK(program.ok());
  return std::move(program.value());
}

// Holds the batches as they came, with what was in them then.
class HoldingSink final : public Sink {
 public:
  std::unique_ptr<Local> local() override { return std::make_unique<Local>(); }
  Status consume(uint32_t, const Batch& batch, Local&) override {
    const std::lock_guard lock(mutex_);
    held_.push_back(batch);
    uint64_t& next = next_[batch.morsel];
    for (const Row& row : rows_of(batch)) {
      given_.push_back(row_text(row));
      rows_[{batch.morsel, next++}] = row;
    }
    return kDone;
  }
  Status merge(std::unique_ptr<Local>) override { return kDone; }
  Status finish() override { return kDone; }
  Result<std::unique_ptr<Source>> output() override {
    return Error{ErrorCode::kUnsupported, "it holds batches", "", ""};
  }

  // By morsel, as they came within it.
  std::vector<Row> rows() const {
    std::vector<Row> rows;
    for (const auto& [ordinal, row] : rows_) rows.push_back(row);
    return rows;
  }
  size_t count() const { return given_.size(); }
  bool holds_what_came() const {
    std::vector<std::string> now;
    for (const Batch& batch : held_)
      for (const Row& row : rows_of(batch)) now.push_back(row_text(row));
    return now == given_;
  }

 private:
  std::mutex mutex_;  // guards what follows, while workers consume
  std::vector<Batch> held_;
  std::vector<std::string> given_;
  std::map<uint64_t, uint64_t> next_;
  std::map<std::pair<uint64_t, uint64_t>, Row> rows_;
};

struct FanOutQuery {
  explicit FanOutQuery(const Program& program, uint32_t vector_rows = limits::kVectorRowsMax, int64_t now_ns = 0)
      : context{world, test.budget, test.cancel, test.settings, test.files, {}}, tables(program.sinks.size()) {
    test.settings.vector_rows = vector_rows;
    world.now_ns = now_ns;
    for (const Stage& stage : program.stages) {
      shares.push_back(std::make_unique<StageShare>(stage));
      shares.back()->planner = std::make_unique<StagePlanner>(stage, test.settings, std::nullopt, nullptr,
                                                              [](std::vector<StageLoop>&) { return Status(kDone); });
      CHECK(shares.back()->planner->start().ok());
    }
    for (size_t reader = 0; reader < sinks.size(); ++reader) {
      shares[reader + 1]->sink = &sinks[reader];
      shares[0]->readers.push_back(shares[reader + 1].get());
    }
  }

  TestContext test{uint64_t{1} << 30, 1};
  FakeWorld world;
  QueryContext context;
  std::vector<const JoinTable*> tables;
  std::array<HoldingSink, 2> sinks;
  std::vector<std::unique_ptr<StageShare>> shares;
};

struct Piece {
  uint64_t morsel;
  std::vector<Row> rows;
};

std::vector<Piece> cut(const std::vector<Row>& rows, size_t morsel_rows) {
  std::vector<Piece> pieces;
  for (size_t first = 0; first < rows.size(); first += morsel_rows) {
    const auto begin = rows.begin() + static_cast<ptrdiff_t>(first);
    const auto count = static_cast<ptrdiff_t>(std::min(morsel_rows, rows.size() - first));
    pieces.push_back({pieces.size(), std::vector<Row>(begin, begin + count)});
  }
  return pieces;
}

// One morsel, in batches.
void run(StageFlow& flow, const Piece& piece, size_t batch_rows, const std::function<void(const Batch&)>& behind = {}) {
  LateTexts reader(piece.rows);
  flow.begin_morsel(piece.morsel);
  uint64_t sequence = 0;
  for (const Piece& part : cut(piece.rows, batch_rows)) {
    Batch batch = perishable_batch(part.rows);
    batch.morsel = piece.morsel;
    batch.sequence = std::exchange(sequence, sequence + batch.rows);
    CHECK(flow.consume(batch, reader).ok());
    if (behind) behind(batch);
  }
  CHECK(flow.end_morsel().ok() && flow.count(0).ok());
}

class FanOutLook {
 public:
  explicit FanOutLook(const std::string& reads = "") : program_(fan_out_program(reads)) {
    Random random(9);
    rows_ = drawn_step_rows(0, kRows, random);
  }

  Contract contract() const { return contract_of(program_.sinks[0].node); }

  Seen look() {
    look_at_rows();
    look_at_repeats();
    look_at_state();
    look_at_buffers();
    return seen_;
  }

 private:
  // What all readers were given, by workers in turn.
  std::vector<std::vector<Row>> given(FanOutQuery& query, size_t morsel_rows, size_t batch_rows, size_t workers) const {
    const std::vector<Piece> pieces = cut(rows_, morsel_rows);
    std::vector<std::thread> threads;
    for (size_t worker = 0; worker < workers; ++worker)
      threads.emplace_back([&, worker] {
        StageFlow flow(*query.shares[0], query.tables, query.context);
        for (size_t piece = worker; piece < pieces.size(); piece += workers) run(flow, pieces[piece], batch_rows);
      });
    for (std::thread& thread : threads) thread.join();
    std::vector<std::vector<Row>> all;
    for (const HoldingSink& sink : query.sinks) all.push_back(sink.rows());
    return all;
  }

  void look_at_rows() {
    FanOutQuery query(program_);
    first_ = given(query, 200, 64, 1);
    std::vector<uint32_t> times;
    bool is_kept = true, is_unique = true;
    for (const std::vector<Row>& rows : first_) {
      std::map<int64_t, uint32_t> came;
      int64_t last = -1;
      for (const Row& row : rows) {
        const int64_t key = std::get<int64_t>(row[0].data);
        is_unique = ++came[key] == 1 && is_unique;
        is_kept = is_kept && key > std::exchange(last, key);
      }
      for (const Row& row : rows_) times.push_back(came[std::get<int64_t>(row[0].data)]);
    }
    seen_.cardinality = cardinality_of(times);
    seen_.keys = is_unique ? UniqueKeys::kKept : UniqueKeys::kLost;
    seen_.order = is_kept ? RowOrder::kKept : RowOrder::kFree;
    seen_.side_effects =
        query.world.changes() == 0 && query.world.paths().empty() ? SideEffects::kNone : SideEffects::kExternal;
  }

  void look_at_repeats() {
    FanOutQuery other(program_, 64, 1'000'000'000), shared(program_);
    const bool same = given(other, 350, 57, 1) == first_;
    seen_.determinism = same ? Determinism::kDeterministic : Determinism::kNone;
    seen_.purity = same ? Purity::kPure : Purity::kImpure;
    seen_.concurrency = given(shared, 31, 10, 4) == first_ ? Concurrency::kAny : Concurrency::kOne;
  }

  // Nothing waits for a reader once a batch is through, and what is held for it meanwhile does not grow.
  void look_at_state() {
    FanOutQuery query(program_);
    StageFlow flow(*query.shares[0], query.tables, query.context);
    bool waits = false;
    size_t handed_on = 0;
    uint64_t few = 0, many = 0;
    const uint64_t before = query.test.budget.bytes_used();
    for (const Piece& piece : cut(rows_, 200))
      run(flow, piece, 50, [&](const Batch& batch) {
        handed_on += batch.rows;
        for (const HoldingSink& sink : query.sinks) waits = waits || sink.count() < handed_on;
        many = query.test.budget.bytes_used() - before;
        if (few == 0) few = many;
      });
    seen_.state = waits || many > few * 2 ? StateGrowth::kWithRows
                  : many > 0              ? StateGrowth::kFixed
                                          : StateGrowth::kNone;
  }

  // Whether sinks hold what they were given when the texts of its batch are spoilt. `lends`: nobody owns the batch's bytes, as of a source that has
  // them for one batch at a time.
  bool outlasts_texts(bool lends) const {
    FanOutQuery query(program_);
    StageFlow flow(*query.shares[0], query.tables, query.context);
    const Batch own = make_batch(kStepInput, rows_);
    Batch batch = own;
    if (lends)
      for (Vector& column : batch.columns) column.owner.reset();
    LateTexts reader(rows_);
    flow.begin_morsel(0);
    CHECK(flow.consume(batch, reader).ok());
    batch = {};
    spoil_texts(own);
    return std::ranges::all_of(query.sinks, [](const HoldingSink& sink) { return sink.holds_what_came(); });
  }

  void look_at_buffers() {
    FanOutQuery query(program_);
    StageFlow flow(*query.shares[0], query.tables, query.context);
    bool outlasts = outlasts_texts(true);
    run(flow, {0, rows_}, 100, [&](const Batch&) {
      for (const HoldingSink& sink : query.sinks) outlasts = outlasts && sink.holds_what_came();
    });
    seen_.lifetime = outlasts ? Lifetime::kOwner : Lifetime::kBatch;
    seen_.buffers = outlasts_texts(false) ? Buffers::kOwns : Buffers::kBorrows;
  }

  const Program program_;
  std::vector<Row> rows_;
  std::vector<std::vector<Row>> first_;  // by reader
  Seen seen_;
};

TEST(Contracts, AFanOutKeepsItsOwn) {
  FanOutLook look;
  EXPECT_EQ(broken_promises(look.contract(), look.look()), std::set<std::string>());
}

TEST(Contracts, WrongOnesOfAFanOutAreFound) {
  FanOutLook look;
  const Seen seen = look.look();
  const WrongPromise wrong[] = {{[](Contract& c) { c.cardinality = Cardinality::kZeroOrOne; }, "cardinality"},
                                {[](Contract& c) { c.cardinality = Cardinality::kOneToMany; }, "cardinality"},
                                {[](Contract& c) { c.order = RowOrder::kFree; }, "order"},
                                {[](Contract& c) { c.keys = UniqueKeys::kLost; }, "keys"},
                                {[](Contract& c) { c.state = StateGrowth::kFixed; }, "state"},
                                {[](Contract& c) { c.state = StateGrowth::kWithRows; }, "state"},
                                {[](Contract& c) { c.buffers = Buffers::kOwns; }, "buffers"},
                                {[](Contract& c) { c.lifetime = Lifetime::kOwner; }, "lifetime"},
                                {[](Contract& c) { c.lifetime = Lifetime::kQuery; }, "lifetime"},
                                {[](Contract& c) { c.purity = Purity::kImpure; }, "purity"},
                                {[](Contract& c) { c.determinism = Determinism::kNone; }, "determinism"},
                                {[](Contract& c) { c.side_effects = SideEffects::kExternal; }, "side effects"}};
  for (const WrongPromise& one : wrong) EXPECT_TRUE(is_found(one, look.contract(), seen)) << one.field;
}

// What is seen is what the readers' sinks were given.
TEST(Contracts, RowsThatOneReaderMissesAreFound) {
  FanOutLook fewer("  filter v3\n  cut staged fused\n");
  const std::set<std::string> broken = broken_promises(fewer.contract(), fewer.look());
  EXPECT_TRUE(std::ranges::any_of(broken, [](const std::string& one) { return one.starts_with("cardinality"); }));
}

}  // namespace
}  // namespace headrace
