// Runs SQL over a CSV file and reads the answer through the Arrow C stream interface, as any Arrow library would.
#include <headrace/arrow_c.h>
#include <headrace/session.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace {

using headrace::Error;
using headrace::ErrorCode;
using headrace::Result;

struct Station {
  std::string name;
  int64_t readings;
  std::optional<double> warmest;
  friend bool operator==(const Station&, const Station&) = default;
};

// Celle's thermometer was broken: its readings are null.
constexpr const char* kReadings =
    "station,celsius\n"
    "Aachen,17.5\n"
    "Bonn,19.25\n"
    "Celle,\n"
    "Aachen,21.5\n"
    "Celle,\n";
const std::vector<Station> kExpected = {{"Aachen", 2, 21.5}, {"Bonn", 1, 19.25}, {"Celle", 0, std::nullopt}};

bool is_null(const ArrowArray& column, int64_t row) {
  const auto* validity = static_cast<const uint8_t*>(column.buffers[0]);  // one bit a row; none: no nulls
  const int64_t bit = column.offset + row;
  return validity != nullptr && (validity[bit / 8] >> (bit % 8) & 1) == 0;
}

template <class T>
T value_at(const ArrowArray& column, int64_t row) {
  return static_cast<const T*>(column.buffers[1])[column.offset + row];
}

std::string text_at(const ArrowArray& column, int64_t row) {
  const int32_t begin = value_at<int32_t>(column, row), end = value_at<int32_t>(column, row + 1);
  return std::string(static_cast<const char*>(column.buffers[2]) + begin, static_cast<size_t>(end - begin));
}

Result<std::vector<Station>> read_stations(ArrowArrayStream& stream) {
  std::vector<Station> stations;
  for (;;) {
    ArrowArray batch;
    if (stream.get_next(&stream, &batch) != 0)
      return Error{ErrorCode::kIo, stream.get_last_error(&stream), "stream", ""};
    if (batch.release == nullptr) return stations;
    const ArrowArray &name = *batch.children[0], &readings = *batch.children[1], &warmest = *batch.children[2];
    for (int64_t row = 0; row < batch.length; ++row) {
      stations.push_back({text_at(name, row), value_at<int64_t>(readings, row), std::nullopt});
      if (!is_null(warmest, row)) stations.back().warmest = value_at<double>(warmest, row);
    }
    batch.release(&batch);
  }
}

Result<std::vector<Station>> query(const std::string& path) {
  headrace::Engine engine;
  headrace::Session session = engine.session();
  TRY(rows, session.sql("SELECT station, count(celsius) AS readings, max(celsius) AS warmest "
                        "FROM '" +
                        path + "' GROUP BY station ORDER BY station"));
  ArrowArrayStream stream;
  rows.to_arrow(&stream);
  auto stations = read_stations(stream);
  stream.release(&stream);
  return stations;
}

}  // namespace

int main() {
  std::string directory = (std::filesystem::temp_directory_path() / "headrace-example-XXXXXX").string();
  if (mkdtemp(directory.data()) == nullptr) return 1;
  const std::string path = directory + "/readings.csv";
  std::ofstream(path) << kReadings;
  const auto stations = query(path);
  std::filesystem::remove_all(directory);
  if (!stations.ok()) {
    std::fprintf(stderr, "%s\n", to_text(stations.error()).c_str());
    return 1;
  }
  for (const Station& station : stations.value())
    std::printf("%-8s %lld readings, warmest %s\n", station.name.c_str(), static_cast<long long>(station.readings),
                station.warmest.has_value() ? std::to_string(*station.warmest).c_str() : "unknown");
  return stations.value() == kExpected ? 0 : 1;
}
