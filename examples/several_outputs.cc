// Writes several files from one reading of their source, which appear together or not at all.
#include <headrace/frame.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace {

using namespace headrace;  // NOLINT(google-build-using-namespace): col, lit and sum read best without a prefix

constexpr const char* kOrders =
    "customer,state,price\n"
    "Ada,shipped,9.50\n"
    "Grace,open,120.00\n"
    "Ada,cancelled,500.00\n"
    "Ada,open,60.25\n";
constexpr const char* kTotals =
    "customer,orders,spent\n"
    "Ada,2,69.75\n"
    "Grace,1,120.0\n";

Result<Rows> write(const std::string& directory) {
  Engine engine({.threads = 2});
  Session session = engine.session();
  const Frame orders = session.scan_csv(directory + "/orders.csv");
  const Frame kept = orders.filter(col("state") != "cancelled");
  const Frame totals = kept.group_by({col("customer")}).agg({count().as("orders"), sum(col("price")).as("spent")});
  return session.write_all({kept.to_parquet(directory + "/orders", {{"partition_by", "state"}}),
                            totals.sort({col("customer")}).to_csv(directory + "/totals.csv"),
                            orders.filter(col("state") == "cancelled").to_ndjson(directory + "/cancelled.ndjson")});
}

std::string content(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

int main() {
  std::string directory = (std::filesystem::temp_directory_path() / "headrace-example-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return 1;
  std::ofstream(directory + "/orders.csv") << kOrders;
  const auto written = write(directory);
  const std::string totals = content(directory + "/totals.csv");
  std::filesystem::remove_all(directory);
  if (!written.ok()) {
    std::fprintf(stderr, "%s\n", to_text(written.error()).c_str());
    return 1;
  }
  std::printf("%s", totals.c_str());
  return totals == kTotals && written.value().row_count() == 3 ? 0 : 1;
}
