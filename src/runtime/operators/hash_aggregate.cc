#include "runtime/operators/hash_aggregate.h"

#include <algorithm>
#include <thread>

#include "base/check.h"
#include "runtime/operators/coded_groups.h"
#include "state/exhausted.h"
#include "state/row_hash.h"

namespace headrace {

namespace {
constexpr uint64_t kTableBytesMin = uint64_t{1} << 20;
}  // namespace

struct HashAggregate::Mine final : public Local {
  std::shared_ptr<Groups> groups;
  Reservation reservation;
  KeyBatch keys;
  AggregateScratch scratch;
  CodedGroups coded;
  std::vector<char*> rows;
  std::vector<uint16_t> on_time;

  Mine(const std::shared_ptr<const GroupShape>& shape, MemoryBudget& budget)
      : groups(std::make_shared<Groups>(shape, budget)),
        reservation(budget, "aggregate"),
        keys(shape->layout.keys, reservation),
        scratch(shape->states.scratch()),
        rows(limits::kVectorRowsMax),
        on_time(limits::kVectorRowsMax) {}
};

HashAggregate::HashAggregate(const struct AggregateSink& spec, const Schema& input, const Schema& output,
                             QueryContext& context)
    : shape_(std::make_shared<GroupShape>(spec, input, output)),
      context_(context),
      window_us_(spec.window_us),
      one_group_(spec.one_group),
      files_(std::make_shared<GroupFiles>(shape_, context.files, 0)) {
  CHECK(spec.key_columns > 0);
  CHECK(window_us_ == 0 || shape_->keys[0].type.id == TypeId::kTimestamp);
  const uint32_t threads =
      context.settings.threads > 0 ? context.settings.threads : std::max(1u, std::thread::hardware_concurrency());
  table_bytes_max_ = std::max(kTableBytesMin, context.budget.bytes_max() / 2 / threads);
}

std::unique_ptr<Local> HashAggregate::local() { return std::make_unique<Mine>(shape_, context_.budget); }

// The rows whose window is still open; a null window start never closes.
uint32_t HashAggregate::select_on_time(const Batch& batch, uint16_t* selection) {
  const int64_t watermark_us = watermark_us_.load(std::memory_order_relaxed);
  const Vector& starts = batch.columns[0];
  uint32_t count = 0;
  for (uint32_t row = 0; row < batch.rows; ++row) {
    const bool late = starts.is_valid(row) && closed(starts.as<int64_t>()[starts.index_of(row)], watermark_us);
    selection[count] = static_cast<uint16_t>(row);
    count += late ? 0 : 1;
  }
  return count;
}

Status HashAggregate::consume(uint32_t input, const Batch& batch, Local& local) {
  Mine& mine = static_cast<Mine&>(local);
  const uint16_t* selection = nullptr;
  uint32_t rows = batch.rows;
  if (window_us_ > 0) {
    rows = select_on_time(batch, mine.on_time.data());
    if (rows < batch.rows) {
      rows_late_.fetch_add(batch.rows - rows, std::memory_order_relaxed);
      selection = mine.on_time.data();
    }
  }
  if (rows == 0) return kDone;
  GroupTable& table = mine.groups->table;
  TRY(coded, find_by_codes(batch, selection, rows, mine));
  if (coded) {
    shape_->states.update(input, batch, selection, 0, rows, mine.rows.data(), shape_->layout.state_offsets.data(),
                          mine.scratch, table.arena());
    return table.arena().exhausted() ? Status(exhausted(mine.groups->reservation)) : kDone;
  }
  TRY_STATUS(mine.keys.pack(batch.columns.data(), rows, selection));
  uint32_t done = 0;
  while (done < rows) {
    const uint32_t reached = table.find_or_insert(mine.keys, done, mine.rows.data());
    shape_->states.update(input, batch, selection, done, reached, mine.rows.data(), shape_->layout.state_offsets.data(),
                          mine.scratch, table.arena());
    if (table.arena().exhausted()) return exhausted(mine.groups->reservation);
    const bool out_of_memory = reached < rows;
    if (out_of_memory && window_us_ > 0)
      return exhausted(mine.groups->reservation, "use shorter windows, or raise memory_limit");
    if (out_of_memory && table.size() == 0) return exhausted(mine.groups->reservation);
    done = reached;
    if (out_of_memory || (table.bytes() > table_bytes_max_ && window_us_ == 0)) TRY_STATUS(spill(mine));
  }
  return kDone;
}

Status HashAggregate::spill(Mine& mine) {
  mine.coded.forget();
  return files_->spill(*mine.groups, context_.cancel);
}

// The groups of rows whose keys come with codes into mine.rows; false: they have to be found by their keys.
Result<bool> HashAggregate::find_by_codes(const Batch& batch, const uint16_t* selection, uint32_t rows, Mine& mine) {
  const auto key_columns = static_cast<uint32_t>(shape_->keys.size());
  if (window_us_ > 0 || !mine.coded.take(batch, key_columns, selection, rows, mine.rows.data())) return false;
  GroupTable& table = mine.groups->table;
  if (const auto unknown = mine.coded.unknown(); !unknown.empty()) {
    const auto count = static_cast<uint32_t>(unknown.size());
    TRY_STATUS(mine.keys.pack(batch.columns.data(), count, unknown.data()));
    const bool all = table.find_or_insert(mine.keys, 0, mine.rows.data()) == count;
    if (!all || table.bytes() > table_bytes_max_) {
      mine.coded.forget();
      return false;
    }
    mine.coded.learn(mine.rows.data());
    mine.coded.look_up(mine.rows.data());
  }
  return true;
}

Status HashAggregate::merge(std::unique_ptr<Local> one) {
  Mine& mine = static_cast<Mine&>(*one);
  if (mine.groups->table.size() == 0) return kDone;
  std::lock_guard lock(mutex_);
  tables_.push_back(std::move(mine.groups));
  return kDone;
}

Status HashAggregate::finish() {
  if (files_->used()) {
    for (const auto& groups : tables_) TRY_STATUS(files_->spill(*groups, context_.cancel));
    tables_.clear();
    TRY_STATUS(files_->close());
    result_ = spilled_result(shape_, files_, context_.files, context_.budget, table_bytes_max_);
    return kDone;
  }
  const int64_t closed_before_us = watermark_us_.load(std::memory_order_relaxed);
  if (closed_before_us > std::numeric_limits<int64_t>::min()) TRY_STATUS(gather_open_windows(closed_before_us));
  if (tables_.empty()) tables_.push_back(std::make_shared<Groups>(shape_, context_.budget));
  if (one_group_ && tables_.size() == 1 && tables_[0]->table.size() == 0) TRY_STATUS(add_literal_group(*tables_[0]));
  result_ = tables_.size() == 1 ? table_result(std::move(tables_[0]))
                                : merged_result(std::move(tables_), context_.budget, context_.cancel);
  tables_.clear();
  return kDone;
}

// The group of the literal keys, which no row has made.
Status HashAggregate::add_literal_group(Groups& groups) const {
  std::vector<char> row(shape_->layout.row_bytes);
  if (groups.table.find_or_insert_key_of(row.data()) == nullptr) return exhausted(groups.reservation);
  return kDone;
}

Result<std::unique_ptr<Source>> HashAggregate::output() {
  CHECK(result_ != nullptr);  // finish() comes first
  return group_source(shape_, result_, context_.budget);
}

bool HashAggregate::row_closed(const char* row, int64_t watermark_us) const {
  const KeyLayout::Field& field = shape_->layout.keys.fields[0];
  const char* key = GroupLayout::key_of(row);
  if (field.null_offset != KeyLayout::kNotNullable && key[field.null_offset] != 0) return false;
  int64_t start_us;
  std::memcpy(&start_us, key + field.offset, sizeof start_us);
  return closed(start_us, watermark_us);
}

// Makes one table of all, the first, which has none of the windows closed before.
Status HashAggregate::gather_open_windows(int64_t closed_before_us) {
  if (tables_.size() <= 1) return kDone;
  Groups& all = *tables_[0];
  while (tables_.size() > 1) {
    Status status = kDone;
    tables_.back()->table.pages().for_each([&](const char* row) {
      if (row_closed(row, closed_before_us)) {  // late after all: another input closed its window meanwhile
        rows_late_.fetch_add(1, std::memory_order_relaxed);
        return;
      }
      char* to = status.ok() ? all.table.find_or_insert_key_of(row) : nullptr;
      if (to != nullptr) {
        all.merge_states(to, row);
      } else if (status.ok()) {
        status = exhausted(all.reservation);
      }
    });
    TRY_STATUS(std::move(status));
    if (all.table.arena().exhausted()) return exhausted(all.reservation);
    tables_.pop_back();
  }
  return kDone;
}

Status HashAggregate::on_watermark(Watermark watermark, const Emit& emit) {
  if (window_us_ == 0) return kDone;
  std::lock_guard lock(mutex_);
  const int64_t before_us = watermark_us_.load(std::memory_order_relaxed);
  watermark_us_.store(std::max(before_us, watermark.time_us), std::memory_order_relaxed);
  if (tables_.empty()) tables_.push_back(std::make_shared<Groups>(shape_, context_.budget));
  TRY_STATUS(gather_open_windows(before_us));
  const std::shared_ptr<Groups> all = tables_[0];
  std::vector<const char*> rows;
  Status status = kDone;
  const auto give = [&]() -> Status {
    TRY(batch, result_batch(*shape_, rows.data(), static_cast<uint32_t>(rows.size()), context_.budget, all));
    rows.clear();
    return emit(batch);
  };
  uint64_t given = 0;
  all->table.pages().for_each([&](const char* row) {
    if (!status.ok() || !row_closed(row, watermark.time_us)) return;
    rows.push_back(row);
    ++given;
    if (rows.size() == limits::kVectorRowsMax) status = give();
  });
  if (status.ok() && !rows.empty()) status = give();
  TRY_STATUS(std::move(status));
  if (given == 0) return kDone;
  // What stays open moves to a table of its own, so that the closed rows' memory is given back.
  auto open = std::make_shared<Groups>(shape_, context_.budget);
  bool fits = true;
  all->table.pages().for_each([&](const char* row) {
    if (!fits || row_closed(row, watermark.time_us)) return;
    char* to = open->table.find_or_insert_key_of(row);
    fits = to != nullptr;
    if (fits) open->merge_states(to, row);
    fits = fits && !open->table.arena().exhausted();
  });
  if (!fits) return exhausted(open->reservation);
  tables_[0] = std::move(open);
  return kDone;
}

Status HashAggregate::save(KeyGroups groups, StateWriter& to) const {
  if (files_->used()) {
    return Error{ErrorCode::kUnsupported, "an aggregate that has spilled cannot be checkpointed", "",
                 "raise memory_limit"};
  }
  std::vector<const char*> rows;
  std::lock_guard lock(mutex_);
  for (const auto& table : tables_) {
    Status status = kDone;
    table->table.pages().for_each([&](const char* row) {
      const uint32_t group = key_group(GroupLayout::hash_of(row));
      if (!status.ok() || group < groups.begin || group >= groups.end) return;
      rows.push_back(row);
      if (rows.size() < limits::kVectorRowsMax) return;
      status = write_state(*shape_, rows.data(), rows.size(), to);
      rows.clear();
    });
    TRY_STATUS(std::move(status));
  }
  return write_state(*shape_, rows.data(), rows.size(), to);
}

Status HashAggregate::load(StateReader& from) {
  auto groups = std::make_shared<Groups>(shape_, context_.budget);
  {
    StateMerger merger(*groups);
    Batch batch;
    for (;;) {
      TRY(more, from.read(batch));
      if (!more) break;
      TRY(fits, merger.merge(batch));
      if (!fits) return exhausted(groups->reservation);
    }
  }
  if (groups->table.size() > 0) tables_.push_back(std::move(groups));
  return kDone;
}

}  // namespace headrace
