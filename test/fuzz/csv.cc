// Any bytes as a CSV file, in a dialect and with a policy that the first bytes choose: an answer or an error, never a crash; in chunks of
// any size the same rows.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/fake_world.h"
#include "io/format/csv_source.h"
#include "io/test_tables.h"

namespace {

using namespace headrace;

std::string answer(const std::string& text, const Options& options, uint64_t block_bytes) {
  FakeWorld world;
  world.put("t.csv", text);
  TestQuery query(world, uint64_t{256} << 20);
  const auto table = open_csv(world, query.budget, "t.csv", options, block_bytes);
  if (!table.ok()) return table.error().message;
  const auto rows = read_rows(*table.value(), {all_columns(*table.value()), {}}, query.context);
  if (!rows.ok()) return rows.error().message + rows.error().where;
  std::string all;
  for (const std::string& row : rows.value()) all += row + "\n";
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t bytes) {
  constexpr size_t kChoices = 3;
  if (bytes <= kChoices) return 0;
  Options options = {{"delim", (data[0] & 1) != 0 ? "," : ";"}, {"header", (data[0] & 2) != 0 ? "true" : "false"}};
  if ((data[0] & 4) != 0) options.emplace_back("comment", "#");
  if ((data[0] & 8) != 0) options.emplace_back("escape", "\\");
  if ((data[0] & 16) != 0) options.emplace_back("null_padding", "true");
  if ((data[0] & 32) != 0) options.emplace_back("quote", "");
  constexpr const char* kPolicies[] = {"fail", "null", "skip"};
  options.emplace_back("on_error", kPolicies[data[1] % 3]);
  const std::string text(reinterpret_cast<const char*>(data) + kChoices, bytes - kChoices);
  const std::string whole = answer(text, options, kCsvBlockBytes);
  CHECK(answer(text, options, std::max<uint64_t>(1, data[2])) == whole);
  return 0;
}
