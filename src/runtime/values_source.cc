#include "runtime/values_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>

#include "execute/constants.h"
#include "types/chunk.h"

namespace headrace {

namespace {

// A column of literals in vector layout, with the bytes behind its text.
struct LiteralColumn {
  explicit LiteralColumn(const Stage& literals) : pool(literals) {}
  ConstantPool pool;
  std::vector<__int128> cells;  // wide enough for every type, and aligned for it
  std::vector<uint8_t> validity;
};

Vector column_of_literals(Type type, const std::vector<Value>& values) {
  Stage literals;
  for (const Value& value : values) literals.constants.push_back({value, false});
  auto column = std::make_shared<LiteralColumn>(literals);
  const uint32_t width = width_bytes(type.id);
  column->cells.resize(values.size() * width / sizeof(__int128) + 1);
  char* out = reinterpret_cast<char*>(column->cells.data());
  bool nulls = false;
  for (uint32_t row = 0; row < values.size(); ++row) {
    std::memcpy(out + uint64_t{row} * width, column->pool.value(row), width);
    column->validity.push_back(column->pool.is_null(row) ? 0 : 1);
    nulls = nulls || column->pool.is_null(row);
  }
  Vector vector;
  vector.type = type;
  vector.data = column->cells.data();
  if (nulls) vector.validity = column->validity.data();
  vector.owner = std::move(column);
  return vector;
}

class ValuesReader final : public MorselReader {
 public:
  explicit ValuesReader(Chunk chunk) : chunk_(std::move(chunk)) {}
  uint64_t morsel() const override { return 0; }

  Result<bool> next(uint32_t rows_max, Batch& out) override {
    if (done_ == chunk_.rows) return false;
    const auto rows =
        static_cast<uint32_t>(std::min<uint64_t>({rows_max, chunk_.rows - done_, limits::kVectorRowsMax}));
    cut(chunk_, done_, rows, out);
    out.morsel = 0;
    out.sequence = done_;
    done_ += rows;
    return true;
  }

 private:
  const Chunk chunk_;
  uint64_t done_ = 0;
};

class ValuesRun final : public Source {
 public:
  explicit ValuesRun(Chunk chunk) : chunk_(std::move(chunk)) {}

  Result<Claim> claim() override {
    if (claimed_.exchange(true)) return Claim(End{});
    return Claim(std::make_unique<ValuesReader>(chunk_));
  }
  bool ordered() const override { return true; }
  std::string locate(uint64_t, uint64_t row) const override { return fmt::format("VALUES, row {}", row + 1); }

 private:
  const Chunk chunk_;
  std::atomic<bool> claimed_{false};
};

}  // namespace

std::unique_ptr<Source> make_values_source(const ValuesSource& spec) {
  Chunk chunk;
  chunk.rows = spec.rows.size();
  for (size_t i = 0; i < spec.columns.size(); ++i) {
    std::vector<Value> values;
    for (const auto& row : spec.rows) values.push_back(row[i]);
    chunk.columns.push_back(column_of_literals(spec.columns[i].type, values));
  }
  return std::make_unique<ValuesRun>(std::move(chunk));
}

}  // namespace headrace
