#include "runtime/operators/group_rows.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/operators/keep.h"

namespace headrace {

namespace {

constexpr uint32_t kStateBatchRows = 512;  // keeps a batch of states below limits::kSmallAllocationBytes a column

Schema first_columns(const Schema& schema, uint32_t count) { return Schema(schema.begin(), schema.begin() + count); }

Schema state_schema_of(const AggregateSink& spec, const Schema& input) {
  Schema schema = first_columns(input, spec.key_columns);
  for (size_t i = 0; i < spec.aggregates.size(); ++i) {
    schema.push_back({"state" + std::to_string(i), kUtf8, false});
  }
  return schema;
}

const char* const* keys_of(const char* const* rows, uint32_t count, const char** keys) {
  for (uint32_t i = 0; i < count; ++i) keys[i] = GroupLayout::key_of(rows[i]);
  return keys;
}

}  // namespace

GroupShape::GroupShape(const struct AggregateSink& spec, const Schema& input, Schema output_schema)
    : keys(first_columns(input, spec.key_columns)),
      states(spec.aggregates, input, /*share=*/true),
      layout(keys, states.slots()),
      state_schema(state_schema_of(spec, input)),
      output(std::move(output_schema)) {
  for (uint32_t i = 0; i < states.count(); ++i) states.initialize(i, layout.initial.data() + layout.state_offsets[i]);
  for (uint32_t i = 0; i < states.count(); ++i)
    if (const auto owner = states.shares(i)) layout.state_offsets[i] = layout.state_offsets[*owner];
}

Status write_state(const GroupShape& shape, const char* const* rows, uint64_t count, StateWriter& to) {
  const char* keys[kStateBatchRows];
  std::vector<std::vector<char>> values(shape.keys.size());
  std::vector<std::vector<uint8_t>> validity(shape.keys.size());
  std::vector<StringRef> texts(kStateBatchRows * shape.states.count());
  std::string bytes;
  for (uint64_t done = 0; done < count;) {
    const auto batch_rows = static_cast<uint32_t>(std::min<uint64_t>(count - done, kStateBatchRows));
    keys_of(rows + done, batch_rows, keys);
    Batch batch;
    batch.rows = batch_rows;
    for (uint32_t i = 0; i < shape.keys.size(); ++i) {
      values[i].resize(kStateBatchRows * width_bytes(shape.keys[i].type.id));
      validity[i].resize(kStateBatchRows);
      unpack_key_field(shape.layout.keys, i, keys, batch_rows, values[i].data(), validity[i].data());
      Vector vector;
      vector.type = shape.keys[i].type;
      vector.data = values[i].data();
      vector.validity = shape.keys[i].nullable ? validity[i].data() : nullptr;
      batch.columns.push_back(std::move(vector));
    }
    bytes.clear();
    std::vector<uint64_t> ends;
    for (uint32_t i = 0; i < shape.states.count(); ++i) {
      for (uint32_t row = 0; row < batch_rows; ++row) {
        shape.states.serialize(i, rows[done + row] + shape.layout.state_offsets[i], bytes);
        ends.push_back(bytes.size());
      }
    }
    uint64_t begin = 0;
    for (size_t i = 0; i < ends.size(); ++i) {
      if (ends[i] - begin > UINT32_MAX)
        return Error{ErrorCode::kLimit,
                     "aggregate: what is kept of one group is larger than 4 GiB and cannot be spilled", "",
                     "raise memory_limit"};
      texts[i] = StringRef(bytes.data() + begin, static_cast<uint32_t>(ends[i] - begin));
      begin = ends[i];
    }
    for (uint32_t i = 0; i < shape.states.count(); ++i) {
      Vector vector;
      vector.type = kUtf8;
      vector.data = texts.data() + uint64_t{i} * batch_rows;
      batch.columns.push_back(std::move(vector));
    }
    TRY_STATUS(to.write(batch));
    done += batch_rows;
  }
  return kDone;
}

StateMerger::StateMerger(Groups& groups)
    : groups_(groups),
      keys_(groups.shape->layout.keys, groups.reservation),
      rows_(limits::kVectorRowsMax),
      one_row_(groups.shape->layout.row_bytes + 16) {}

Result<bool> StateMerger::merge(const Batch& batch) {
  const GroupShape& shape = *groups_.shape;
  if (!keys_.pack(batch.columns.data(), batch.rows).ok()) return false;
  const uint32_t done = groups_.table.find_or_insert(keys_, 0, rows_.data());
  const auto misaligned = reinterpret_cast<uintptr_t>(one_row_.data()) & 15;
  char* scratch = one_row_.data() + (16 - misaligned);
  KernelContext context{&groups_.table.arena()};
  for (uint32_t i = 0; i < shape.states.count(); ++i) {
    const FlatColumn states = flattener_.flatten(batch.columns[shape.keys.size() + i], batch.rows);
    const auto* bytes = static_cast<const StringRef*>(states.values);
    const uint32_t offset = shape.layout.state_offsets[i];
    for (uint32_t row = 0; row < done; ++row) {
      shape.states.initialize(i, scratch + offset);
      Status status = shape.states.deserialize(i, scratch + offset, bytes[row].view(), *context.arena);
      if (context.arena->exhausted()) return false;
      TRY_STATUS(std::move(status));
      shape.states.merge_one(i, rows_[row] + offset, scratch + offset, *context.arena);
    }
  }
  return done == batch.rows && !context.arena->exhausted();
}

Result<Batch> result_batch(const GroupShape& shape, const char* const* rows, uint32_t count, MemoryBudget& budget,
                           std::shared_ptr<const void> keep) {
  CHECK(count <= limits::kVectorRowsMax);
  const char* keys[limits::kVectorRowsMax];
  keys_of(rows, count, keys);
  Batch batch;
  batch.rows = count;
  for (uint32_t i = 0; i < shape.keys.size(); ++i) {
    const uint64_t values_bytes = (uint64_t{count} * width_bytes(shape.keys[i].type.id) + 63) / 64 * 64;
    TRY(buffer, Buffer::allocate(budget, "aggregate", values_bytes + count));
    uint8_t* validity = shape.keys[i].nullable ? static_cast<uint8_t*>(buffer->data()) + values_bytes : nullptr;
    unpack_key_field(shape.layout.keys, i, keys, count, buffer->data(), validity);
    Vector vector;
    vector.type = shape.keys[i].type;
    vector.data = buffer->data();
    vector.validity = validity;
    vector.owner = keep_both(std::move(buffer), keep);
    batch.columns.push_back(std::move(vector));
  }
  for (uint32_t i = 0; i < shape.states.count(); ++i) {
    TRY(vector, shape.states.finish(i, rows, count, shape.layout.state_offsets[i], budget, keep));
    batch.columns.push_back(std::move(vector));
  }
  return batch;
}

}  // namespace headrace
