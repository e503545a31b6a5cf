// io/format/csv_source.h — CSV files as tables.
#pragma once

#include <string>

#include "base/world.h"
#include "io/format/csv_dialect.h"
#include "runtime/scannable.h"

namespace headrace {

inline constexpr uint64_t kCsvSampleBytes = uint64_t{2} << 20;
inline constexpr uint64_t kCsvDetectBytes = uint64_t{128} << 10;
inline constexpr uint64_t kCsvBlockBytes = uint64_t{1} << 20;

// Names come from the first record when it is a header (csv_file.cc), else column0, column1, …; a repeated name gets _1, _2, ….
// Types come from the first kCsvSampleBytes (CsvTypeGuess); a later field that such a type would change is an error. A morsel is a
// piece of about block_bytes that ends with a record, read and parsed by the worker that took it; what is compressed is read where it is
// claimed. Bad records are what io/format/bad_rows.h says of them.
//   errors   kIo: missing, no permission, directory. kBadInput: empty file, a record with more or fewer fields than the
//            first, a field that is no value of its column's type, bytes that are not UTF-8, a quote that is never closed:
//            each as file:line. kLimit: more than kCsvColumnsMax columns. kInvalidPlan: options.
Result<std::shared_ptr<const ScannableTable>> open_csv(World& world, MemoryBudget& budget, const std::string& path,
                                                       const Options& options, uint64_t block_bytes = kCsvBlockBytes);

inline constexpr uint64_t kCsvRecordBytesMax = uint64_t{64} << 20;  // a longer record is an error
// A separator in the first record makes one, with a name and a type; more are an error.
inline constexpr uint64_t kCsvColumnsMax = 65'536;

}  // namespace headrace
