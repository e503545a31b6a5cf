#include "runtime/operators/group_row_list.h"

#include <algorithm>
#include <cstring>

#include "base/check.h"
#include "state/accounted_array.h"
#include "state/row_hash.h"
#include "types/string_ref.h"

namespace headrace {

namespace {

constexpr uint32_t kHeadBytes = 8;
constexpr uint32_t kChunkBytesMin = 64;
constexpr uint32_t kChunkBytesMax = 64u << 10;

uint32_t read_size(const char* at) {
  uint32_t size;
  std::memcpy(&size, at, sizeof size);
  return size;
}
void write_size(char* at, uint32_t size) { std::memcpy(at, &size, sizeof size); }

std::string_view key_of(const char* record) { return {record + kHeadBytes, read_size(record)}; }
const char* values_of(const char* record) { return record + kHeadBytes + read_size(record); }
uint32_t bytes_of(const char* record) { return kHeadBytes + read_size(record) + read_size(record + 4); }

// A record's place in the order. The first 8 bytes of the key decide almost always.
struct Entry {
  uint64_t prefix;  // big-endian, zero-padded
  const char* record;
};

Entry entry_of(const char* record) {
  const std::string_view key = key_of(record);
  char padded[8] = {};
  std::memcpy(padded, key.data(), std::min<size_t>(key.size(), 8));
  uint64_t prefix;
  std::memcpy(&prefix, padded, sizeof prefix);
  return {__builtin_bswap64(prefix), record};
}

bool operator<(const Entry& left, const Entry& right) {
  if (left.prefix != right.prefix) return left.prefix < right.prefix;
  return key_of(left.record) < key_of(right.record);
}

bool same_key(const Entry& left, const Entry& right) {
  return left.prefix == right.prefix && key_of(left.record) == key_of(right.record);
}

template <class Visit>
void for_each_record(const RowListState& list, Visit&& visit) {
  for (const RowListState::Chunk* chunk = list.first; chunk != nullptr; chunk = chunk->next) {
    for (uint32_t at = 0; at < chunk->used;) {
      const char* record = chunk->bytes() + at;
      at += bytes_of(record);
      visit(record);
    }
  }
}

template <class T>
void append_canonical(T value, std::string& record) {
  const T canonical = canonical_key(value);
  record.append(reinterpret_cast<const char*>(&canonical), sizeof canonical);
}

// Room for a record at the end of the list; nullptr when memory is out.
char* room_at_end(RowListState& list, uint32_t bytes, Arena& arena) {
  RowListState::Chunk* last = list.last;
  while (last != nullptr && last->room - last->used < bytes && last->next != nullptr) last = last->next;
  if (last == nullptr || last->room - last->used < bytes) {
    const uint32_t doubled = last == nullptr ? kChunkBytesMin : std::min(2 * last->room, kChunkBytesMax);
    const uint32_t room = std::max(doubled, bytes);
    char* memory = arena.allocate(sizeof(RowListState::Chunk) + room);
    if (memory == nullptr) return nullptr;
    auto* chunk = new (memory) RowListState::Chunk{nullptr, 0, room};
    (last == nullptr ? list.first : last->next) = chunk;
    last = chunk;
  }
  list.last = last;
  char* at = last->bytes() + last->used;
  last->used += bytes;
  return at;
}

}  // namespace

GroupRowList::Encoder::Encoder(const GroupRowList& list)
    : keys_(list.input_, list.parts_, list.by_input_, !list.distinct_),
      flatteners_(list.arguments_.size()),
      columns_(list.arguments_.size()) {}

GroupRowList::GroupRowList(const GroupAggregate& aggregate, const Schema& input)
    : overload_(aggregate.overload),
      functions_(&loop_table().aggregates[aggregate.overload->id]),
      input_(input),
      filter_(aggregate.filter),
      distinct_(aggregate.distinct),
      by_input_(aggregate.by_input) {
  for (const uint32_t column : aggregate.columns) arguments_.push_back({column, input[column].type});
  std::vector<bool> used(input.size());
  for (const SortColumn& key : aggregate.order) {
    parts_.push_back({key.column, key.descending, key.nulls_first});
    used[key.column] = true;
  }
  if (by_input_) return;
  if (distinct_ || overload_->order == StateOrder::kSorted) {
    for (const Argument& argument : arguments_) {
      if (!used[argument.column]) parts_.push_back({argument.column, false, false});
      used[argument.column] = true;
    }
    return;
  }
  for (uint32_t column = 0; column < input.size(); ++column)
    if (!used[column]) parts_.push_back({column, false, false});
}

std::unique_ptr<GroupRowList::Encoder> GroupRowList::encoder() const { return std::make_unique<Encoder>(*this); }

void GroupRowList::update(uint32_t input, const Batch& batch, const uint16_t* selection, uint32_t first, uint32_t last,
                          char* const* rows, uint32_t offset, Encoder& encoder, Arena& arena) const {
  encoder.keys_.encode(input, batch);
  for (size_t i = 0; i < arguments_.size(); ++i)
    encoder.columns_[i] = encoder.flatteners_[i].flatten(batch.columns[arguments_[i].column], batch.rows);
  std::string& record = encoder.record_;
  for (uint32_t i = first; i < last; ++i) {
    const uint32_t row = selection != nullptr ? selection[i] : i;
    if (filter_) {
      const Vector& filter = batch.columns[*filter_];
      if (!filter.is_valid(row) || filter.as<uint8_t>()[filter.index_of(row)] == 0) continue;
    }
    record.assign(kHeadBytes, '\0');
    record.append(encoder.keys_.key(row), encoder.keys_.size(row));
    bool counts = true;
    for (size_t at = 0; at < arguments_.size(); ++at) {
      const FlatColumn& column = encoder.columns_[at];
      if (column.validity != nullptr && column.validity[row] == 0) {
        counts = counts && overload_->keeps_nulls && at == 0;
        record.push_back('\0');
        continue;
      }
      record.push_back('\1');
      const uint32_t width = width_bytes(arguments_[at].type.id);
      const char* value = static_cast<const char*>(column.values) + uint64_t{row} * width;
      if (is_text_layout(arguments_[at].type)) {
        const auto& text = static_cast<const StringRef*>(column.values)[row];
        record.append(reinterpret_cast<const char*>(&text.size), sizeof text.size);
        record.append(text.view());
      } else if (distinct_ && arguments_[at].type == kFloat64) {
        append_canonical(static_cast<const double*>(column.values)[row], record);
      } else if (distinct_ && arguments_[at].type == kFloat32) {
        append_canonical(static_cast<const float*>(column.values)[row], record);
      } else if (distinct_ && arguments_[at].type == kInterval) {
        append_canonical(static_cast<const Interval*>(column.values)[row], record);
      } else {
        record.append(value, width);
      }
    }
    if (!counts) continue;
    const uint32_t key_bytes = encoder.keys_.size(row);
    write_size(record.data(), key_bytes);
    write_size(record.data() + 4, static_cast<uint32_t>(record.size()) - kHeadBytes - key_bytes);
    if (!add(*reinterpret_cast<RowListState*>(rows[i] + offset), record.data(), static_cast<uint32_t>(record.size()),
             arena))
      return;
  }
}

bool GroupRowList::add(RowListState& list, const char* record, uint32_t bytes, Arena& arena) const {
  if (keeps_one()) return replace(list, record, bytes, arena);
  if (distinct_ && list.bytes + bytes > list.tidy_at && !tidy(list, arena)) return false;
  char* at = room_at_end(list, bytes, arena);
  if (at == nullptr) return false;
  std::memcpy(at, record, bytes);
  ++list.rows;
  list.bytes += bytes;
  return true;
}

// Keeps the better of the list's record and the one given.
bool GroupRowList::replace(RowListState& list, const char* record, uint32_t bytes, Arena& arena) const {
  if (list.rows > 0) {
    const int order = key_of(record).compare(key_of(list.first->bytes()));
    if (overload_->order == StateOrder::kLast ? order <= 0 : order >= 0) return true;
  }
  if (list.first == nullptr || list.first->room < bytes) {
    const uint32_t room = std::max(kChunkBytesMin, list.first == nullptr ? bytes : 2 * bytes);
    char* memory = arena.allocate(sizeof(RowListState::Chunk) + room);
    if (memory == nullptr) return false;
    list.first = list.last = new (memory) RowListState::Chunk{nullptr, 0, room};
  }
  std::memcpy(list.first->bytes(), record, bytes);
  list.first->used = bytes;
  list.rows = 1;
  list.bytes = bytes;
  return true;
}

// Removes repeats; false when memory is out.
bool GroupRowList::tidy(RowListState& list, Arena& arena) const {
  std::vector<Entry> entries;
  entries.reserve(list.rows);
  for_each_record(list, [&](const char* record) { entries.push_back(entry_of(record)); });
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end(), same_key), entries.end());
  std::string kept;
  for (const Entry& entry : entries) kept.append(entry.record, bytes_of(entry.record));
  for (RowListState::Chunk* chunk = list.first; chunk != nullptr; chunk = chunk->next) chunk->used = 0;
  list.last = list.first;
  list.rows = entries.size();
  list.bytes = kept.size();
  list.tidy_at = std::max(kTidyMin, 2 * list.bytes);
  for (size_t at = 0; at < kept.size();) {
    const uint32_t bytes = bytes_of(kept.data() + at);
    char* room = room_at_end(list, bytes, arena);
    if (room == nullptr) return false;
    std::memcpy(room, kept.data() + at, bytes);
    at += bytes;
  }
  return true;
}

void GroupRowList::merge(void* state, const void* other, Arena& arena) const {
  auto& list = *static_cast<RowListState*>(state);
  for_each_record(*static_cast<const RowListState*>(other),
                  [&](const char* record) { (void)add(list, record, bytes_of(record), arena); });
}

namespace {

// One value of a record's, to `value`; returns where the next begins. Text points into the record.
const char* decode_value(const char* at, Type type, char* value, uint8_t& valid) {
  valid = static_cast<uint8_t>(*at++);
  const uint32_t width = width_bytes(type.id);
  if (valid == 0) {
    std::memset(value, 0, width);
    return at;
  }
  if (!is_text_layout(type)) {
    std::memcpy(value, at, width);
    return at + width;
  }
  const uint32_t size = read_size(at);
  const StringRef text(at + sizeof size, size);
  std::memcpy(value, &text, sizeof text);
  return at + sizeof size + size;
}

}  // namespace

// The arguments of records as flat columns. Returns a mask of the columns with nulls.
uint32_t GroupRowList::decode(const char* const* records, uint32_t count, std::vector<std::vector<char>>& values,
                              std::vector<std::vector<uint8_t>>& validity) const {
  uint32_t nulls = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const char* at = values_of(records[i]);
    for (size_t argument = 0; argument < arguments_.size(); ++argument) {
      const Type type = arguments_[argument].type;
      char* value = values[argument].data() + uint64_t{i} * width_bytes(type.id);
      at = decode_value(at, type, value, validity[argument][i]);
      nulls |= validity[argument][i] == 0 ? 1u << argument : 0u;
    }
  }
  return nulls;
}

Result<bool> GroupRowList::finish(const void* state, void* out, uint32_t& fault_bits, int32_t scale,
                                  Reservation& reservation, Arena& arena) const {
  const auto& list = *static_cast<const RowListState*>(state);
  AccountedArray<Entry> entries(reservation);
  TRY_STATUS(entries.reserve(list.rows));
  for_each_record(list, [&](const char* record) { entries.push(entry_of(record)); });
  std::sort(entries.begin(), entries.end());
  if (distinct_)
    entries.resize_down(static_cast<uint64_t>(std::unique(entries.begin(), entries.end(), same_key) - entries.begin()));
  std::vector<std::max_align_t> memory(overload_->state_bytes / sizeof(std::max_align_t) + 1);
  functions_->init(memory.data());
  if (functions_->begin != nullptr) functions_->begin(memory.data(), static_cast<int64_t>(entries.size()));
  KernelContext context{&arena};
  const auto block_rows = static_cast<uint32_t>(std::min<uint64_t>(entries.size(), limits::kVectorRowsMax));
  std::vector<std::vector<char>> values(arguments_.size());
  std::vector<std::vector<uint8_t>> validity(arguments_.size());
  for (size_t i = 0; i < arguments_.size(); ++i) {
    values[i].resize(uint64_t{block_rows} * width_bytes(arguments_[i].type.id));
    validity[i].resize(block_rows);
  }
  std::vector<const char*> records(block_rows);
  for (uint64_t done = 0; done < entries.size();) {
    AggregateArguments arguments;
    arguments.rows = static_cast<uint32_t>(std::min<uint64_t>(entries.size() - done, block_rows));
    arguments.context = &context;
    for (uint32_t i = 0; i < arguments.rows; ++i) records[i] = entries[done + i].record;
    const uint32_t nulls = decode(records.data(), arguments.rows, values, validity);
    for (size_t i = 0; i < arguments_.size(); ++i) {
      arguments.data[i] = values[i].data();
      arguments.validity[i] = (nulls >> i & 1) != 0 ? validity[i].data() : nullptr;
    }
    functions_->update_one(memory.data(), arguments);
    done += arguments.rows;
  }
  return functions_->finish(memory.data(), out, fault_bits, scale);
}

void GroupRowList::serialize(const void* state, std::string& to) const {
  for (const RowListState::Chunk* chunk = static_cast<const RowListState*>(state)->first; chunk != nullptr;
       chunk = chunk->next)
    to.append(chunk->bytes(), chunk->used);
}

// Whether the bytes hold one value for each argument and nothing more.
bool GroupRowList::well_formed(std::string_view record) const {
  std::string_view rest = record.substr(kHeadBytes + read_size(record.data()));
  for (const Argument& argument : arguments_) {
    if (rest.empty() || static_cast<uint8_t>(rest[0]) > 1) return false;
    const bool valid = rest[0] != 0;
    rest.remove_prefix(1);
    if (!valid) continue;
    uint64_t width = width_bytes(argument.type.id);
    if (is_text_layout(argument.type)) {
      if (rest.size() < sizeof(uint32_t)) return false;
      width = sizeof(uint32_t) + uint64_t{read_size(rest.data())};
    }
    if (rest.size() < width) return false;
    rest.remove_prefix(width);
  }
  return rest.empty();
}

bool GroupRowList::deserialize(void* state, std::string_view from, Arena& arena) const {
  init(state);
  auto& list = *static_cast<RowListState*>(state);
  while (!from.empty()) {
    if (from.size() < kHeadBytes) return false;
    const uint64_t bytes = uint64_t{kHeadBytes} + read_size(from.data()) + read_size(from.data() + 4);
    if (bytes > from.size() || bytes > UINT32_MAX || !well_formed(from.substr(0, bytes))) return false;
    if (!add(list, from.data(), static_cast<uint32_t>(bytes), arena)) return false;
    from.remove_prefix(bytes);
  }
  return true;
}

}  // namespace headrace
