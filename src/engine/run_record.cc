#include "engine/run_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/hash.h"
#include "engine/run_statement.h"
#include "engine/text_settings.h"
#include "execute/calibrate.h"
#include "execute/loop_shapes.h"
#include "fuse/decide_cuts.h"
#include "fuse/edges.h"
#include "observe/build_name.h"
#include "observe/explain.h"
#include "observe/json.h"
#include "optimize/estimate.h"
#include "optimize/price_plan.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

const char* outcome_name(const Error* error) {
  if (error == nullptr) return "ok";
  switch (error->code) {
    case ErrorCode::kInvalidPlan: return "invalid plan";
    case ErrorCode::kBadInput: return "bad input";
    case ErrorCode::kFault: return "fault";
    case ErrorCode::kIo: return "io";
    case ErrorCode::kLimit: return "limit";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kUnsupported: return "unsupported";
    case ErrorCode::kMiscompiled: return "miscompiled";
  }
  return "error";
}

// At most so many bytes, and no character in parts.
std::string cut(std::string_view text, size_t bytes_max) {
  if (text.size() <= bytes_max) return std::string(text);
  while (bytes_max > 0 && (static_cast<unsigned char>(text[bytes_max]) & 0xc0) == 0x80) --bytes_max;
  return std::string(text.substr(0, bytes_max));
}

std::string changed_settings(const SessionCore& session, const Settings& settings) {
  std::map<std::string, std::string> before;
  for (const SettingLine& one : list_settings(session.first_settings)) before[one.name] = one.value;
  for (const SettingLine& one : list_text_settings(session.first_rules)) before[one.name] = one.value;
  std::string text;
  const auto add = [&](const std::vector<SettingLine>& lines) {
    for (const SettingLine& one : lines)
      if (const auto at = before.find(one.name); at == before.end() || at->second != one.value)
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", json_string(one.name), json_string(one.value));
  };
  add(list_settings(settings));
  add(list_text_settings(session.rules));
  return "{" + text + "}";
}

uint64_t shape_hash(const Stage& stage, bool faults_become_null) {
  uint64_t hash = 0;
  for (const LoopShape& shape : loop_shapes(stage, faults_become_null)) {
    const std::string key = shape_key(shape);
    hash = combine_hashes(hash, hash_bytes(key.data(), key.size()));
  }
  return hash;
}

void add_measures(const StageReport& report, StageRecord& record) {
  const LatencyReport& latency = report.plan.latency;
  record.batches = latency.batches;
  record.batch_p50_ns = latency.p50_ns;
  record.batch_p99_ns = latency.p99_ns;
  record.apart_batches = latency.apart_batches;
  record.apart_p99_ns = latency.apart_p99_ns;
  record.queue_depth_mean = report.queue.mean();
  record.queue_depth_max = report.queue.depth_max;
  uint64_t bytes = 0;
  int64_t peak_bytes = 0;
  for (const PartReport& part : report.work) {
    bytes += part.bytes_written;
    peak_bytes += part.bytes_held_peak;
  }
  record.busiest_lane_ns = report.busiest_lane_ns;
  if (report.work.empty()) return;
  record.bytes_materialised = bytes;
  record.peak_bytes = static_cast<uint64_t>(peak_bytes);
}

// `prefix` names the part of a recursion that the stages are in.
void add_stages(const Program& program, const std::vector<StageReport>& reports, const Settings& settings,
                const std::string& prefix, std::vector<StageRecord>& records) {
  for (size_t index = 0; index < std::min(reports.size(), program.stages.size()); ++index) {
    const Stage& stage = program.stages[index];
    const StageReport& report = reports[index];
    StageRecord record{.stage = prefix + std::to_string(index),
                       .shape_hash = shape_hash(stage, settings.on_error == ErrorPolicy::kNull),
                       .source = source_label(program, stage),
                       .sink = sink_label(program, stage.sink),
                       .rows_in = report.rows_in,
                       .rows_out = report.rows_out,
                       .morsels = report.morsels,
                       .busy_ns = report.busy_ns,
                       .wall_ns = report.wall_ns,
                       .predicted_ns_per_row = report.plan.predicted_ns > 0
                                                   ? report.plan.predicted_ns
                                                   : predicted_ns(stage, *settings.fuse_options().machine)};
    add_measures(report, record);
    if (report.plan.unfused_ns > 0) record.unfused_ns_per_row = report.plan.unfused_ns;
    if (report.rows_in > 0)
      record.measured_ns_per_row = static_cast<double>(report.busy_ns) / static_cast<double>(report.rows_in);
    records.push_back(std::move(record));
    if (report.recursion == nullptr) continue;
    const auto& recursion = std::get<RecursionSource>(stage.source);
    const std::string inner = fmt::format("{}{}.", prefix, index);
    add_stages(*recursion.base, report.recursion->base, settings, inner + "base.", records);
    add_stages(*recursion.step, report.recursion->step, settings, inner + "step.", records);
  }
}

// What changed at run time is said of the edges of stages, not of those inside recursions.
std::vector<EdgeRecord> edge_records(const Program& program, const Machine& machine,
                                     const std::vector<StageReport>& reports, const std::vector<StageRecord>& stages) {
  std::map<std::string, uint64_t, std::less<>> rows;
  for (const StageRecord& stage : stages) rows[stage.stage] = stage.rows_in;
  std::vector<EdgeRecord> records;
  for (const Edge& edge : edges_of(program, machine, knowledge_of(reports))) {
    EdgeRecord record{.from = edge.from,
                      .to = edge.to,
                      .cut = edge.cut,
                      .decision = decision_name(edge.decision),
                      .reason = reason_name(edge.reason),
                      .predicted_ns_per_row = edge.predicted_ns_per_row,
                      .measured_ns_per_row = edge.measured_ns_per_row,
                      .live_bytes_per_row = edge.live_bytes_per_row,
                      .alternatives = alternatives_json(edge),
                      .changes = {}};
    const std::string_view cut = edge.cut;
    const auto at = rows.find(cut.substr(0, cut.rfind('.')));
    if (!cut.empty() && at != rows.end() && edge.alternative.has_value()) {
      const auto stage_rows = static_cast<double>(at->second);
      record.predicted_gain_ns = (edge.alternative->predicted_ns_per_row - edge.predicted_ns_per_row) * stage_rows;
      if (edge.measured_gain_ns_per_row.has_value())
        record.measured_gain_ns = *edge.measured_gain_ns_per_row * stage_rows;
    }
    if (const uint64_t stage = std::strtoull(edge.cut.c_str(), nullptr, 10);
        !cut.empty() && std::ranges::count(cut, '.') == 1 && stage < reports.size())
      record.changes = fmt::format("{}", fmt::join(reports[stage].plan.changes, "; "));
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<RuleRecord> rule_records(const Trace& trace) {
  const RememberedEstimates remembered;  // one plan is mostly the one before
  std::vector<RuleRecord> records;
  std::optional<double> price_ns;  // of the plan in front of the rewrite: that behind the one before it
  for (const Trace::Rewrite& rewrite : trace.rewrites()) {
    if (!price_ns) price_ns = price_plan(*rewrite.before);
    const std::optional<double> after_ns = price_plan(*rewrite.after);
    auto known = std::ranges::find(records, rewrite.rule, &RuleRecord::rule);
    if (known == records.end()) known = records.insert(known, {rewrite.rule, 0, {}});
    ++known->fired;
    if (price_ns && after_ns) known->predicted_gain_ns = known->predicted_gain_ns.value_or(0) + *price_ns - *after_ns;
    price_ns = after_ns;
  }
  return records;
}

// The value's bytes behind a byte that says whether it is null; false: they would be more than `bytes_max`.
bool append_bytes(const Vector& column, uint32_t row, uint64_t bytes_max, std::string& to) {
  const bool valid = column.is_valid(row) && column.type != kNullType;
  to += valid ? 'v' : 'n';
  if (!valid) return true;
  const char* const at = column.as<char>() + uint64_t{column.index_of(row)} * width_bytes(column.type.id);
  return with_layout(column.type.id, [&](auto model) {
    using T = decltype(model);
    std::string_view bytes(at, sizeof(T));
    if constexpr (std::is_same_v<T, StringRef>) bytes = reinterpret_cast<const StringRef*>(at)->view();
    if (to.size() + bytes.size() > bytes_max) return false;
    to += bytes;
    return true;
  });
}

// A sum over rows, in which their places count where they have an order. nullopt: there are too many rows or bytes.
std::optional<uint64_t> hash_of(const RowsCore& rows, bool is_ordered) {
  constexpr uint64_t kBytesMax = uint64_t{1} << 20;
  if (rows.rows > kHashedRowsMax) return std::nullopt;
  uint64_t sum = 0, place = 0, bytes = 0;
  std::string text;
  for (const Batch& batch : rows.batches) {
    for (uint32_t row = 0; row < batch.rows; ++row) {
      text.clear();
      for (const Vector& column : batch.columns)
        if (!append_bytes(column, row, kBytesMax - bytes, text)) return std::nullopt;
      bytes += text.size();
      if (bytes > kBytesMax) return std::nullopt;
      sum += combine_hashes(is_ordered ? place++ : 0, hash_bytes(text.data(), text.size()));
    }
  }
  return sum;
}

bool has_order(const SinkNode& sink) {
  const auto* collect = std::get_if<CollectSink>(&sink);
  const auto* limit = std::get_if<LimitSink>(&sink);
  return std::holds_alternative<SortSink>(sink) || (collect != nullptr && collect->ordered) ||
         (limit != nullptr && limit->ordered);
}

}  // namespace

RunRecord run_record(const EndedRun& run) {
  static const auto* const processor = new std::string(processor_name());
  const std::string* plan = run.trace.find("logical");
  const std::string_view text = !run.session.statement.empty() || plan == nullptr ? run.session.statement : *plan;
  RunRecord record{.started_us = run.started_us,
                   .query_hash = hash_bytes(text.data(), text.size()),
                   .query = cut(text, kRecordedTextBytesMax),
                   .build = build_name(),
                   .processor = *processor,
                   .threads = run.settings.threads,
                   .settings = changed_settings(run.session, run.settings),
                   .wall_ns = run.wall_ns,
                   .peak_bytes = run.session.engine->budget.bytes_peak(),
                   .outcome = outcome_name(run.rows.ok() ? nullptr : &run.rows.error()),
                   .now_us = run.now_us};
  if (run.rows.ok())
    record.answer_hash = hash_of(*run.rows.value(), has_order(run.program.sinks[run.program.result].node));
  Program ran = run.program;
  take_cuts(run.stages, ran);
  add_stages(ran, run.stages, run.settings, "", record.stages);
  record.edges = edge_records(ran, *run.settings.fuse_options().machine, run.stages, record.stages);
  record.rules = rule_records(run.trace);
  return record;
}

}  // namespace headrace
