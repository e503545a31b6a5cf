// Runs one stage of each query under every set of its cuts, and says how far the model's choice is from the best.
//
//   bench_regret_headrace SETUP.sql QUERY.sql…
//   prints a line for each query: {"cuts": of the stage that may be chosen, "sets": tried, "rows": into it, "ours_ns", "best_ns", "worst_ns": of a
//   worker in the stage, per row, "predicted_ns", "measured_ns": of our loops alone, "ours", "best": the loops}, or {"error": "…"}
//
// The stage is the one with the most steps. One thread, compiled code, which is there when the clock runs. HEADRACE_CALIBRATION names
// what `headrace calibrate` wrote.
#include <headrace/session.h>

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace headrace::bench {
namespace {

constexpr uint32_t kCutsMax = 10;
constexpr uint32_t kRuns = 3;  // of each set
constexpr uint32_t kRunsOfBest = 15;  // of the ten best and ours, in turn
constexpr size_t kBest = 10;

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What stands behind `"name": ` in the JSON object of a stage.
double number_of(const std::string& stage, const std::string& name) {
  const size_t at = stage.find("\"" + name + "\": ");
  return at == std::string::npos ? 0 : std::strtod(stage.c_str() + at + name.size() + 4, nullptr);
}

std::string text_in(const std::string& stage, const std::string& name) {
  const size_t begin = stage.find("\"" + name + "\": \"");
  if (begin == std::string::npos) return "";
  const size_t from = begin + name.size() + 5;
  return stage.substr(from, stage.find('"', from) - from);
}

struct StageRun {
  double rows, busy_ns, predicted_ns, measured_ns;  // the last two of its loops alone, per row
  std::string loops;
  double ns() const { return busy_ns / std::max(rows, 1.0); }
};

// One query: its stage, and which of its cuts are free.
class Trial {
 public:
  Trial(Session& session, std::string sql) : session_(session), sql_(std::move(sql)) {}

  Result<std::string> run() {
    if (const auto error = find_stage(); error.has_value()) return *error;
    if (const auto error = find_cuts(); error.has_value()) return *error;
    struct Set {
      uint32_t staged;  // bit by free cut
      double ns;
    };
    std::vector<Set> sets;
    for (uint32_t staged = 0; staged < uint32_t{1} << cuts_.size(); ++staged) {
      pin(staged);
      double least = 0;
      for (uint32_t run = 0; run < kRuns; ++run) {
        Result<StageRun> one = measure();
        if (!one.ok()) return one.error();
        least = run == 0 ? one.value().ns() : std::min(least, one.value().ns());
      }
      sets.push_back({staged, least});
    }
    std::ranges::sort(sets, {}, &Set::ns);
    const double worst = sets.back().ns;
    const size_t tried = sets.size();
    sets.resize(std::min(sets.size(), kBest));
    std::vector<double> best(sets.size(), 1e300);
    std::vector<std::string> loops(sets.size());
    StageRun ours{0, 1e300, 0, 0, ""};
    for (uint32_t run = 0; run < kRunsOfBest; ++run) {
      for (size_t i = 0; i < sets.size(); ++i) {
        pin(sets[i].staged);
        Result<StageRun> one = measure();
        if (!one.ok()) return one.error();
        best[i] = std::min(best[i], one.value().ns());
        loops[i] = one.value().loops;
      }
      unpin();
      Result<StageRun> one = measure();
      if (!one.ok()) return one.error();
      if (one.value().busy_ns < ours.busy_ns) ours = one.value();
    }
    const size_t least = static_cast<size_t>(std::ranges::min_element(best) - best.begin());
    char text[1024];
    std::snprintf(
        text, sizeof text,
        "{\"cuts\": %zu, \"sets\": %zu, \"rows\": %.0f, \"ours_ns\": %.4f, \"best_ns\": %.4f, \"worst_ns\": %.4f, "
        "\"predicted_ns\": %.4f, \"measured_ns\": %.4f, \"ours\": \"%s\", \"best\": \"%s\"}",
        cuts_.size(), tried, ours.rows, ours.ns(), std::min(best[least], ours.ns()), worst, ours.predicted_ns,
        ours.measured_ns, ours.loops.c_str(), best[least] <= ours.ns() ? loops[least].c_str() : ours.loops.c_str());
    return std::string(text);
  }

 private:
  std::string cut_name(uint32_t cut) const {
    return "fusion.edge." + std::to_string(stage_) + "." + std::to_string(cut);
  }

  Result<std::string> stage_text(bool analyze) {
    Result<std::string> text = session_.explain(sql_, {.stage = "", .fusion = false, .analyze = analyze, .json = true});
    if (!text.ok()) return text;
    const size_t at = text.value().find("{\"stage\": " + std::to_string(stage_) + ",");
    return text.value().substr(at);
  }

  std::optional<Error> find_stage() {
    unpin();
    double most = -1;
    Result<std::string> text = session_.explain(sql_, {.stage = "", .fusion = false, .analyze = false, .json = true});
    if (!text.ok()) return text.error();
    uint32_t stage = 0;
    for (size_t at = 0; (at = text.value().find("{\"stage\": ", at)) != std::string::npos; ++at, ++stage) {
      const double steps = number_of(text.value().substr(at), "steps");
      if (steps > most) {
        most = steps;
        stage_ = stage;
        steps_ = static_cast<uint32_t>(steps);
      }
    }
    return std::nullopt;
  }

  // A cut that may not be pinned to either is none.
  std::optional<Error> find_cuts() {
    for (uint32_t cut = 0; cut + 1 < steps_; ++cut) {
      if (const Status set = session_.set(cut_name(cut), "register"); !set.ok()) return set.error();
      const bool free = session_.explain(sql_, {}).ok();
      if (!session_.sql("RESET " + cut_name(cut)).ok()) std::abort();
      if (free) cuts_.push_back(cut);
    }
    if (cuts_.size() > kCutsMax)
      return Error{ErrorCode::kUnsupported, std::to_string(cuts_.size()) + " cuts are more than are tried", "", ""};
    return std::nullopt;
  }

  void pin(uint32_t staged) {
    for (size_t i = 0; i < cuts_.size(); ++i)
      if (!session_.set(cut_name(cuts_[i]), (staged >> i & 1) != 0 ? "staged" : "register").ok()) std::abort();
  }

  void unpin() {
    for (const uint32_t cut : cuts_)
      if (!session_.sql("RESET " + cut_name(cut)).ok()) std::abort();
  }

  Result<StageRun> measure() {
    Result<std::string> text = stage_text(true);
    if (!text.ok()) return text.error();
    return StageRun{number_of(text.value(), "rows_in"), number_of(text.value(), "busy_ns"),
                    number_of(text.value(), "predicted_ns_per_row"), number_of(text.value(), "measured_ns_per_row"),
                    text_in(text.value(), "loops")};
  }

  Session& session_;
  const std::string sql_;
  uint32_t stage_ = 0, steps_ = 0;
  std::vector<uint32_t> cuts_;
};

int fail(const Error& error) {
  std::fprintf(stderr, "%s\n", to_text(error).c_str());
  return 1;
}

int run(int count, char** arguments) {
  const char* calibration = std::getenv("HEADRACE_CALIBRATION");
  Engine engine({.threads = 0, .memory_limit_bytes = 0, .calibration = calibration == nullptr ? "" : calibration});
  Session session = engine.session();
  for (const auto& [name, value] : {std::pair("threads", "1"), std::pair("tier", "compiled")})
    if (const Status set = session.set(name, value); !set.ok()) return fail(set.error());
  if (const auto ready = session.sql(text_of(arguments[1])); !ready.ok()) return fail(ready.error());
  for (int query = 2; query < count; ++query) {
    const Result<std::string> line = Trial(session, text_of(arguments[query])).run();
    if (!line.ok()) return fail(line.error());
    std::printf("%s\n", line.value().c_str());
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  if (count < 3) {
    std::fprintf(stderr, "usage: bench_regret_headrace SETUP.sql QUERY.sql…\n");
    return 2;
  }
  return headrace::bench::run(count, arguments);
}
