// Nested values → leaves: Dremel's levels. See io/parquet_write/leaf_values.h.
#include <cstring>

#include "io/parquet_write/leaf_values.h"
#include "state/exhausted.h"
#include "types/nested_type.h"
#include "types/nested_value.h"
#include "types/value_bytes.h"

namespace headrace {
namespace {

using parquet::schema::GroupNode;
using parquet::schema::Node;

// Where a value stands: how often it was repeated and defined so far, and how many lists are around it.
struct Place {
  uint8_t repetition = 0, definition = 0, lists = 0;
};

class Shredder {
 public:
  Shredder(std::span<const std::unique_ptr<LeafValues>> leaves, Arena& texts, Reservation& reservation)
      : leaves_(leaves), texts_(texts), reservation_(reservation) {}

  // One value, or none, of the node and all below it: each of its leaves gets at least one entry.
  Status add(Type type, const Node& node, const Value* value, Place place) {
    if (value != nullptr && value->is_null()) value = nullptr;
    if (value == nullptr) return add_nothing(node, place);
    if (node.is_optional()) ++place.definition;
    if (node.is_primitive()) return add_leaf(type, *value, place);
    const auto& group = static_cast<const GroupNode&>(node);
    const std::vector<Value> fields = nested_fields(type, std::get<std::string>(value->data));
    if (type.id != TypeId::kStruct) return add_repeated(type, group, fields, place);
    for (size_t i = 0; i < fields.size(); ++i)
      TRY_STATUS(add(fields_of(type)[i].type, *group.field(static_cast<int>(i)), &fields[i], place));
    return kDone;
  }
  void begin_row() { next_ = 0; }

 private:
  // A list's or map's repeated group, which holds one field for each field of the type.
  Status add_repeated(Type type, const GroupNode& group, const std::vector<Value>& fields, Place place) {
    const auto& repeated = static_cast<const GroupNode&>(*group.field(0));
    if (fields.empty()) return add_nothing(repeated, place);
    ++place.definition;
    ++place.lists;
    const size_t first = next_;
    const auto types = fields_of(type);
    for (size_t i = 0; i < fields.size(); i += types.size()) {
      next_ = first;
      for (size_t part = 0; part < types.size(); ++part)
        TRY_STATUS(add(types[part].type, *repeated.field(static_cast<int>(part)), &fields[i + part], place));
      place.repetition = place.lists;
    }
    return kDone;
  }

  Status add_nothing(const Node& node, Place place) {
    if (node.is_primitive()) return add_levels(*leaves_[next_++], place);
    const auto& group = static_cast<const GroupNode&>(node);
    for (int i = 0; i < group.field_count(); ++i) TRY_STATUS(add_nothing(*group.field(i), place));
    return kDone;
  }

  Status add_leaf(Type type, const Value& value, Place place) {
    LeafValues& leaf = *leaves_[next_++];
    TRY_STATUS(add_levels(leaf, place));
    ++leaf.present;
    TRY_STATUS(leaf.values.reserve(leaf.values.size() + sizeof(StringRef)));
    if (is_text_layout(type)) return add_text(std::get<std::string>(value.data), leaf);
    char bytes[16] = {}, physical[16] = {};
    write_value_bytes(value, bytes);
    if (type.id == TypeId::kEnum) {
      uint32_t code;
      std::memcpy(&code, bytes, sizeof code);
      return add_text(fields_of(type)[code].name, leaf);
    }
    const uint32_t size = to_physical(type, leaf.column.physical_type(), bytes, physical);
    std::memcpy(leaf.values.extend(size), physical, size);
    return kDone;
  }

  Status add_text(const std::string& text, LeafValues& leaf) {
    const char* kept = text.data();
    if (text.size() > StringRef::kInlineBytesMax) {
      char* to = texts_.allocate(text.size());
      if (to == nullptr) return exhausted(reservation_);
      std::memcpy(to, text.data(), text.size());
      kept = to;
    }
    const StringRef ref(kept, static_cast<uint32_t>(text.size()));
    std::memcpy(leaf.values.extend(sizeof ref), &ref, sizeof ref);
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
  size_t next_ = 0;  // the leaf whose turn it is
};

}  // namespace

Status gather_nested(std::span<const ColumnRows> rows, const Node& node,
                     std::span<const std::unique_ptr<LeafValues>> leaves, Arena& texts, Reservation& reservation) {
  Shredder shredder(leaves, texts, reservation);
  for (const ColumnRows& part : rows) {
    const PieceColumn& column = *part.column;
    for (uint64_t row = part.from; row < part.to; ++row) {
      shredder.begin_row();
      const bool valid = column.validity() == nullptr || column.validity()[row] != 0;
      Value value = null_value(column.type());
      if (valid) value.data = std::string(column.entries()[column.codes()[row]].view());
      TRY_STATUS(shredder.add(column.type(), node, &value, {}));
    }
  }
  return kDone;
}

}  // namespace headrace
