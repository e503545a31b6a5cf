// Any bytes as a Parquet file: rows or an error, never a crash, and the same in vectors of any size. test/fuzz/parquet_seeds.py
// writes files to begin with.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/fake_world.h"
#include "io/format/parquet_source.h"
#include "io/test_tables.h"

namespace {

using namespace headrace;

Result<Rows> read_file(FakeWorld& world, uint32_t rows_max) {
  TestQuery query(world, uint64_t{256} << 20);
  TRY(table, open_parquet(world, query.budget, "t.parquet"));
  return read_rows(*table, {all_columns(*table), {}}, query.context, rows_max);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  FakeWorld world;
  world.put("t.parquet", std::string(reinterpret_cast<const char*>(data), bytes));
  const Result<Rows> whole = read_file(world, limits::kVectorRowsMax);
  const Result<Rows> pieces = read_file(world, 7);
  CHECK(whole.ok() == pieces.ok());
  CHECK(!whole.ok() || whole.value() == pieces.value());
  return 0;
}
