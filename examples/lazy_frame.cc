// Builds a query by calls, looks at its plan, and runs it: which customers spent most on orders that were not cancelled?
#include <headrace/frame.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace {

using namespace headrace;  // NOLINT(google-build-using-namespace): col, lit and sum read best without a prefix

constexpr const char* kOrders =
    "customer,state,pieces,price\n"
    "Ada,shipped,2,9.50\n"
    "Grace,open,1,120.00\n"
    "Ada,cancelled,1,500.00\n"
    "Edsger,shipped,3,20.00\n"
    "Ada,open,1,60.25\n";
constexpr const char* kExpected =
    "customer,orders,spent,dearest\n"
    "Grace,1,120.0,120.0\n"
    "Ada,2,79.25,60.25\n"
    "Edsger,1,60.0,60.0\n";

Frame spending(Session& session, const std::string& path) {
  return session.scan_csv(path)
      .filter(col("state") != "cancelled")
      .with_columns({(col("pieces") * col("price")).as("total")})
      .group_by({col("customer")})
      .agg({count().as("orders"), sum(col("total")).as("spent"), max(col("total")).as("dearest")})
      .sort({col("spent").descending(), col("customer")});
}

Result<std::string> run(const std::string& path) {
  Engine engine({.threads = 2});
  Session session = engine.session();
  const Frame frame = spending(session, path);  // nothing has run yet
  TRY(plan, frame.explain({.stage = "optimized"}));
  std::printf("%s\n", plan.c_str());
  TRY(rows, frame.collect());
  return rows.to_text("csv");
}

}  // namespace

int main() {
  std::string directory = (std::filesystem::temp_directory_path() / "headrace-example-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const std::string path = directory + "/orders.csv";
  std::ofstream(path) << kOrders;
  const auto answer = run(path);
  std::filesystem::remove_all(directory);
  if (!answer.ok()) {
    std::fprintf(stderr, "%s\n", to_text(answer.error()).c_str());
    return 1;
  }
  std::printf("%s", answer.value().c_str());
  return answer.value() == kExpected ? 0 : 1;
}
