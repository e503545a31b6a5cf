// Nested values → leaves: Dremel's levels. See io/parquet_write/leaf_values.h.
#include <cstring>
#include <memory>

#include "io/format/byte_words.h"
#include "io/parquet_write/leaf_values.h"
#include "state/exhausted.h"
#include "types/nested_bytes.h"
#include "types/nested_type.h"
#include "types/ordered_bytes.h"
#include "types/with_layout.h"

namespace headrace {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::Node;

// Requires room.
template <class T>
void put(const T& value, LeafValues& leaf) {
  std::memcpy(leaf.values.extend(sizeof value), &value, sizeof value);
}

// Appends a fixed-width value, as it lies in the bytes of a nested one, in the type that the file stores. Requires room.
using PutFixed = void (*)(const char* from, Type type, LeafValues& leaf);

template <class From, class To>
void put_fixed(const char* from, Type, LeafValues& leaf) {
  put(static_cast<To>(read_ordered<From>(from)), leaf);
}

void put_label(const char* from, Type type, LeafValues& leaf) {
  put(StringRef(std::string_view(fields_of(type)[read_ordered<uint32_t>(from)].name)), leaf);
}

template <class From>
PutFixed find_put(parquet::Type::type physical) {
  switch (physical) {
    case parquet::Type::BOOLEAN: return put_fixed<From, uint8_t>;
    case parquet::Type::INT32: return put_fixed<From, int32_t>;
    case parquet::Type::INT64: return put_fixed<From, int64_t>;
    case parquet::Type::FLOAT: return put_fixed<From, float>;
    case parquet::Type::DOUBLE: return put_fixed<From, double>;
    default: return put_fixed<From, int128>;
  }
}

PutFixed put_of(Type type, parquet::Type::type physical) {
  if (type.id == TypeId::kEnum) return put_label;
  return with_layout(type.id, [&]<class T>(T) -> PutFixed {
    if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, int128>)
      return find_put<T>(physical);
    else
      CHECK(false && "the writer refuses columns of this type");
  });
}

// A node of the column: what its values are, and where they go.
struct Branch {
  Type type;
  bool optional;
  size_t first_leaf, leaves_end;
  // Of a leaf of fixed-width values: how many bytes they are in a nested one, and what puts them into the leaf.
  uint32_t bytes = 0;
  PutFixed put = nullptr;
  std::vector<Branch> children = {};  // list: its element. struct: its fields. map: key, value
  std::unique_ptr<AccountedArray<char>> inside = {};  // what take_inside gave last

  bool is_leaf() const { return children.empty(); }
};

constexpr uint64_t kWordBytes = sizeof(uint64_t);

// The text or nested value at `at`, as it was before it lay inside another; `at` then lies behind it. `to` has room for end - at bytes.
// Returns how many it has.
uint64_t take_text(const char*& at, const char* end, char* to) {
  const char* const begin = to;
  while (static_cast<uint64_t>(end - at) >= 2) {
    uint64_t word = 0;
    if (static_cast<uint64_t>(end - at) >= kWordBytes) std::memcpy(&word, at, kWordBytes);
    if (!has_zero_byte(word)) {
      std::memcpy(to, at, kWordBytes);
      at += kWordBytes;
      to += kWordBytes;
      continue;
    }
    while (end - at >= 2 && *at != 0) *to++ = *at++;
    if (end - at < 2) break;
    at += 2;
    if (at[-1] == 0) break;
    *to++ = 0;
  }
  return static_cast<uint64_t>(to - begin);
}

// Where a value stands: how often it was repeated and defined so far, and how many lists are around it.
struct Place {
  uint8_t repetition = 0, definition = 0, lists = 0;
};

class Shredder {
 public:
  Shredder(Type type, const Node& node, std::span<const std::unique_ptr<LeafValues>> leaves, Arena& texts,
           Reservation& reservation)
      : leaves_(leaves), texts_(texts), reservation_(reservation), root_(branch_of(type, node)) {}

  Status add_row(const StringRef* value) {
    return value == nullptr ? add_nothing(root_, {}) : add_value(root_, value->view(), {});
  }

 private:
  Branch branch_of(Type type, const Node& node) {
    Branch branch{.type = type, .optional = node.is_optional(), .first_leaf = next_leaf_, .leaves_end = 0};
    branch.inside = std::make_unique<AccountedArray<char>>(reservation_);
    if (node.is_primitive()) {
      const LeafValues& leaf = *leaves_[next_leaf_++];
      if (type != kNullType && !is_text_layout(type)) {
        branch.bytes = width_bytes(type.id);
        branch.put = put_of(type, leaf.column.physical_type());
      }
    } else {
      const auto& group = static_cast<const GroupNode&>(node);
      const bool is_struct = type.id == TypeId::kStruct;
      const auto& holder = is_struct ? group : static_cast<const GroupNode&>(*group.field(0));
      const auto fields = fields_of(type);
      for (size_t i = 0; i < fields.size(); ++i)
        branch.children.push_back(branch_of(fields[i].type, *holder.field(static_cast<int>(i))));
    }
    branch.leaves_end = next_leaf_;
    return branch;
  }

  // Each leaf below gets an entry.
  Status add_nothing(const Branch& branch, Place place) {
    for (size_t leaf = branch.first_leaf; leaf < branch.leaves_end; ++leaf)
      TRY_STATUS(add_levels(*leaves_[leaf], place));
    return kDone;
  }

  // A list, struct or map that is there.
  Status add_value(Branch& branch, std::string_view value, Place place) {
    const char* at = value.data();
    const char* const end = at + value.size();
    if (branch.optional) ++place.definition;
    if (branch.type.id == TypeId::kStruct) return add_fields(branch, at, end, place);
    if (at == end || *at == kNestedEnd) return add_nothing(branch, place);
    ++place.definition;
    ++place.lists;
    while (at < end && *at != kNestedEnd) {
      TRY_STATUS(add_fields(branch, at, end, place));
      place.repetition = place.lists;
    }
    return kDone;
  }

  // One field for each child, from `at` on, which then lies behind them.
  Status add_fields(Branch& branch, const char*& at, const char* end, Place place) {
    for (Branch& child : branch.children) {
      const bool valid = at < end && *at == kNestedValid;
      ++at;
      if (!valid) {
        TRY_STATUS(add_nothing(child, place));
        continue;
      }
      if (child.is_leaf()) {
        TRY_STATUS(add_leaf(child, at, end, place));
      } else {
        TRY(value, take_inside(child, at, end));
        TRY_STATUS(add_value(child, value, place));
      }
    }
    return kDone;
  }

  // A text or nested value in the bytes of another; valid until the next one of the branch.
  static Result<std::string_view> take_inside(Branch& branch, const char*& at, const char* end) {
    AccountedArray<char>& bytes = *branch.inside;
    TRY_STATUS(bytes.reserve(static_cast<uint64_t>(end - at)));
    const uint64_t size = take_text(at, end, bytes.begin());
    return std::string_view(bytes.begin(), size);
  }

  Status add_leaf(Branch& branch, const char*& at, const char* end, Place place) {
    LeafValues& leaf = *leaves_[branch.first_leaf];
    if (branch.optional) ++place.definition;
    TRY_STATUS(add_levels(leaf, place));
    ++leaf.present;
    TRY_STATUS(leaf.values.reserve(leaf.values.size() + sizeof(StringRef)));
    if (branch.bytes > 0) {
      branch.put(at, branch.type, leaf);
      at += branch.bytes;
      return kDone;
    }
    TRY(text, take_inside(branch, at, end));
    const char* kept = text.data();
    if (text.size() > StringRef::kInlineBytesMax) {
      char* to = texts_.allocate(text.size());
      if (to == nullptr) return exhausted(reservation_);
      std::memcpy(to, text.data(), text.size());
      kept = to;
    }
    put(StringRef(kept, static_cast<uint32_t>(text.size())), leaf);
    return kDone;
  }

  static Status add_levels(LeafValues& leaf, Place place) {
    ++leaf.count;
    TRY_STATUS(leaf.definition.reserve(leaf.count));
    leaf.definition.push(place.definition);
    if (leaf.column.max_repetition_level() == 0) return kDone;
    TRY_STATUS(leaf.repetition.reserve(leaf.count));
    leaf.repetition.push(place.repetition);
    return kDone;
  }

  const std::span<const std::unique_ptr<LeafValues>> leaves_;
  Arena& texts_;
  Reservation& reservation_;
  size_t next_leaf_ = 0;  // while the tree is built
  Branch root_;
};

}  // namespace

Status gather_nested(std::span<const ColumnRows> rows, const Node& node,
                     std::span<const std::unique_ptr<LeafValues>> leaves, Arena& texts, Reservation& reservation) {
  Shredder shredder(rows[0].column->type(), node, leaves, texts, reservation);
  for (const ColumnRows& part : rows) {
    const PieceColumn& column = *part.column;
    for (uint64_t row = part.from; row < part.to; ++row) {
      const bool valid = column.validity() == nullptr || column.validity()[row] != 0;
      TRY_STATUS(shredder.add_row(valid ? &column.entries()[column.codes()[row]] : nullptr));
    }
  }
  return kDone;
}

}  // namespace headrace
