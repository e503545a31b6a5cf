#include "runtime/stage_runner.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/check.h"
#include "base/overloaded.h"
#include "execute/thread_sampler.h"
#include "fuse/liveness.h"
#include "kernel/hash.h"
#include "state/exhausted.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

constexpr uint32_t kSelectionRoom = limits::kVectorRowsMax + 8;

bool is_new(const StageLoop& loop) {
  return loop.turns_to_trust != nullptr && loop.turns_to_trust->load(std::memory_order_relaxed) > 0;
}

}  // namespace

StageRunner::StageRunner(const Stage& stage, const std::vector<StageLoop>& loops,
                         const std::vector<const JoinTable*>& tables, RowsGo rows_go, QueryContext& context,
                         StageCounters& counters, StageWork* work)
    : stage_(stage),
      loops_(loops),
      tables_(tables),
      rows_go_(rows_go),
      context_(context),
      counters_(counters),
      nobodys_work_(work == nullptr ? stage.steps.size() : 0),
      work_(work == nullptr ? &nobodys_work_ : work),
      faults_become_null_(context.settings.on_error == ErrorPolicy::kNull),
      constants_(std::make_shared<const ConstantPool>(stage)),
      interpreter_(stage, *constants_, faults_become_null_, is_rule_on(context.settings, "reuse_rooms")),
      slots_(stage.values.size()),
      is_read_(stage.values.size(), false),
      borrowed_(stage.values.size(), false),
      decoded_late_(stage.values.size(), false),
      computed_by_(stage.values.size()),
      arenas_(loops.size() + 1),
      probes_(stage.steps.size()),
      expansions_(stage.steps.size()),
      selections_(stage.steps.size()),
      compacted_(stage.outputs.size()),
      compacted_codes_(stage.outputs.size()),
      code_rooms_(stage.values.size()),
      nulled_(stage.steps.size()),
      active_(limits::kVectorRowsMax),
      columns_(stage.values.size()) {
  for (size_t i = 0; i < stage.steps.size(); ++i) {
    std::visit(Overloaded{[&](const Compute& compute) { computed_by_[compute.out] = static_cast<uint32_t>(i); },
                          [&](const Decode& decode) { decoded_late_[decode.value] = true; },
                          [&](const FilterRows&) { selections_[i] = std::make_unique<uint16_t[]>(kSelectionRoom); },
                          [&](const Probe& probe) {
                            CHECK(tables_[probe.table] != nullptr);
                            for (const ValueId value : probe.decoded) decoded_late_[value] = true;
                            probes_[i] = std::make_unique<ProbeRun>(*tables_[probe.table], context.budget);
                          },
                          [&](const Match& match) {
                            ProbeRun& run = *probes_[match.probe];
                            run.match = &match;
                            const auto& probe = std::get<Probe>(stage.steps[match.probe].node);
                            run.skips_pairs =
                                !gives_right_columns(probe.kind) && !can_fault_between(match.probe, match);
                          },
                          [&](const Expand&) { expansions_[i] = std::make_unique<ExpandRun>(); },
                          [&](const Accumulate& accumulate) {
                            if (call_states_.size() <= accumulate.slot) call_states_.resize(accumulate.slot + 1);
                            call_states_[accumulate.slot] = std::make_unique<char[]>(accumulate.aggregate->state_bytes);
                          }},
               stage.steps[i].node);
  }
  const auto read = [&](Operand operand) {
    if (!operand.constant) is_read_[operand.index] = true;
  };
  for (const Step& step : stage.steps) for_each_operand(step, read);
  for (const Operand operand : stage.outputs) read(operand);
  for (const StageLoop& loop : loops) {
    const auto column = column_of_filter(loop.shape);
    entry_filters_.push_back(
        column.has_value() ? std::optional(EntryFilter{.column = *column, .owner = {}, .passes = {}}) : std::nullopt);
    entry_calls_.emplace_back();
    if (calls_one_column(loop.shape)) entry_calls_.back().emplace().column = loop.shape.inputs[0];
  }
  find_filter_runs();
  for (const auto& state : call_states_) call_state_pointers_.push_back(state.get());
}

Result<std::optional<DescribedFault>> StageRunner::run(const Batch& in, MorselReader* reader, const Emit& emit,
                                                       WorkerStates& states) {
  CHECK(in.columns.size() == stage_.source_values && in.rows <= limits::kVectorRowsMax);
  const AtPart control(work_->around(AroundSteps::kLoops));
  in_ = &in;
  reader_ = reader;
  emit_ = &emit;
  states_ = &states;
  fault_.reset();
  compiled_ = false;
  rows_delivered_ = 0;
  shadowed_ = false;
  if (in.morsel != morsel_) {
    morsel_ = in.morsel;
    sequence_ = 0;
  }
  if (in.rows == 0) return std::optional<DescribedFault>();
  end_batch();
  load(in);
  counters_.rows_in.fetch_add(in.rows, std::memory_order_relaxed);
  counters_.batches.fetch_add(1, std::memory_order_relaxed);
  if (measures_ != nullptr) measures_->begin();
  begin_texts(0);
  TRY_STATUS(end_texts(run_from(0, Place{.domain = {in.rows, nullptr, in.rows}})));
  if (measures_ != nullptr) measures_->enter(0);
  let_go();
  return fault_;
}

// Who gave the batch may need its memory for what comes next, and this runner may not run for long.
void StageRunner::let_go() {
  for (Vector& column : columns_)
    if (column.owner != nullptr) column = {};
  for (Slot& slot : slots_)
    if (slot.owner != nullptr) slot.owner.reset();
}

// What the batch before has made ends here, but for what a sink holds: contracts promise it up to the next batch.
void StageRunner::end_batch() {
  interpreter_.begin_batch(slots_);
  nested_cursors_ = {};
  if constexpr (kPoisonsMemory) {
    std::fill(columns_.begin() + stage_.source_values, columns_.end(), Vector{});
    for (auto* rooms : {&compacted_, &compacted_codes_, &code_rooms_})
      for (Reused<ScratchColumn>& room : *rooms) room.end();
  }
}

// What a batch or a turn makes is forgotten when it ends, unless a sink holds it: then the next one has an arena of its own.
void StageRunner::begin_texts(size_t loop) {
  texts_.push_back(arenas_[loop].get([&] { return std::make_shared<AccountedArena>(context_.budget); }));
  texts_.back()->arena.reset();
  kernel_context_.arena = &texts_.back()->arena;
}

Status StageRunner::end_texts(Status status) {
  if (status.ok()) status = check_texts();
  nested_cursors_.forget(texts_.back()->arena);
  texts_.pop_back();
  kernel_context_.arena = texts_.empty() ? nullptr : &texts_.back()->arena;
  return status;
}

// A text without memory is no value of its row, whatever the policy for faults.
Status StageRunner::check_texts() const {
  for (const auto& texts : texts_)
    if (texts->arena.exhausted()) return exhausted(texts->reservation, "raise memory_limit, or lower threads");
  return kDone;
}

Status StageRunner::run_turn(size_t loop, const Place& place) {
  begin_texts(loop);
  return end_texts(run_from(loop, place));
}

void StageRunner::load(const Batch& in) {
  std::ranges::copy(in.columns, columns_.begin());
  loaded_.assign(stage_.source_values, false);
  for (ValueId value = 0; value < stage_.source_values; ++value)
    if (columns_[value].data != nullptr && !decoded_late_[value]) load_column(value);
}

// What came with codes is put out in full where a loop reads it (gather_entries).
void StageRunner::load_column(ValueId value) {
  const Vector& vector = columns_[value];
  borrowed_[value] = vector.encoding != Encoding::kDictionary;
  if (vector.encoding == Encoding::kDictionary)
    slots_[value] = {};
  else
    slots_[value] = {vector.data, vector.validity, nullptr, vector.encoding == Encoding::kConstant, vector.owner};
}

Status StageRunner::decode(ValueId value, const RowDomain& domain) {
  if (loaded_[value]) return kDone;
  loaded_[value] = true;
  if (columns_[value].data == nullptr) {
    CHECK(reader_ != nullptr);
    TRY(vector, reader_->decode_column(value, domain.selection, domain.selected));
    columns_[value] = std::move(vector);
    note_written(bytes_of(columns_[value], domain.selected));
    nested_cursors_ = {};  // the vector before it may be gone
  }
  load_column(value);
  return kDone;
}

Status StageRunner::decode_in(const LoopShape& shape, const RowDomain& domain) {
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i)
    if (const auto* step = std::get_if<Decode>(&stage_.steps[i].node)) {
      const AtPart at(part_of_step(i));
      TRY_STATUS(decode(step->value, domain));
    }
  return kDone;
}

void StageRunner::note_fault(Place& place, const RowFault& fault) {
  ++faults_noted_;
  if (computed_by_[fault.value].has_value()) ++part_of_step(*computed_by_[fault.value]).faults;
  place.fault_row = std::min(place.fault_row, fault.row);
  const RowFault found{place.source_row(fault.row), fault.bits, fault.where, fault.value};
  const auto key = [](const RowFault& f) { return std::tuple(f.row, f.where.line, f.where.column); };
  if (!fault_.has_value() || key(found) < key(fault_->fault))
    fault_ = {found, describe_fault(stage_, slots_, fault.value, fault.row)};
}

// Cuts the place where the value faults.
void StageRunner::settle(Operand operand, Place& place) {
  const auto fault = interpreter_.first_fault(operand, place.domain, slots_);
  if (!fault.has_value()) return;
  note_fault(place, *fault);
  place.domain = place.domain.before(fault->row);
}

// Runs the loops from `loop` on; a fault found on the way cuts the rows behind it off, so that what is emitted is what a
// row-at-a-time run would have emitted before it.
Status StageRunner::run_from(size_t loop, const Place& start) {
  Place place = start;
  while (loop < loops_.size()) {
    const LoopShape& shape = loops_[loop].shape;
    const Step& first = stage_.steps[shape.interval.first];
    if (measures_ != nullptr) {
      measures_->enter(loop);
      measures_->take(loop, place.domain.selected);
    }
    if (const auto* step = std::get_if<Match>(&first.node)) return match(*step, loop, place);
    if (place.domain.selected == 0) {
      if (place.pairs == nullptr) return kDone;
      ++loop;  // rows without a pair are still to come out
      continue;
    }
    if (const auto* step = std::get_if<Probe>(&first.node)) return probe(*step, loop, place);
    if (const auto* step = std::get_if<Expand>(&first.node)) return expand(*step, loop, place);
    if (filter_runs_[loop].has_value() && measures_ == nullptr) {
      TRY(filters, run_filters(loop, place));
      loop += filters;
      continue;
    }
    TRY_STATUS(run_one(loop, place));
    if (measures_ != nullptr) measures_->give(loop, place.domain.selected);
    ++loop;
  }
  if (measures_ != nullptr) measures_->enter(loop);
  return deliver(place);
}

// A loop of Compute, FilterRows, Decode and Accumulate steps.
Status StageRunner::run_one(size_t loop, Place& place) {
  const AtPart at(part_of_loop(loop));
  const uint64_t texts_before = text_bytes();
  TRY_STATUS(run_loop_of_rows(loop, place));
  if (const uint64_t bytes = text_bytes() - texts_before; bytes > 0)
    part_of_step(maker_of_texts(loops_[loop].shape)).bytes_written += bytes;
  return kDone;
}

uint32_t StageRunner::maker_of_texts(const LoopShape& shape) const {
  for (uint32_t i = shape.interval.last; i-- > shape.interval.first;) {
    const auto* compute = std::get_if<Compute>(&stage_.steps[i].node);
    if (compute != nullptr && compute->kernel->function->contract.buffers == Buffers::kOwns) return i;
  }
  return shape.interval.first;
}

Status StageRunner::run_loop_of_rows(size_t loop, Place& place) {
  TRY(filtered, filter_by_entries(loop, place));
  if (filtered) return kDone;
  TRY(computed, compute_by_entries(loop, place));
  if (computed) return kDone;
  const LoopShape& shape = loops_[loop].shape;
  const CompiledLoop* const code = code_of(loop);
  if (code != nullptr) TRY_STATUS(decode_in(shape, place.domain));
  {
    const AtPart source(work_->around(AroundSteps::kSource));  // entries put out are what its decoding left to do
    gather_entries(shape.inputs, place.domain);
  }
  return run_loop(loop, code, place);
}

// In machine code if there is some, else, or when a row faults there, by the interpreter.
Status StageRunner::run_loop(size_t loop, const CompiledLoop* code, Place& place) {
  if (code != nullptr && (shadows_ || is_new(loops_[loop]))) return run_both(loop, *code, place);
  if (code != nullptr && run_compiled(loops_[loop], *code, place)) return kDone;
  return interpret(loops_[loop].shape, place);
}

void StageRunner::begin_states(const LoopShape& shape) {
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i)
    if (const auto* step = std::get_if<Accumulate>(&stage_.steps[i].node))
      loop_table().aggregates[step->aggregate->id].init(call_states_[step->slot].get());
}

void StageRunner::merge_states(const LoopShape& shape) {
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i)
    if (const auto* step = std::get_if<Accumulate>(&stage_.steps[i].node))
      loop_table().aggregates[step->aggregate->id].merge(states_->by_slot[step->slot], call_states_[step->slot].get(),
                                                         states_->context);
}

Status StageRunner::interpret(const LoopShape& shape, Place& place) {
  begin_states(shape);
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i) {
    if (place.domain.selected == 0) break;
    WorkPart& part = part_of_step(i);
    const AtPart at(part);
    if (!runs_entries_) part.rows_in += place.domain.selected;
    if (const auto* step = std::get_if<Decode>(&stage_.steps[i].node)) {
      if (runs_entries_) continue;
      TRY_STATUS(decode(step->value, place.domain));
      gather_entries(step->value, place.domain);
      part.rows_out += place.domain.selected;
      continue;
    }
    std::visit(Overloaded{[&](const Compute& step) {
                            const uint32_t nulled = interpreter_.compute(step, place.domain, kernel_context_, slots_);
                            if (!runs_entries_) part.faults += nulled;
                          },
                          [&](const FilterRows& step) {
                            std::optional<RowFault> fault;
                            place.domain = interpreter_.filter(step, place.domain, slots_, selections_[i].get(), fault);
                            if (fault.has_value()) note_fault(place, *fault);
                          },
                          [&](const Decode&) {}, [&](const Probe&) { CHECK(!"a probe is a loop of its own"); },
                          [&](const Match&) { CHECK(!"a match is a loop of its own"); },
                          [&](const Expand&) { CHECK(!"an expansion is a loop of its own"); },
                          [&](const Accumulate& step) {
                            for (const Operand& argument : step.arguments) settle(argument, place);
                            interpreter_.accumulate(step, place.domain, kernel_context_, slots_,
                                                    call_states_[step.slot].get());
                          }},
               stage_.steps[i].node);
    if (!runs_entries_) part.rows_out += place.domain.selected;
    if (const auto* step = std::get_if<Compute>(&stage_.steps[i].node))
      note_written(slot_bytes(step->out, place.domain.selected));
  }
  if (compares_) shadow_states_ = finished_states(shape);
  merge_states(shape);
  return kDone;
}

void StageRunner::flatten(ValueId value, uint32_t rows) {
  Slot& slot = slots_[value];
  if (!slot.constant) return;
  char one[16];
  const uint32_t width = width_bytes(stage_.values[value].type.id);
  std::memcpy(one, slot.data, width);
  const bool null = slot.validity != nullptr && slot.validity[0] == 0;
  const auto& room = interpreter_.scratch(value, slots_);
  for (uint32_t row = 0; row < rows; ++row)
    std::memcpy(static_cast<char*>(room->data) + uint64_t{row} * width, one, width);
  note_copied(uint64_t{rows} * width);
  slot = {room->data, null ? kAllZeros : nullptr, nullptr, false, room};
  borrowed_[value] = false;
}

// False when the loop must be interpreted.
bool StageRunner::run_compiled(const StageLoop& loop, const CompiledLoop& code, Place& place) {
  if (!call_compiled(loop, code, place)) return false;
  merge_states(loop.shape);
  const uint32_t rows_in = place.domain.selected;
  if (loop.shape.has_filter) keep_active(loop.shape, place);
  note_rows(loop.shape, rows_in, place.domain.selected);
  if (!faults_become_null_ || runs_entries_) return true;
  for (uint32_t i = loop.shape.interval.first; i < loop.shape.interval.last; ++i)
    part_of_step(i).faults += nulled_[i - loop.shape.interval.first];
  return true;
}

// Leaves what the code made in slots_, active_ and call_states_. False: an input already carries faults, or the code met one.
bool StageRunner::call_compiled(const StageLoop& loop, const CompiledLoop& code, const Place& place) {
  const LoopShape& shape = loop.shape;
  std::vector<ColumnIn>& inputs = loop_inputs_;
  std::vector<ColumnOut>& outputs = loop_outputs_;
  inputs.clear();
  outputs.clear();
  for (const ValueId value : shape.inputs) {
    if (slots_[value].faults != nullptr) return false;
    flatten(value, place.domain.rows);
    const Slot& slot = slots_[value];
    const bool nullable = stage_.values[value].nullable;
    if (!nullable && slot.validity != nullptr) return false;  // data with nulls that its schema denies
    inputs.push_back({slot.data, nullable && slot.validity == nullptr ? kAllOnes : slot.validity});
  }
  for (const ValueId value : shape.outputs) {
    const std::shared_ptr<ScratchColumn>& room = interpreter_.scratch(value, slots_);
    outputs.push_back({room->data, stage_.values[value].nullable ? room->validity : nullptr});
    slots_[value] = {room->data, outputs.back().validity, nullptr, false, room};
  }
  begin_states(shape);
  const LoopFrame frame{.rows = place.domain.rows,
                        .selected = place.domain.selected,
                        .selection = place.domain.selection,
                        .inputs = inputs.data(),
                        .outputs = outputs.data(),
                        .constants = constants_->values(),
                        .active = shape.has_filter ? active_.data() : nullptr,
                        .states = call_state_pointers_.data(),
                        .context = &kernel_context_,
                        .nulled = nulled_.data()};
  if (faults_become_null_) std::ranges::fill(nulled_, 0);
  uint32_t faults = 0;
  {
    const AtLoop at(code, &part_of_step(shape.interval.first), shape.interval.last - shape.interval.first,
                    work_->around(AroundSteps::kLoops));
    faults = code.code()(&frame);
  }
  for (const ValueId value : shape.outputs)
    if (computed_by_[value].has_value())
      part_of_step(*computed_by_[value]).bytes_written += slot_bytes(value, place.domain.selected);
  if (faults != 0) {
    counters_.loops_rerun.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  compiled_ = true;
  return true;
}

// Of machine code it is known how many rows come to its first filter, and how many leave its last.
void StageRunner::note_rows(const LoopShape& shape, uint32_t rows_in, uint32_t rows_out) {
  if (runs_entries_) return;
  const uint32_t end = shape.interval.last;
  uint32_t first_filter = end, last_filter = end;
  for (uint32_t i = shape.interval.first; i < end; ++i) {
    if (!std::holds_alternative<FilterRows>(stage_.steps[i].node)) continue;
    first_filter = std::min(first_filter, i);
    last_filter = i;
  }
  for (uint32_t i = shape.interval.first; i < end; ++i) {
    WorkPart& part = part_of_step(i);
    const bool between_filters = i > first_filter && i <= last_filter;
    (between_filters ? part.rows_hidden : part.rows_in) += i > last_filter ? rows_out : rows_in;
    if (i < first_filter) part.rows_out += rows_in;
    if (i >= last_filter) part.rows_out += rows_out;
  }
}

uint64_t StageRunner::slot_bytes(ValueId value, uint32_t rows) const {
  const Slot& slot = slots_[value];
  if (slot.constant) return 0;
  return rows * (uint64_t{width_bytes(stage_.values[value].type.id)} + (slot.validity != nullptr ? 1 : 0));
}

// Keeps the rows of a loop with filters that are set in active_.
void StageRunner::keep_active(const LoopShape& shape, Place& place) {
  uint32_t last_filter = shape.interval.first;
  for (uint32_t i = shape.interval.first; i < shape.interval.last; ++i)
    if (selections_[i] != nullptr) last_filter = i;
  uint16_t* selection = selections_[last_filter].get();
  const uint32_t selected =
      select_active(active_.data(), place.domain.rows, place.domain.selection, place.domain.selected, selection);
  if (selected < place.domain.rows) place.domain = {place.domain.rows, selection, selected};
}

// Of a value that no loop has put out in full, of a dictionary small enough that a sink may look at all of it for a batch. The
// NaNs of what leaves the query are made one in full.
bool StageRunner::keeps_codes(ValueId value) const {
  const Vector& column = columns_[value];
  if (!has_codes(value)) return false;
  if (rows_go_ == RowsGo::kOn) return true;
  return column.dictionary_rows <= limits::kVectorRowsMax && !(rows_go_ == RowsGo::kOut && column.type == kFloat64);
}

// Of a column of the source that only a stage behind a fan_out decodes.
bool StageRunner::is_left_out(ValueId value) const {
  return rows_go_ == RowsGo::kOn && columns_[value].data == nullptr;
}

Vector StageRunner::vector_of(Operand operand) {
  if (!operand.constant && keeps_codes(operand.index)) return columns_[operand.index];
  if (!operand.constant && operand.index < stage_.source_values && is_left_out(operand.index))
    return columns_[operand.index];
  const Slot slot = interpreter_.slot_of(operand, slots_);
  const Type type = operand.constant ? stage_.constants[operand.index].value.type : stage_.values[operand.index].type;
  return {.type = type,
          .encoding = slot.constant ? Encoding::kConstant : Encoding::kFlat,
          .data = slot.data,
          .validity = slot.validity,
          .owner = operand.constant ? std::shared_ptr<const void>(constants_) : slot.owner};
}

// A NaN's bits depend on how it came about (the processor's 0/0 has its sign set, a folded one has not): they are no part of
// the answer.
void StageRunner::make_nans_one(size_t output, uint32_t rows, Vector& vector) {
  if (vector.encoding == Encoding::kConstant) rows = 1;
  const auto* values = vector.as<double>();
  bool found = false;
  for (uint32_t row = 0; row < rows; ++row)
    found |= std::isnan(values[row]) && std::bit_cast<uint64_t>(values[row]) != kernel::kCanonicalNan;
  if (!found) return;
  const auto& room = compacted_[output].get([&] { return std::make_shared<ScratchColumn>(TypeId::kFloat64); });
  auto* to = static_cast<double*>(room->data);
  for (uint32_t row = 0; row < rows; ++row)
    to[row] = std::isnan(values[row]) ? std::bit_cast<double>(kernel::kCanonicalNan) : values[row];
  if (vector.validity != nullptr) {
    std::memcpy(room->validity, vector.validity, rows);
    vector.validity = room->validity;
  }
  note_copied(uint64_t{rows} * sizeof(double));
  vector.data = to;
  vector.owner = room;
}

// The rows of the selection, one behind the other.
Vector StageRunner::compacted(size_t output, const Vector& vector, const RowDomain& domain) {
  const bool has_codes = vector.encoding == Encoding::kDictionary;
  const TypeId id = has_codes ? TypeId::kUInt32 : vector.type.id;
  const auto& room =
      (has_codes ? compacted_codes_ : compacted_)[output].get([&] { return std::make_shared<ScratchColumn>(id); });
  const void* from = has_codes ? vector.codes : vector.data;
  gather_values(from, width_bytes(id), domain.selection, domain.selected, room->data);
  note_copied(bytes_of(vector, domain.selected));
  Vector dense = vector;
  if (vector.validity != nullptr) {
    gather_values(vector.validity, 1, domain.selection, domain.selected, room->validity);
    dense.validity = room->validity;
  }
  if (has_codes) {
    dense.codes = static_cast<const uint32_t*>(room->data);
    dense.owner =
        std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(vector.owner, room);
  } else {
    dense.data = room->data;
    dense.owner = room;
  }
  return dense;
}

Status StageRunner::deliver(const Place& start) {
  WorkPart& sink = work_->around(AroundSteps::kSink);
  const AtPart at(sink);
  Place place = start;
  for (const Operand operand : stage_.outputs) settle(operand, place);
  for (const Operand operand : stage_.outputs)
    if (!operand.constant && !keeps_codes(operand.index)) gather_entries(operand.index, place.domain);
  const uint32_t rows = place.domain.selected;
  counters_.rows_out.fetch_add(rows, std::memory_order_relaxed);
  rows_delivered_ += rows;
  const bool takes_states = stage_.outputs.empty() && !call_states_.empty();
  if (rows == 0 || takes_states) return kDone;
  TRY_STATUS(check_texts());
  Batch batch{.rows = rows, .columns = {}, .morsel = in_->morsel, .sequence = sequence_++};
  std::shared_ptr<std::vector<std::shared_ptr<const void>>> keeps;  // what string bytes may point into
  for (size_t i = 0; i < stage_.outputs.size(); ++i) {
    const Operand output = stage_.outputs[i];
    Vector vector = vector_of(output);
    if (!output.constant && output.index < stage_.source_values && is_left_out(output.index)) {
      CHECK(place.domain.selection == nullptr);
      batch.columns.push_back(std::move(vector));
      continue;
    }
    if (place.domain.selection != nullptr && vector.encoding != Encoding::kConstant)
      vector = compacted(i, vector, place.domain);
    if (rows_go_ == RowsGo::kOut && vector.type.id == TypeId::kFloat64) make_nans_one(i, rows, vector);
    if (is_text_layout(vector.type)) {
      if (keeps == nullptr) {
        keeps = std::make_shared<std::vector<std::shared_ptr<const void>>>();
        for (const auto& texts : texts_)
          if (texts->arena.bytes() > 0) keeps->push_back(texts);
        for (const Vector& column : columns_)
          if (is_text_layout(column.type) && column.data != nullptr) keeps->push_back(column.owner);
      }
      vector.owner =
          std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(vector.owner, keeps);
    }
    batch.columns.push_back(std::move(vector));
  }
  sink.rows_in += rows;
  for (const Vector& column : batch.columns) note_written(bytes_of(column, rows));
  delivered_ = &place;
  return (*emit_)(batch);
}

}  // namespace headrace
