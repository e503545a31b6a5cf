// runtime/rate_source.h — rows made from their number: a stream with event time, for trials of streaming queries.
#pragma once

#include <cstdint>

#include "runtime/scannable.h"

namespace headrace {

// Columns of row i, all not null:
//   ts     timestamp  i * period_us, minus less than lateness_us, so that neighbours come out of order
//   us     int64      the same as µs since 1970
//   key    int64      in [0, keys), skewed towards small ones
//   value  float64    any finite magnitude and sign
struct RateOptions {
  uint64_t rows = 0;              // then the stream ends
  uint64_t rows_per_second = 0;   // 0: as fast as they are asked for
  uint64_t rows_per_morsel = 1'024;
  uint64_t barrier_morsels = 0;   // a barrier after every so many morsels; 0: none
  uint64_t watermark_morsels = 8; // a watermark after every so many; 0: none
  int64_t period_us = 1'000;
  int64_t lateness_us = 5'000;
  uint64_t keys = 100;
};

// Its sources resume: save() gives the number of the next row.
class RateTable final : public ScannableTable {
 public:
  explicit RateTable(RateOptions options);

  const Schema& schema() const override { return schema_; }
  std::optional<uint64_t> row_count() const override { return std::nullopt; }
  bool ordered() const override { return false; }
  bool unbounded() const override { return true; }
  std::string describe() const override { return "rate"; }
  Result<std::unique_ptr<Source>> scan(const ScanRequest& request, QueryContext& context) const override;
  ScanReport report(const ScanRequest&) const override { return {}; }

 private:
  const RateOptions options_;
  const Schema schema_;
};

}  // namespace headrace
