#include "runtime/operators/group_files.h"

#include "base/check.h"
#include "state/row_hash.h"

namespace headrace {

namespace {

template <class T>
void take(const void* from, const uint16_t* selection, uint32_t rows, std::vector<char>& to) {
  to.resize(rows * sizeof(T));
  auto* out = reinterpret_cast<T*>(to.data());
  for (uint32_t i = 0; i < rows; ++i) out[i] = static_cast<const T*>(from)[selection[i]];
}

// Copies of some rows of a batch; strings still point into the batch.
struct TakenRows {
  std::vector<std::vector<char>> values;
  std::vector<std::vector<uint8_t>> validity;
  Batch batch;

  void assign(const Batch& from, const uint16_t* selection, uint32_t rows, Flattener& flattener) {
    values.resize(from.columns.size());
    validity.resize(from.columns.size());
    batch.columns.resize(from.columns.size());
    batch.rows = rows;
    for (size_t i = 0; i < from.columns.size(); ++i) {
      const FlatColumn flat = flattener.flatten(from.columns[i], from.rows);
      Vector vector;
      vector.type = from.columns[i].type;
      switch (width_bytes(vector.type.id)) {
        case 1: take<uint8_t>(flat.values, selection, rows, values[i]); break;
        case 2: take<uint16_t>(flat.values, selection, rows, values[i]); break;
        case 4: take<uint32_t>(flat.values, selection, rows, values[i]); break;
        case 8: take<uint64_t>(flat.values, selection, rows, values[i]); break;
        default: take<StringRef>(flat.values, selection, rows, values[i]); break;
      }
      vector.data = values[i].data();
      if (flat.validity != nullptr) {
        validity[i].resize(rows);
        for (uint32_t row = 0; row < rows; ++row) validity[i][row] = flat.validity[selection[row]];
        vector.validity = validity[i].data();
      }
      batch.columns[i] = std::move(vector);
    }
  }
};

}  // namespace

GroupFiles::~GroupFiles() {
  for (Partition& partition : partitions_) {
    partition.writer.reset();
    if (!partition.path.empty()) (void)files_.remove(partition.path).ok();
  }
}

Status GroupFiles::open(Partition& partition) {
  if (partition.writer != nullptr) return kDone;
  CHECK(partition.path.empty());  // closed files are not written again
  TRY(writer, files_.create(shape_->state_schema, partition.path));
  partition.writer = std::move(writer);
  return kDone;
}

Status GroupFiles::spill(Groups& groups, const CancelToken& cancel) {
  CHECK(depth_ == 0);
  std::vector<uint64_t> begins;
  char** rows = groups.table.partition_rows(kBits, begins, cancel);
  if (rows == nullptr) return cancel.check();
  for (uint32_t i = 0; i < kPartitions; ++i) {
    if (begins[i] == begins[i + 1]) continue;
    std::lock_guard lock(partitions_[i].mutex);
    TRY_STATUS(open(partitions_[i]));
    TRY_STATUS(write_state(*shape_, rows + begins[i], begins[i + 1] - begins[i], *partitions_[i].writer));
  }
  groups.table.clear();
  return kDone;
}

Status GroupFiles::route(const Batch& batch) {
  uint64_t hashes[limits::kVectorRowsMax];
  hash_rows(batch.columns.data(), static_cast<uint32_t>(shape_->keys.size()), batch.rows, nullptr, hashes);
  std::vector<std::vector<uint16_t>> selections(kPartitions);
  for (uint32_t row = 0; row < batch.rows; ++row) {
    selections[hashes[row] << depth_ >> (64 - kBits)].push_back(static_cast<uint16_t>(row));
  }
  Flattener flattener;
  TakenRows taken;
  for (uint32_t i = 0; i < kPartitions; ++i) {
    if (selections[i].empty()) continue;
    TRY_STATUS(open(partitions_[i]));
    taken.assign(batch, selections[i].data(), static_cast<uint32_t>(selections[i].size()), flattener);
    TRY_STATUS(partitions_[i].writer->write(taken.batch));
  }
  return kDone;
}

Status GroupFiles::close() {
  for (Partition& partition : partitions_) {
    if (partition.writer == nullptr) continue;
    TRY_STATUS(partition.writer->close());
    partition.writer.reset();
  }
  return kDone;
}

bool GroupFiles::used() const {
  for (const Partition& partition : partitions_) {
    if (!partition.path.empty()) return true;
  }
  return false;
}

}  // namespace headrace
