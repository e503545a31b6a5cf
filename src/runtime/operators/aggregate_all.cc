#include "runtime/operators/aggregate_all.h"

#include "base/check.h"
#include "runtime/operators/stored_source.h"
#include "state/exhausted.h"

namespace headrace {

AggregateAllLocal::AggregateAllLocal(const AggregateStates& states, MemoryBudget& budget)
    : reservation_(budget, "aggregate"), arena_(&reservation_) {
  uint32_t bytes = 0;
  for (const StateSlot& slot : states.slots()) {
    bytes = (bytes + slot.alignment - 1) / slot.alignment * slot.alignment;
    offsets_.push_back(bytes);
    bytes += slot.bytes;
  }
  memory_.resize(bytes + 16);
  row_ = memory_.data() + (16 - (reinterpret_cast<uintptr_t>(memory_.data()) & 15));
  for (uint32_t slot = 0; slot < states.count(); ++slot) states.initialize(slot, state(slot));
}

WorkerStates AggregateAllLocal::states() {
  WorkerStates states;
  for (const uint32_t offset : offsets_) states.by_slot.push_back(row_ + offset);
  states.context.arena = &arena_;
  return states;
}

AggregateAll::AggregateAll(const struct AggregateAllSink& spec, const Schema& input, QueryContext& context)
    : states_(spec.aggregates, input),
      context_(context),
      total_(std::make_shared<AggregateAllLocal>(states_, context.budget)) {
  for (uint32_t i = 0; i < states_.count(); ++i) state_schema_.push_back({"state" + std::to_string(i), kUtf8, false});
}

std::unique_ptr<Local> AggregateAll::local() { return std::make_unique<AggregateAllLocal>(states_, context_.budget); }

Status AggregateAll::merge(std::unique_ptr<Local> one) {
  auto& mine = static_cast<AggregateAllLocal&>(*one);
  std::lock_guard lock(mutex_);
  states_.merge(total_->row_, mine.row_, total_->offsets_.data(), total_->arena_);
  if (mine.arena_.exhausted()) return exhausted(mine.reservation_);
  return total_->arena_.exhausted() ? Status(exhausted(total_->reservation_)) : kDone;
}

Status AggregateAll::finish() {
  Batch batch;
  batch.rows = 1;
  const char* row = total_->row_;
  for (uint32_t i = 0; i < states_.count(); ++i) {
    TRY(column, states_.finish(i, &row, 1, total_->offsets_[i], context_.budget, total_));
    batch.columns.push_back(std::move(column));
  }
  result_ = std::move(batch);
  finished_ = true;
  return kDone;
}

Result<std::unique_ptr<Source>> AggregateAll::output() {
  CHECK(finished_);
  return batch_source(result_, "the row of an aggregation");
}

Status AggregateAll::save(KeyGroups groups, StateWriter& to) const {
  if (groups.begin > 0) return kDone;
  std::vector<std::string> bytes(states_.count());
  std::vector<StringRef> texts(states_.count());
  Batch batch;
  batch.rows = 1;
  for (uint32_t i = 0; i < states_.count(); ++i) {
    states_.serialize(i, total_->row_ + total_->offsets_[i], bytes[i]);
    texts[i] = StringRef(bytes[i]);
    Vector vector;
    vector.type = kUtf8;
    vector.data = &texts[i];
    batch.columns.push_back(std::move(vector));
  }
  return to.write(batch);
}

Status AggregateAll::load(StateReader& from) {
  Batch batch;
  for (;;) {
    TRY(more, from.read(batch));
    if (!more) return kDone;
    for (uint32_t row = 0; row < batch.rows; ++row) {
      AggregateAllLocal one(states_, context_.budget);
      for (uint32_t i = 0; i < states_.count(); ++i) {
        const Vector& column = batch.columns[i];
        TRY_STATUS(states_.deserialize(i, static_cast<char*>(one.state(i)),
                                       column.as<StringRef>()[column.index_of(row)].view(), one.arena_));
      }
      states_.merge(total_->row_, one.row_, total_->offsets_.data(), total_->arena_);
    }
  }
}

}  // namespace headrace
