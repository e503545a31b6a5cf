// base/limits.h — every limit is named, carries its unit, and is checked against its neighbours.
#pragma once

#include <cstdint>

namespace headrace::limits {

inline constexpr uint32_t kVectorRowsMax = 2'048;                // 16 int64 columns = 256 KiB, well inside one L2
inline constexpr uint32_t kMorselRowsTarget = 65'536;  // long enough to amortise a steal, short enough to cancel
inline constexpr uint64_t kSmallAllocationBytes = uint64_t{64} << 10;  // larger ones go through a Reservation
inline constexpr uint64_t kSpillBlockBytes = uint64_t{4} << 20;  // one sequential write
inline constexpr uint32_t kKeyGroups = 4'096;  // unit of spill, checkpoint and re-scaling
inline constexpr uint32_t kThreadsMax = 256;
inline constexpr uint32_t kExpressionDepthMax = 400;  // parser and resolver refuse deeper input
inline constexpr uint32_t kExpressionNodesMax = 1'000'000;  // of one written expression, shared parts each time
inline constexpr uint32_t kQueryDepthMax = 50;  // subqueries in subqueries
inline constexpr uint32_t kPlanDepthMax = 400;  // nodes on the longest path of a written plan
inline constexpr uint32_t kPlanNodesMax = 200'000;  // of a written plan, shared parts each time
inline constexpr uint64_t kStatementBytesMax = uint64_t{1} << 20;
inline constexpr uint32_t kLoopStepsMax = 250;  // one compiled function; longer stages are cut
inline constexpr uint32_t kDecimalPrecisionMax = 38;

static_assert(kVectorRowsMax * sizeof(int64_t) <= kSpillBlockBytes, "a column must fit one block");
static_assert(kVectorRowsMax <= 65'536, "a selection stores rows as uint16");
static_assert(kMorselRowsTarget % kVectorRowsMax == 0);

}  // namespace headrace::limits
