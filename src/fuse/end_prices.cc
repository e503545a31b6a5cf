#include "fuse/end_prices.h"

#include <algorithm>

#include "fuse/contracts.h"
#include "fuse/place_decodes.h"
#include "fuse/source_rows.h"
#include "fuse/stage_prices.h"

namespace headrace {

double source_ns(const Stage& stage, const Machine& machine) {
  const auto* source = std::get_if<TableSource>(&stage.source);
  if (source == nullptr || source->table == nullptr) return 0;
  const std::vector<bool> late = decoded_columns(stage);
  std::vector<uint32_t> columns;
  double ns = 0;
  for (ValueId value = 0; value < stage.source_values; ++value) {
    if (late[value]) continue;
    columns.push_back(source->columns[value]);
    ns += machine.read_value_ns;
  }
  const std::optional<uint64_t> bytes = source->table->page_bytes(columns);
  const std::optional<uint64_t> rows = source->table->row_count();
  if (!bytes.has_value() || rows.value_or(0) == 0) return 0;
  return ns + machine.read_byte_ns * static_cast<double>(*bytes) / static_cast<double>(*rows);
}

double sink_ns(const Program& program, const Stage& stage, double share_out) {
  const Contract contract = contract_of(program.sinks[stage.sink].node);
  const bool accumulated = !stage.steps.empty() && std::holds_alternative<Accumulate>(stage.steps.back().node);
  return accumulated || contract.state == StateGrowth::kNone ? 0 : contract.cost_ns * share_out;
}

uint64_t source_bytes(const Stage& stage) {
  const std::vector<bool> late = decoded_columns(stage);
  uint64_t bytes = 0;
  for (ValueId value = 0; value < stage.source_values; ++value)
    if (!late[value]) bytes += width_bytes(stage.values[value].type.id) + (stage.values[value].nullable ? 1 : 0);
  return bytes;
}

std::optional<uint64_t> known_state_bytes(const Program& program, uint32_t sink) {
  constexpr uint64_t kPlaceBytes = 16;  // of a row, where it is found by its hash
  uint64_t row_bytes = kPlaceBytes;
  for (const Column& column : program.sinks[sink].input) row_bytes += width_bytes(column.type.id);
  double rows = 0;
  for (const Stage& stage : program.stages) {
    if (stage.sink != sink) continue;
    const std::optional<uint64_t> given = known_rows(stage.source);
    if (!given.has_value()) return std::nullopt;
    rows += static_cast<double>(*given) * guessed_shares(stage).reaching.back();
  }
  constexpr double kBytesMax = 0x1p62;
  return static_cast<uint64_t>(std::min(rows * static_cast<double>(row_bytes), kBytesMax));
}

std::vector<uint64_t> probed_bytes(const Program& program, const Stage& stage) {
  std::vector<uint64_t> bytes;
  for (const Step& step : stage.steps) {
    const auto* probe = std::get_if<Probe>(&step.node);
    bytes.push_back(probe == nullptr ? 0 : known_state_bytes(program, probe->table).value_or(0));
  }
  return bytes;
}

}  // namespace headrace
