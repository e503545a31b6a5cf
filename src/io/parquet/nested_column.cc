#include "io/parquet/nested_column.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "base/check.h"
#include "types/chunk.h"

namespace headrace::parquet_in {
namespace {

constexpr uint64_t kPortionBytes = uint64_t{4} << 20;
constexpr uint64_t kPortionEntriesMax = uint64_t{1} << 16;

// Entries with the same repetition levels, and definition levels that are the same up to `definition`.
bool are_same(const Levels& left, const Levels& right, uint8_t definition) {
  if (left.count != right.count || std::memcmp(left.repetition, right.repetition, left.count) != 0) return false;
  int differ = 0;
  for (uint64_t entry = 0; entry < left.count; ++entry)
    differ |= std::min(left.definition[entry], definition) ^ std::min(right.definition[entry], definition);
  return differ == 0;
}

// The same of those entries whose repetition level is at most `repetition`.
bool are_alike(const Levels& left, const Levels& right, uint8_t repetition, uint8_t definition) {
  if (left.repetition_max <= repetition && right.repetition_max <= repetition) return are_same(left, right, definition);
  const auto next = [&](const Levels& levels, uint64_t entry) {
    while (entry < levels.count && levels.repetition[entry] > repetition) ++entry;
    return entry;
  };
  uint64_t i = next(left, 0), j = next(right, 0);
  while (i < left.count && j < right.count) {
    if (left.repetition[i] != right.repetition[j] ||
        std::min(left.definition[i], definition) != std::min(right.definition[j], definition))
      return false;
    i = next(left, i + 1);
    j = next(right, j + 1);
  }
  return i == left.count && j == right.count;
}

}  // namespace

NestedPortion portion_of(std::span<const ChunkClaims> leaves, uint64_t rows) {
  NestedPortion portion;
  long double bytes = 1;
  for (size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    bytes += static_cast<long double>(leaves[leaf].bytes);
    if (leaves[leaf].bytes > leaves[portion.leaf].bytes) portion.leaf = leaf;
  }
  const uint64_t claimed = leaves[portion.leaf].entries;
  const long double entries = kPortionBytes / bytes * static_cast<long double>(claimed);
  portion.entries_max = std::clamp<uint64_t>(
      entries < kPortionEntriesMax ? static_cast<uint64_t>(entries) : kPortionEntriesMax, 1, kPortionEntriesMax);
  portion.has_short_rows = claimed / std::max<uint64_t>(rows, 1) < portion.entries_max / limits::kVectorRowsMax;
  return portion;
}

// Values of a node inside another, as its fields.
class NestedColumn::FieldOutput {
 public:
  explicit FieldOutput(FieldBytes& to) : to_(to) { to.empty(); }
  Status reserve(uint64_t bytes, uint64_t values) {
    constexpr uint64_t kAround = 5;  // the marker, a list's end, the end of the bytes
    TRY_STATUS(to_.bytes.reserve(2 * bytes + kAround * values + 1));
    TRY_STATUS(to_.ends.reserve(values));
    next_ = to_.bytes.begin();
    end_ = to_.ends.begin();
    return kDone;
  }
  void null() {
    *next_++ = kNestedNull;
    *end_++ = size();
  }
  void begin() { *next_++ = kNestedValid; }
  void put(const char* from, uint64_t bytes) { next_ = write_escaped(from, bytes, next_); }
  void put_end() {
    const char end = kNestedEnd;
    put(&end, 1);
  }
  void close() {
    *next_++ = 0;
    *next_++ = 0;
    *end_++ = size();
  }
  void finish() {
    to_.bytes.resize_to(next_);
    to_.ends.resize_to(end_);
  }

 private:
  uint64_t size() const { return static_cast<uint64_t>(next_ - to_.bytes.begin()); }

  FieldBytes& to_;
  char* next_ = nullptr;
  uint64_t* end_ = nullptr;
};

// Values of the column itself: a vector's.
class NestedColumn::RootOutput {
 public:
  explicit RootOutput(Values& to) : to_(to) {}
  Status reserve(uint64_t bytes, uint64_t values) {
    CHECK(values <= limits::kVectorRowsMax);
    to_.bytes.resize_down(0);
    TRY_STATUS(to_.bytes.reserve(bytes + values + 1));
    next_ = to_.bytes.begin();
    return kDone;
  }
  void null() {
    to_.validity[row_] = 0;
    to_.rows[row_++] = StringRef();
    ++nulls_;
  }
  void begin() { begin_ = next_; }
  void put(const char* from, uint64_t bytes) {
    std::memcpy(next_, from, bytes);
    next_ += bytes;
  }
  void put_end() { *next_++ = kNestedEnd; }
  void close() {
    const auto bytes = static_cast<uint64_t>(next_ - begin_);
    longest_ = std::max(longest_, bytes);
    to_.validity[row_] = 1;
    to_.rows[row_++] = StringRef(begin_, static_cast<uint32_t>(bytes));
  }
  void finish() { to_.bytes.resize_to(next_); }

  uint32_t rows() const { return row_; }
  uint32_t nulls() const { return nulls_; }
  uint64_t longest_bytes() const { return longest_; }

 private:
  Values& to_;
  char* next_ = nullptr;
  const char* begin_ = nullptr;
  uint32_t row_ = 0, nulls_ = 0;
  uint64_t longest_ = 0;
};

NestedColumn::NestedColumn(const Tree& tree, std::span<const std::shared_ptr<ColumnPages>> pages, NestedPortion portion)
    : tree_(tree),
      budget_(pages[0]->memory().budget()),
      reservation_(budget_, "parquet reader"),
      made_(tree.nodes),
      portion_(portion) {
  for (size_t leaf = 0; leaf < pages.size(); ++leaf)
    leaves_.push_back(std::make_unique<NestedLeaf>(tree.leaves[leaf], pages[leaf], reservation_));
}

const FieldBytes& NestedColumn::fields(const Node& node) const {
  return node.children.empty() ? leaves_[node.leaf]->fields() : *made_[node.number];
}

uint64_t NestedColumn::children_bytes(const Node& node) const {
  uint64_t bytes = 0;
  for (const Node& child : node.children)
    if (!child.is_left_out) bytes += fields(child).bytes.size();
  return bytes;
}

void NestedColumn::empty() {
  for (const auto& leaf : leaves_) leaf->empty();
}

// The entries of rows from `first` on, of all leaves.
Result<uint32_t> NestedColumn::append(uint64_t first, uint32_t rows_max, uint64_t entries_max) {
  TRY_STATUS(leaves_[portion_.leaf]->turn_to(first));
  TRY(rows, leaves_[portion_.leaf]->append(rows_max, entries_max));
  for (size_t leaf = 0; leaf < leaves_.size(); ++leaf) {
    if (leaf == portion_.leaf) continue;
    TRY_STATUS(leaves_[leaf]->turn_to(first));
    TRY(as_many, leaves_[leaf]->append(rows, std::numeric_limits<uint64_t>::max()));
    CHECK(as_many == rows);
  }
  return rows;
}

// Two children of a node: whether their leaves agree on the entries up to a repetition level, as far as the definition level says.
Status NestedColumn::check_alike(const Node& left, const Node& right, uint8_t repetition, uint8_t definition) const {
  const NestedLeaf &one = *leaves_[left.leaf], &other = *leaves_[right.leaf];
  if (are_alike(one.levels(), other.levels(), repetition, definition)) return kDone;
  Error error = damaged_page("");
  error.message = fmt::format("the levels of column '{}' and of column '{}' contradict each other",
                              tree_.leaves[left.leaf].leaf.name, tree_.leaves[right.leaf].leaf.name);
  error.where = other.pages().place();
  return error;
}

template <class Output>
void NestedColumn::put_struct(const Node& node, Output& output) const {
  const Levels levels = leaves_[node.leaf]->levels();
  std::vector<const FieldBytes*> children;  // nullptr: left out
  for (const Node& child : node.children) children.push_back(child.is_left_out ? nullptr : &fields(child));
  const char null = kNestedNull;
  uint64_t value = 0;
  for (uint64_t entry = 0; entry < levels.count; ++entry) {
    if (levels.repetition[entry] > node.repetition || levels.definition[entry] < node.around) continue;
    if (levels.definition[entry] < node.present) {
      output.null();
    } else {
      output.begin();
      for (const FieldBytes* child : children) {
        if (child == nullptr) {
          output.put(&null, 1);
          continue;
        }
        const uint64_t begin = child->begin_of(value);
        output.put(child->bytes.begin() + begin, child->ends[value] - begin);
      }
      output.close();
    }
    ++value;
  }
}

// Lists, and maps, whose elements are a key and a value.
template <class Output>
void NestedColumn::put_lists(const Node& node, Output& output) const {
  const Levels levels = leaves_[node.leaf]->levels();
  const FieldBytes& first = fields(node.children[0]);
  const FieldBytes* second = node.children.size() > 1 ? &fields(node.children[1]) : nullptr;
  const auto put = [&](const FieldBytes& from, uint64_t begin, uint64_t end) {
    const uint64_t at = from.begin_of(begin);
    output.put(from.bytes.begin() + at, from.ends[end - 1] - at);
  };
  const auto put_list = [&](uint64_t begin, uint64_t end) {
    output.begin();
    if (second == nullptr && end > begin) put(first, begin, end);
    for (uint64_t element = begin; second != nullptr && element < end; ++element) {
      put(first, element, element + 1);
      put(*second, element, element + 1);
    }
    output.put_end();
    output.close();
  };
  const uint8_t inside = node.repetition + 1;
  uint64_t begin = 0, element = 0;
  bool open = false;
  for (uint64_t entry = 0; entry < levels.count; ++entry) {
    if (levels.repetition[entry] > inside || levels.definition[entry] < node.around) continue;
    if (levels.repetition[entry] == inside) {
      ++element;
      continue;
    }
    if (open) put_list(begin, element);
    begin = element;
    open = levels.definition[entry] >= node.elements;
    if (open)
      ++element;
    else if (levels.definition[entry] < node.present)
      output.null();
    else
      put_list(begin, begin);
  }
  if (open) put_list(begin, element);
}

template <class Output>
Status NestedColumn::put_values(const Node& node, Output& output) const {
  const Levels levels = leaves_[node.leaf]->levels();
  uint64_t values = 0;
  for (uint64_t entry = 0; entry < levels.count; ++entry)
    if (levels.repetition[entry] <= node.repetition && levels.definition[entry] >= node.around) ++values;
  const auto left_out = static_cast<uint64_t>(std::ranges::count_if(node.children, &Node::is_left_out));
  TRY_STATUS(output.reserve(children_bytes(node) + left_out * values, values));
  if (node.type.id == TypeId::kStruct)
    put_struct(node, output);
  else
    put_lists(node, output);
  output.finish();
  return kDone;
}

// The fields of all nodes below, and the node's own unless it is the root.
Status NestedColumn::assemble(const Node& node) {
  const bool is_map = node.type.id == TypeId::kMap;
  const Node* first = nullptr;  // of those that are read
  for (const Node& child : node.children) {
    if (child.is_left_out) continue;
    TRY_STATUS(assemble(child));
    if (first == nullptr)
      first = &child;
    else
      TRY_STATUS(check_alike(*first, child, static_cast<uint8_t>(node.repetition + (is_map ? 1 : 0)),
                             is_map ? node.elements : node.present));
  }
  if (&node == &tree_.root || node.children.empty()) return kDone;
  auto& made = made_[node.number];
  if (made == nullptr) made = std::make_unique<FieldBytes>(reservation_);
  FieldOutput output(*made);
  return put_values(node, output);
}

Result<Vector> NestedColumn::assemble_root(uint32_t rows) {
  TRY_STATUS(assemble(tree_.root));
  const auto& values = values_.get([&] { return std::make_shared<Values>(budget_); });
  RootOutput output(*values);
  TRY_STATUS(put_values(tree_.root, output));
  CHECK(output.rows() == rows);
  if (output.longest_bytes() > std::numeric_limits<uint32_t>::max())
    return Error{ErrorCode::kLimit,
                 fmt::format("column '{}' holds a value of {} bytes, at most {} are allowed", tree_.leaves[0].leaf.name,
                             output.longest_bytes(), std::numeric_limits<uint32_t>::max()),
                 leaves_[0]->pages().place(), "do not read this column"};
  if (output.nulls() == rows) return null_constant(tree_.root.type);
  Vector vector;
  vector.type = tree_.root.type;
  vector.data = values->rows;
  vector.validity = output.nulls() > 0 ? values->validity : nullptr;
  vector.owner = values;
  return vector;
}

Result<NestedColumn::Some> NestedColumn::read_some(uint64_t first, uint32_t rows_max) {
  empty();
  TRY(rows, append(first, std::min(rows_max, limits::kVectorRowsMax), portion_.entries_max));
  TRY(vector, assemble_root(rows));
  return Some{std::move(vector), rows};
}

// Values that lie one behind the other go to the wanted rows, in place.
void NestedColumn::spread(Vector& vector, uint32_t rows, WantedRows wanted) {
  if (vector.encoding == Encoding::kConstant || wanted.count == rows) return;
  Values& values = *values_.held();
  uint32_t left = wanted.count;
  for (uint32_t row = rows; row-- > 0;) {
    const bool is_wanted = left > 0 && wanted.rows[left - 1] == row;
    if (is_wanted) --left;
    values.rows[row] = is_wanted ? values.rows[left] : StringRef();
    values.validity[row] = is_wanted ? values.validity[left] : 1;
  }
}

Result<Vector> NestedColumn::read(uint64_t first, uint32_t rows, WantedRows wanted) {
  CHECK(rows > 0 && rows <= limits::kVectorRowsMax);
  constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();
  empty();
  if (wanted.rows == nullptr) {
    TRY(read, append(first, rows, kAll));
    return assemble_root(read);
  }
  if (wanted.count == 0) return null_constant(tree_.root.type);
  for (uint32_t at = 0; at < wanted.count;) {
    uint32_t end = at + 1;
    while (end < wanted.count && wanted.rows[end] == wanted.rows[end - 1] + 1) ++end;
    TRY_STATUS(append(first + wanted.rows[at], end - at, kAll));
    at = end;
  }
  TRY(vector, assemble_root(wanted.count));
  spread(vector, rows, wanted);
  return vector;
}

}  // namespace headrace::parquet_in
