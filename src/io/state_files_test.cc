#include "io/state_files.h"

#include <cmath>

#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/test_batches.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

const Schema kSchema = {{"key", kUtf8, true},
                        {"count", kInt64, false},
                        {"sum", kFloat64, true},
                        {"money", decimal(38, 4), true},
                        {"on", kBool, true}};

std::vector<Batch> sample() {
  BatchMaker maker(kSchema);
  maker.row({std::string("\xFF not utf-8, and long"), int64_t{1}, -0.0, int128{1} << 100, true});
  maker.row({{}, int64_t{2}, {}, {}, {}});
  std::vector<Batch> batches = {maker.take()};
  for (int64_t row = 0; row < 2'048; ++row)
    maker.row({std::to_string(row), row, static_cast<double>(row) / 3, int128{row}, row % 2 == 0});
  batches.push_back(maker.take());
  return batches;
}

std::string write_sample(ArrowStateFiles& files, std::string path = "") {
  auto writer = files.create(kSchema, path);
  EXPECT_TRUE(writer.ok()) << error_text(writer);
  for (const Batch& batch : sample()) EXPECT_TRUE(writer.value()->write(batch).ok());
  EXPECT_TRUE(writer.value()->close().ok());
  return path;
}

Result<Rows> read_all(ArrowStateFiles& files, const std::string& path, const Schema& schema = kSchema) {
  TRY(reader, files.open(schema, path));
  Rows rows;
  Batch batch;
  while (true) {
    TRY(more, reader->read(batch));
    if (!more) return rows;
    for (uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row_text(batch, row));
  }
}

Rows expected() {
  Rows rows;
  for (const Batch& batch : sample())
    for (uint32_t row = 0; row < batch.rows; ++row) rows.push_back(row_text(batch, row));
  return rows;
}

TEST(StateFiles, ReadBackAndVanish) {
  FakeWorld world;
  MemoryBudget budget(1 << 30);
  {
    ArrowStateFiles files(world, budget);
    const std::string first = write_sample(files), second = write_sample(files);
    EXPECT_NE(first, second);
    EXPECT_TRUE(first.starts_with("/temporary/"));
    EXPECT_EQ(read_all(files, first).value(), expected());
    EXPECT_EQ(read_all(files, second).value(), expected());
    ASSERT_TRUE(files.remove(first).ok());
    EXPECT_EQ(world.paths(), std::set<std::string>{second});
    write_sample(files, "checkpoint/1");
  }
  EXPECT_EQ(world.paths(), std::set<std::string>{"checkpoint/1"}) << "spill files go with the query, named files stay";
  EXPECT_EQ(budget.bytes_used(), 0u);
  ArrowStateFiles later(world, budget);
  EXPECT_EQ(read_all(later, "checkpoint/1").value(), expected());
}

TEST(StateFiles, DirectoryIsRemovedFromTheDisk) {
  MemoryBudget budget(1 << 30);
  std::string path;
  {
    ArrowStateFiles files(real_world(), budget);
    path = write_sample(files);
    EXPECT_EQ(real_world().kind(path), FileKind::kRegular);
    EXPECT_EQ(read_all(files, path).value(), expected());
  }
  EXPECT_EQ(real_world().kind(path.substr(0, path.rfind('/'))), FileKind::kMissing);
}

// Every flipped byte and every cut is an error, never other rows.
TEST(StateFiles, DamageIsNoticed) {
  FakeWorld world;
  MemoryBudget budget(1 << 30);
  ArrowStateFiles files(world, budget);
  const std::string path = write_sample(files);
  const std::string good = *world.content(path);
  for (size_t at = 0; at < good.size(); at = at < 3'000 ? at + 1 : at + 997) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    world.put(path, bad);
    const Result<Rows> rows = read_all(files, path);
    ASSERT_FALSE(rows.ok()) << at;
    ASSERT_EQ(rows.error().code, ErrorCode::kBadInput) << at;
    world.put(path, good.substr(0, at));
    const Result<Rows> cut = read_all(files, path);
    ASSERT_FALSE(cut.ok()) << at;
    ASSERT_EQ(cut.error().code, ErrorCode::kBadInput) << at;
  }
  world.put(path, good + "x");
  EXPECT_NE(error_text(read_all(files, path)).find("it does not end where it says"), std::string::npos);
}

TEST(StateFiles, OtherSchemasAreErrors) {
  FakeWorld world;
  MemoryBudget budget(1 << 30);
  ArrowStateFiles files(world, budget);
  const std::string path = write_sample(files);
  Schema other = kSchema;
  other[1].type = kInt32;
  EXPECT_NE(error_text(read_all(files, path, other)).find("expected the columns"), std::string::npos);
  EXPECT_EQ(error_text(read_all(files, "nowhere")).substr(0, 35), "error: cannot open the file: No suc");
}

TEST(StateFiles, FullDisk) {
  FakeWorld world;
  MemoryBudget budget(1 << 30);
  {
    ArrowStateFiles files(world, budget);
    world.disk_bytes_max = 50'000;
    std::string path;
    auto writer = files.create(kSchema, path).ok() ? std::move(files.create(kSchema, path).value()) : nullptr;
    ASSERT_NE(writer, nullptr);
    Status status = kDone;
    for (int round = 0; round < 3 && status.ok(); ++round)
      for (const Batch& batch : sample())
        if (status.ok()) status = writer->write(batch);
    EXPECT_NE(error_text(status).find("no space left on the device"), std::string::npos);
  }
  EXPECT_TRUE(world.paths().empty());
}

}  // namespace
}  // namespace headrace
