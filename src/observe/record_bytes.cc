#include "observe/record_bytes.h"

#include <cstring>
#include <type_traits>

#include "base/hash.h"

namespace headrace {

namespace {

// In front of the fields: this, and the hash of all that follows. Another order of fields is another number.
constexpr uint64_t kMagic = 0x33304e5552444852ULL;  // "RHDRUN03"
constexpr size_t kHeaderBytes = 16;

class Writer {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  std::string bytes;

 private:
  template <class T>
    requires std::is_arithmetic_v<T>
  void put(T value) {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(uint64_t{text.size()});
    bytes += text;
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value.has_value()) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& items) {
    put(uint64_t{items.size()});
    for (const T& item : items) visit_fields(item, *this);
  }
};

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  bool complete() const { return good_ && bytes_.empty(); }

 private:
  std::string_view take(uint64_t count) {
    good_ = good_ && count <= bytes_.size();
    if (!good_) return {};
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  template <class T>
    requires std::is_arithmetic_v<T>
  void get(T& value) {
    if (const std::string_view from = take(sizeof value); good_) std::memcpy(&value, from.data(), from.size());
  }
  void get(bool& value) {
    uint8_t byte = 0;
    get(byte);
    value = byte != 0;
  }
  void get(std::string& text) {
    uint64_t size = 0;
    get(size);
    text = std::string(take(size));
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool there = false;
    get(there);
    if (there && good_) get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& items) {
    uint64_t count = 0;
    get(count);
    for (uint64_t i = 0; i < count && good_; ++i) visit_fields(items.emplace_back(), *this);
  }

  std::string_view bytes_;
  bool good_ = true;
};

// Of each record one function that says what its fields are, for both ways.
template <class T, class Record>
concept Of = std::is_same_v<std::remove_const_t<T>, Record>;

template <Of<StageRecord> T>
void visit_fields(T& s, auto& visit) {
  visit(s.stage, s.shape_hash, s.source, s.sink, s.rows_in, s.rows_out, s.morsels, s.busy_ns, s.wall_ns,
        s.predicted_ns_per_row, s.measured_ns_per_row, s.unfused_ns_per_row, s.bytes_materialised, s.batches,
        s.batch_p50_ns, s.batch_p99_ns, s.apart_batches, s.apart_p99_ns, s.queue_depth_mean, s.queue_depth_max,
        s.busiest_lane_ns, s.peak_bytes);
}
template <Of<EdgeRecord> T>
void visit_fields(T& e, auto& visit) {
  visit(e.from, e.to, e.cut, e.decision, e.reason, e.predicted_ns_per_row, e.measured_ns_per_row, e.predicted_gain_ns,
        e.measured_gain_ns, e.live_bytes_per_row, e.alternatives, e.changes);
}
template <Of<RuleRecord> T>
void visit_fields(T& r, auto& visit) {
  visit(r.rule, r.fired, r.predicted_gain_ns);
}
template <Of<RunRecord> T>
void visit_fields(T& r, auto& visit) {
  visit(r.started_us, r.query_hash, r.query, r.build, r.processor, r.threads, r.settings, r.wall_ns, r.peak_bytes,
        r.outcome, r.now_us, r.answer_hash, r.stages, r.edges, r.rules);
}

}  // namespace

std::string to_bytes(const RunRecord& run) {
  Writer fields;
  visit_fields(run, fields);
  Writer whole;
  whole(kMagic, hash_bytes(fields.bytes.data(), fields.bytes.size()));
  return whole.bytes + fields.bytes;
}

std::optional<RunRecord> run_from_bytes(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  uint64_t magic = 0, hash = 0;
  Reader header(bytes);
  header(magic, hash);
  bytes.remove_prefix(kHeaderBytes);
  if (magic != kMagic || hash != hash_bytes(bytes.data(), bytes.size())) return std::nullopt;
  RunRecord run;
  Reader fields(bytes);
  visit_fields(run, fields);
  return fields.complete() ? std::optional(std::move(run)) : std::nullopt;
}

}  // namespace headrace
