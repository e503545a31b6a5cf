// runtime/test_steps.h — for tests: the steps of one stage run by a StageRunner over drawn rows whose texts become nonsense when nobody holds
// them any more, beside a join table.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/fake_world.h"
#include "execute/loop_shapes.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/operators/join_build.h"
#include "runtime/operators/list.h"
#include "runtime/stage_runner.h"
#include "runtime/test_context.h"

namespace headrace {

// The key tells rows apart; x finds rows of the join table, none, or by a null those with a null.
inline const Schema kStepInput{{"key", kInt64, false}, {"x", kInt64, true}, {"t", kUtf8, true}, {"b", kBool, true}};
inline const Schema kStepTable{{"k", kInt64, true}, {"id", kInt64, false}};
inline constexpr uint32_t kTextColumn = 2;

inline std::vector<Row> drawn_step_rows(int64_t first, int64_t count, Random& random) {
  std::vector<Row> rows;
  for (int64_t key = first; key < first + count; ++key) {
    const uint64_t choice = random();
    rows.push_back({{kInt64, key},
                    choice % 8 == 0 ? null_value(kInt64) : Value{kInt64, static_cast<int64_t>(choice / 8 % 8) - 2},
                    random() % 5 == 0 ? null_value(kUtf8) : Value{kUtf8, fmt::format("a text of row number {}", key)},
                    random() % 6 == 0 ? null_value(kBool) : Value{kBool, random() % 2 == 0}});
  }
  return rows;
}

// Three rows for each x from 0 to 3, one with a null and one that no row finds.
inline std::vector<Row> step_table_rows() {
  std::vector<Row> rows;
  for (int64_t id = 0; id < 12; ++id) rows.push_back({{kInt64, id % 4}, {kInt64, id}});
  rows.push_back({null_value(kInt64), {kInt64, int64_t{12}}});
  rows.push_back({{kInt64, int64_t{99}}, {kInt64, int64_t{13}}});
  return rows;
}

inline void spoil_texts(const Batch& batch) {
  const auto owned = std::static_pointer_cast<const OwnedColumn>(batch.columns[kTextColumn].owner);
  for (const auto& text : owned->texts) std::ranges::fill(*text, '#');
}

// A batch whose texts are spoilt when nobody holds it any more; their memory stays. For several threads.
inline Batch perishable_batch(const std::vector<Row>& rows) {
  static std::mutex mutex;
  static std::vector<std::shared_ptr<const void>> graves;
  Batch batch = make_batch(kStepInput, rows);
  const Batch kept = batch;
  {
    const std::lock_guard lock(mutex);
    graves.push_back(batch.columns[kTextColumn].owner);
  }
  batch.columns[kTextColumn].owner =
      std::shared_ptr<const void>(batch.columns[kTextColumn].data, [kept](const void*) { spoil_texts(kept); });
  return batch;
}

struct StepProgram {
  const char* steps;  // lines of the text form, over v0 … v3, the columns of kStepInput
  const char* output;  // "(v0, v4)"
  const char* schema;  // of these
  const char* table = "";  // what the join table remembers: " unmatched"
  const char* sink = "collect ordered";
  const char* result = nullptr;  // the sink's rows; nullptr: `schema`
};

inline Result<Program> parse_steps(const StepProgram& one) {
  DeclaredTables tables;
  TRY_STATUS(tables.declare("table l [key: int64, x: int64?, t: utf8?, b: bool?] late"));
  std::string steps;
  for (const char line : std::string(one.steps)) {
    if (line == '\n') steps += "\n  cut staged fused";
    steps += line;
  }
  return parse_program(
      fmt::format(R"(program result 1
sink 0 join_build keys 1 nulls_equal (0){}
  inputs 1 in ("k" int64 ?, "id" int64) out ("k" int64 ?, "id" int64)
sink 1 {}
  inputs 1 in ({}) out ({})
stage 0 to sink 0 input 0
  source stream
  value v0 "k" int64 ?
  value v1 "id" int64
  output (v0, v1)
stage 1 to sink 1 input 0
  source table "l" columns (0, 1, 2, 3)
  value v0 "key" int64
  value v1 "x" int64 ?
  value v2 "t" utf8 ?
  value v3 "b" bool ?
{}  output {}
)",
                  one.table, one.sink, one.schema, one.result == nullptr ? one.schema : one.result, steps, one.output),
      tables);
}

// Gives the texts of one batch late, from memory of its own.
class LateTexts final : public MorselReader {
 public:
  explicit LateTexts(const std::vector<Row>& rows) : texts_(perishable_batch(rows).columns[kTextColumn]) {}
  uint64_t morsel() const override { return 0; }
  Result<bool> next(uint32_t, Batch&) override { return false; }
  Result<Vector> decode_column(uint32_t column, const uint16_t*, uint32_t) override {
    CHECK(column == kTextColumn);
    return texts_;
  }

 private:
  const Vector texts_;
};

// What all runners of one stage share: the program, its table and what a query has.
struct StepQuery {
  explicit StepQuery(const Program& the_program, uint32_t vector_rows = limits::kVectorRowsMax, int64_t now_ns = 0)
      : program(the_program), context{world, test.budget, test.cancel, test.settings, test.files, {}} {
    test.settings.vector_rows = vector_rows;
    world.now_ns = now_ns;
    Random random(1);
    auto built = make_sink(program.sinks[0], context);
    CHECK(built.ok());
    build = std::move(built.value());
    CHECK(run_sink(*build, {make_batch(kStepTable, step_table_rows())}, 1, random).ok() && build->finish().ok());
    tables = {&join_table_of(*build), nullptr};
    for (LoopShape& shape : loop_shapes(program.stages[1], false)) loops.push_back({std::move(shape), nullptr});
  }

  // Rows of the table that no probe has remembered.
  size_t unmatched() { return read_all(*tables[0]->unmatched(test.budget, test.cancel).value()).value().size(); }

  const Program& program;
  TestContext test{uint64_t{1} << 30, 1};
  FakeWorld world;
  QueryContext context;
  std::unique_ptr<Sink> build;
  std::vector<const JoinTable*> tables;
  std::vector<StageLoop> loops;
  StageCounters counters;
};

// A worker.
class StepWorker {
 public:
  explicit StepWorker(StepQuery& query, Sink* sink = nullptr)
      : runner_(query.program.stages[1], query.loops, query.tables, RowsGo::kIn, query.context, query.counters) {
    for (const Step& step : query.program.stages[1].steps)
      is_late_ = is_late_ || std::holds_alternative<Decode>(step.node);
    if (sink != nullptr) local_ = sink->local();
  }

  // The fault of one of the rows. `take` gets what comes out of it.
  std::optional<DescribedFault> run(const std::vector<Row>& rows, const std::function<void(const Batch&)>& take) {
    Batch batch = perishable_batch(rows);
    return run(rows, batch, take);
  }
  // `batch` has these rows.
  std::optional<DescribedFault> run(const std::vector<Row>& rows, Batch& batch,
                                    const std::function<void(const Batch&)>& take) {
    LateTexts reader(rows);
    if (is_late_) batch.columns[kTextColumn] = Vector{.type = kUtf8, .owner = {}};
    WorkerStates states = local_ != nullptr ? local_->states() : WorkerStates{};
    auto fault = runner_.run(
        batch, &reader,
        [&](const Batch& out) -> Status {
          take(out);
          return kDone;
        },
        states);
    CHECK(fault.ok());
    return fault.value();
  }

  // Rows as text, cut into batches.
  std::vector<std::string> texts(const std::vector<Row>& rows, size_t batch_rows = limits::kVectorRowsMax) {
    std::vector<std::string> found;
    for (size_t first = 0; first < rows.size(); first += batch_rows) {
      const auto begin = rows.begin() + static_cast<ptrdiff_t>(first);
      const std::vector<Row> some(begin, begin + static_cast<ptrdiff_t>(std::min(batch_rows, rows.size() - first)));
      const auto fault = run(some, [&](const Batch& out) {
        for (const Row& row : rows_of(out)) found.push_back(row_text(row));
      });
      CHECK(!fault.has_value());
    }
    return found;
  }

  std::unique_ptr<Local> take_local() { return std::move(local_); }

 private:
  StageRunner runner_;
  std::unique_ptr<Local> local_;
  bool is_late_ = false;
};

}  // namespace headrace
