// Any bytes as a JSON file: rows or an error, never a crash, and the same ones in whatever blocks the file is read.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/fake_world.h"
#include "io/format/json_source.h"
#include "io/test_tables.h"

namespace {

using namespace headrace;

// All rows, or what is wrong.
std::string read_file(const std::string& content, const Options& options, uint64_t block_bytes) {
  FakeWorld world;
  world.put("t.json", content);
  TestQuery query(world, uint64_t{256} << 20);
  const auto table = open_json(world, query.budget, "t.json", options, nullptr, block_bytes);
  if (!table.ok()) return to_text(table.error());
  const auto rows = read_rows(*table.value(), {all_columns(*table.value()), {}}, query.context);
  if (!rows.ok()) return to_text(rows.error());
  std::string all = to_text(table.value()->schema()) + "\n";
  for (const std::string& row : rows.value()) all += row + "\n";
  return all;
}

}  // namespace

// The first byte says how the file is read.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  if (bytes == 0) return 0;
  constexpr std::string_view kFormats[] = {"auto", "newline_delimited", "array", "unstructured"};
  constexpr std::string_view kPolicies[] = {"fail", "null", "skip"};
  const std::string content(reinterpret_cast<const char*>(data) + 1, bytes - 1);
  Options options = {{"format", std::string(kFormats[data[0] & 3])},
                     {"on_error", std::string(kPolicies[(data[0] >> 2) % 3])}};
  if ((data[0] & 0x40) != 0)
    options.emplace_back(
        "columns", "{a: int64, b: utf8, c: 'struct(d decimal(9,2), e date[])', f: 'map(utf8, double)', g: 'json'}");
  const std::string whole = read_file(content, options, uint64_t{1} << 20);
  for (const uint64_t block_bytes : {uint64_t{1}, uint64_t{7}, uint64_t{64}})
    CHECK(read_file(content, options, block_bytes) == whole);
  return 0;
}
