// Nested columns against values that the test shreds itself, in every form of list that the format has had; and levels that no
// writer makes.
#include <cstring>
#include <random>

#include <arrow/io/memory.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <parquet/column_writer.h>
#include <parquet/file_writer.h>

#include "base/fake_world.h"
#include "io/format/parquet_source.h"
#include "io/test_tables.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

using parquet::LogicalType;
using parquet::Repetition;
using parquet::schema::GroupNode;
using parquet::schema::NodePtr;
using parquet::schema::PrimitiveNode;

// How the file says that there are many.
enum class ListForm { kThreeLevels, kTwoLevels, kRepeated };

struct Shape {
  enum Kind { kNumber, kText, kList, kStruct, kMap } kind;
  bool optional;
  ListForm form = ListForm::kThreeLevels;  // of a list
  std::vector<Shape> children = {};  // list: one. struct: fields. map: key, value
};

struct Item {
  bool null = false;
  int64_t number = 0;  // of a leaf
  std::vector<Item> items = {};  // elements; fields; keys and values by turns
};

struct Entries {
  bool texts;
  std::vector<int16_t> definition = {}, repetition = {};
  std::vector<int64_t> numbers = {};
};

Repetition::type repetition_of(const Shape& shape) {
  return shape.optional ? Repetition::OPTIONAL : Repetition::REQUIRED;
}

NodePtr node_of(const Shape& shape, const std::string& name, Repetition::type repetition) {
  const auto child = [&](size_t i, const std::string& child_name) {
    return node_of(shape.children[i], child_name, repetition_of(shape.children[i]));
  };
  parquet::schema::NodeVector fields;
  switch (shape.kind) {
    case Shape::kNumber: return PrimitiveNode::Make(name, repetition, parquet::Type::INT64);
    case Shape::kText: return PrimitiveNode::Make(name, repetition, LogicalType::String(), parquet::Type::BYTE_ARRAY);
    case Shape::kStruct:
      for (size_t i = 0; i < shape.children.size(); ++i) fields.push_back(child(i, fmt::format("f{}", i)));
      return GroupNode::Make(name, repetition, fields);
    case Shape::kMap: {
      const auto entry = GroupNode::Make("key_value", Repetition::REPEATED, {child(0, "key"), child(1, "value")});
      return GroupNode::Make(name, repetition, {entry}, LogicalType::Map());
    }
    case Shape::kList: break;
  }
  if (shape.form == ListForm::kRepeated) return node_of(shape.children[0], name, Repetition::REPEATED);
  const auto repeated = shape.form == ListForm::kTwoLevels
                            ? node_of(shape.children[0], "element", Repetition::REPEATED)
                            : GroupNode::Make("list", Repetition::REPEATED, {child(0, "element")});
  return GroupNode::Make(name, repetition, {repeated}, LogicalType::List());
}

// Adds entries of the leaves below `shape`, from `leaf` on. `item` nullptr: there is nothing from here down.
void shred(const Shape& shape, const Item* item, int16_t definition, int16_t repetition, int16_t depth,
           std::vector<Entries>& leaves, size_t& leaf) {
  const bool there = item != nullptr && !item->null;
  if (there && shape.optional) ++definition;
  if (shape.kind == Shape::kNumber || shape.kind == Shape::kText) {
    Entries& entries = leaves[leaf++];
    entries.definition.push_back(definition);
    entries.repetition.push_back(repetition);
    if (there) entries.numbers.push_back(item->number);
  } else if (shape.kind == Shape::kStruct) {
    for (size_t i = 0; i < shape.children.size(); ++i)
      shred(shape.children[i], there ? &item->items[i] : nullptr, definition, repetition, depth, leaves, leaf);
  } else {
    const size_t width = shape.children.size(), begin = leaf;
    const size_t count = there ? item->items.size() / width : 0;
    for (size_t element = 0; element < std::max<size_t>(count, 1); ++element) {
      leaf = begin;
      for (size_t i = 0; i < width; ++i)
        shred(shape.children[i], count > 0 ? &item->items[element * width + i] : nullptr,
              static_cast<int16_t>(definition + (count > 0 ? 1 : 0)), element == 0 ? repetition : depth + 1, depth + 1,
              leaves, leaf);
    }
  }
}

void add_leaves(const Shape& shape, std::vector<Entries>& leaves) {
  if (shape.children.empty()) leaves.push_back({.texts = shape.kind == Shape::kText});
  for (const Shape& child : shape.children) add_leaves(child, leaves);
}

std::string text_of(const Shape& shape, const Item& item) {
  if (item.null) return "NULL";
  if (shape.kind == Shape::kNumber) return std::to_string(item.number);
  if (shape.kind == Shape::kText) return fmt::format("t{}", item.number);
  std::string text(1, shape.kind == Shape::kList ? '[' : '{');
  for (size_t i = 0; i < item.items.size(); ++i) {
    const bool is_value = shape.kind == Shape::kMap && i % 2 == 1;
    if (i > 0) text += is_value ? "=" : ", ";
    if (shape.kind == Shape::kStruct) text += fmt::format("'f{}': ", i);
    text += text_of(shape.children[i % shape.children.size()], item.items[i]);
  }
  return text + (shape.kind == Shape::kList ? "]" : "}");
}

template <class Writer, class T>
void write_leaf(parquet::RowGroupWriter& group, const Entries& entries, const std::vector<T>& values) {
  auto* writer = static_cast<Writer*>(group.NextColumn());
  writer->WriteBatch(static_cast<int64_t>(entries.definition.size()), entries.definition.data(),
                     entries.repetition.data(), values.data());
  writer->Close();
}

std::string file_of(const NodePtr& column, const std::vector<std::vector<Entries>>& groups, bool second_version,
                    int64_t page_bytes) {
  parquet::WriterProperties::Builder properties;
  properties.data_pagesize(page_bytes)->write_batch_size(7);
  properties.data_page_version(second_version ? parquet::ParquetDataPageVersion::V2
                                              : parquet::ParquetDataPageVersion::V1);
  auto sink = arrow::io::BufferOutputStream::Create().ValueOrDie();
  const auto schema = GroupNode::Make("schema", Repetition::REQUIRED, {column});
  const auto writer =
      parquet::ParquetFileWriter::Open(sink, std::static_pointer_cast<GroupNode>(schema), properties.build());
  for (const std::vector<Entries>& leaves : groups) {
    parquet::RowGroupWriter& group = *writer->AppendRowGroup();
    for (const Entries& entries : leaves) {
      std::vector<std::string> texts;
      for (const int64_t number : entries.numbers) texts.push_back(fmt::format("t{}", number));
      std::vector<parquet::ByteArray> arrays;
      for (const std::string& text : texts) arrays.emplace_back(text);
      if (entries.texts)
        write_leaf<parquet::ByteArrayWriter>(group, entries, arrays);
      else
        write_leaf<parquet::Int64Writer>(group, entries, entries.numbers);
    }
  }
  writer->Close();
  return sink->Finish().ValueOrDie()->ToString();
}

Result<Rows> rows_of(const std::string& file, uint32_t rows_max) {
  FakeWorld world;
  world.put("t.parquet", file);
  TestQuery query(world);
  TRY(table, open_parquet(world, query.budget, "t.parquet"));
  return read_rows(*table, {all_columns(*table), {}}, query.context, rows_max);
}

class Maker {
 public:
  explicit Maker(uint64_t seed) : random_(seed) {}

  // A node that is merely repeated cannot be the element of a list of three levels: it would be a field of a struct.
  Shape shape(int depth, bool may_be_optional = true, bool may_be_repeated = true) {
    Shape made{.kind = Shape::kNumber, .optional = may_be_optional && below(2) == 0};
    const uint64_t kind = depth == 0 ? below(2) : below(5);
    made.kind = static_cast<Shape::Kind>(kind);
    if (made.kind == Shape::kStruct) {
      const uint64_t fields = 1 + below(3);
      for (uint64_t i = 0; i < fields; ++i) made.children.push_back(shape(depth - 1));
    } else if (made.kind == Shape::kMap) {
      made.children = {shape(0, false), shape(depth - 1, true, false)};
    } else if (made.kind == Shape::kList) {
      made.children = {shape(depth - 1, true, false)};
      const Shape& element = made.children[0];
      // A repeated node is required; a group of one field as the second of two levels would be three.
      const bool lone = element.kind == Shape::kStruct && element.children.size() == 1;
      if (element.optional || element.kind == Shape::kList || element.kind == Shape::kMap) return made;
      made.form = static_cast<ListForm>(below(may_be_repeated ? 3 : 2));
      if (made.form == ListForm::kTwoLevels && lone) made.form = ListForm::kThreeLevels;
      if (made.form == ListForm::kRepeated) made.optional = false;
    }
    return made;
  }

  Item item(const Shape& shape, int long_lists) {
    Item made{.null = shape.optional && below(4) == 0, .number = static_cast<int64_t>(below(50))};
    if (made.null) return made;
    uint64_t count = 1;
    if (shape.kind != Shape::kStruct) count = below(3) == 0 ? 0 : below(4);
    if (shape.kind != Shape::kStruct && long_lists > 0 && below(40) == 0) count = 3'000;
    for (uint64_t element = 0; element < count; ++element)
      for (const Shape& child : shape.children) made.items.push_back(item(child, count < 100 ? long_lists - 1 : 0));
    return made;
  }

  uint64_t below(uint64_t end) { return random_() % end; }

 private:
  std::mt19937_64 random_;
};

// Two row groups of a random column: the file in either version, and its rows.
struct RandomFile {
  explicit RandomFile(uint64_t seed, uint64_t rows_max) {
    Maker maker(seed);
    const Shape shape = maker.shape(static_cast<int>(1 + maker.below(4)));
    std::vector<std::vector<Entries>> groups(2);
    for (std::vector<Entries>& leaves : groups) {
      add_leaves(shape, leaves);
      for (uint64_t count = 1 + maker.below(rows_max); count > 0; --count) {
        const Item item = maker.item(shape, rows_max > 100 ? 1 : 0);
        size_t leaf = 0;
        shred(shape, &item, 0, 0, 0, leaves, leaf);
        rows.push_back(text_of(shape, item));
      }
    }
    const NodePtr column = node_of(shape, "c", repetition_of(shape));
    for (const bool second_version : {false, true})
      files.push_back(file_of(column, groups, second_version, seed % 3 == 0 ? 1 << 20 : 64));
  }
  std::vector<std::string> files;
  Rows rows;
};

TEST(NestedColumn, RandomShapes) {
  for (uint64_t seed = 0; seed < 120; ++seed) {
    const RandomFile random(seed, 300);
    for (const std::string& file : random.files) {
      for (const uint32_t rows_max : {2'048u, 3u}) {
        const Result<Rows> found = rows_of(file, rows_max);
        ASSERT_TRUE(found.ok()) << "seed " << seed << ": " << error_text(found);
        ASSERT_EQ(found.value(), random.rows) << "seed " << seed;
      }
    }
  }
}

// Any bytes changed: an error or rows, and the same in vectors of any length.
TEST(NestedColumn, DamagedBytes) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    const RandomFile random(seed, 40);
    std::mt19937_64 chance(seed);
    for (int variant = 0; variant < 60; ++variant) {
      std::string file = random.files[chance() % 2];
      uint32_t footer_bytes;
      std::memcpy(&footer_bytes, file.data() + file.size() - 8, sizeof footer_bytes);
      const uint64_t pages_bytes = file.size() - 8 - footer_bytes;
      for (uint64_t changes = 1 + chance() % 3; changes > 0; --changes)
        file[chance() % pages_bytes] = static_cast<char>(chance() % 3 == 0 ? chance() : chance() % 4);
      const Result<Rows> whole = rows_of(file, 2'048), pieces = rows_of(file, 5);
      ASSERT_EQ(whole.ok(), pieces.ok()) << "seed " << seed << ", variant " << variant << ": " << error_text(whole)
                                         << "; " << error_text(pieces);
      if (whole.ok()) ASSERT_EQ(whole.value(), pieces.value()) << "seed " << seed << ", variant " << variant;
    }
  }
}

// A row group of 32 MB, whose rows are long, inside 12 MiB: a page at a time.
TEST(NestedColumn, LongRowsInLittleMemory) {
  const Shape number{.kind = Shape::kNumber, .optional = false};
  const Shape list{.kind = Shape::kList, .optional = false, .children = {number}};
  Entries entries{.texts = false};
  for (int64_t row = 0; row < 100; ++row) {
    for (int64_t element = 0; element < 40'000; ++element) {
      entries.repetition.push_back(element == 0 ? 0 : 1);
      entries.definition.push_back(1);
      entries.numbers.push_back(row * element);
    }
  }
  const NodePtr column = node_of(list, "c", Repetition::REQUIRED);
  for (const bool second_version : {false, true}) {
    FakeWorld world;
    world.put("t.parquet", file_of(column, {{entries}}, second_version, 100'000));
    TestQuery query(world, uint64_t{12} << 20);
    const auto table = open_parquet(world, query.budget, "t.parquet");
    ASSERT_TRUE(table.ok()) << error_text(table);
    auto source = std::move(table.value()->scan({{0}, {}}, query.context).value());
    auto reader = std::move(std::get<0>(source->claim().value()));
    uint64_t rows = 0, bytes = 0;
    Batch batch;
    for (;;) {
      const Result<bool> more = reader->next(limits::kVectorRowsMax, batch);
      ASSERT_TRUE(more.ok()) << error_text(more);
      if (!more.value()) break;
      for (uint32_t row = 0; row < batch.rows; ++row) bytes += batch.columns[0].as<StringRef>()[row].size;
      rows += batch.rows;
    }
    EXPECT_EQ(rows, 100u);
    EXPECT_EQ(bytes, 100 * (40'000 * 9 + 1));
  }
}

// list<struct<number, number>> whose leaves have these levels, two rows; what reading says.
std::string error_of(const Entries& left, const Entries& right) {
  const Shape number{.kind = Shape::kNumber, .optional = true};
  const Shape fields{.kind = Shape::kStruct, .optional = false, .children = {number, number}};
  const Shape list{.kind = Shape::kList, .optional = true, .children = {fields}};
  return error_text(rows_of(file_of(node_of(list, "c", Repetition::OPTIONAL), {{left, right}}, true, 1 << 20), 2'048));
}

TEST(NestedColumn, LevelsThatContradictEachOther) {
  const Entries two_and_one{false, {3, 2, 3}, {0, 1, 0}, {7, 8}};
  EXPECT_EQ(error_of(two_and_one, two_and_one), "no error");
  EXPECT_EQ(error_of(two_and_one, {false, {2, 2, 2}, {0, 1, 0}, {}}), "no error") << "the fields' own nulls";
  const struct {
    const char* what;
    Entries right;
  } cases[] = {
      {"one and two", {false, {3, 3, 2}, {0, 0, 1}, {7, 8}}},
      {"a longer list", {false, {3, 2, 3, 3}, {0, 1, 0, 1}, {7, 8, 9}}},
      {"a shorter list", {false, {3, 3}, {0, 0}, {7, 8}}},
      {"an empty list", {false, {3, 2, 1}, {0, 1, 0}, {7}}},
      {"a null", {false, {3, 2, 0}, {0, 1, 0}, {7}}},
  };
  for (const auto& [what, right] : cases) {
    const std::string error = error_of(two_and_one, right);
    EXPECT_NE(error.find("contradict each other"), std::string::npos) << what << ": " << error;
    EXPECT_NE(error.find("t.parquet, row group 0, column 'c.list.element.f1'"), std::string::npos)
        << what << ": " << error;
  }
}

TEST(NestedColumn, LevelsThatNoListHas) {
  const struct {
    const char* what;
    Entries both;
  } cases[] = {
      {"goes on a null", {false, {0, 3, 3}, {0, 1, 0}, {7, 8}}},
      {"goes on an empty list", {false, {1, 2, 3}, {0, 1, 0}, {8}}},
      {"goes on with nothing", {false, {3, 1, 3}, {0, 1, 0}, {7, 8}}},
  };
  for (const auto& [what, both] : cases) {
    const std::string error = error_of(both, both);
    EXPECT_NE(error.find("no list that there could be"), std::string::npos) << what << ": " << error;
    EXPECT_NE(error.find("t.parquet, row group 0, column 'c.list.element.f0'"), std::string::npos)
        << what << ": " << error;
  }
}

TEST(NestedColumn, KeysAreThere) {
  const Shape number{.kind = Shape::kNumber, .optional = true};
  const Shape map{.kind = Shape::kMap, .optional = false, .children = {number, number}};
  const Entries entries{false, {2, 1, 0}, {0, 1, 0}, {5}};
  const std::string error =
      error_text(rows_of(file_of(node_of(map, "c", Repetition::REQUIRED), {{entries, entries}}, true, 1 << 20), 9));
  EXPECT_NE(error.find("Map keys must be annotated as required"), std::string::npos) << error;
}

}  // namespace
}  // namespace headrace
