#include "app/cli/patterns.h"

#include <headrace/nearest_name.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include "app/cli/pattern_report.h"

namespace headrace {

namespace {

constexpr uint32_t kRuns = 15;  // that count, of either way

// A directory that goes away with what is in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const char* parent = std::getenv("TMPDIR");
    std::string path = std::string(parent != nullptr ? parent : "/tmp") + "/headrace-pattern-XXXXXX";
    if (::mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  const std::string& path() const { return path_; }  // empty: it could not be made

 private:
  std::string path_;
};

Status assign(Session& session, const FusionPattern::Run& run) {
  for (const auto& [name, value] : run.settings) TRY_STATUS(session.set(name, value));
  return kDone;
}

Status look_for(Session& session, const FusionPattern& pattern, const FusionPattern::Run& run, MeasuredRun& found) {
  TRY_STATUS(assign(session, run));
  TRY(text, session.explain(run.query, {.patterns = true}));
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin);
    const std::string line = text.substr(begin, end - begin);
    if (line.starts_with(pattern.name + ' ')) found.places.push_back(line.substr(line.find("stage")));
    begin = end + 1;
  }
  return kDone;
}

Status run_once(Session& session, const FusionPattern& pattern, const FusionPattern::Run& run, bool counts,
                MeasuredRun& measured) {
  TRY_STATUS(assign(session, run));
  TRY(rows, session.sql(run.query));
  TRY(answer, rows.to_text("csv"));
  if (!measured.answer.empty() && answer != measured.answer)
    return Error{ErrorCode::kMiscompiled, "two runs of the example gave different answers", pattern.name, ""};
  measured.answer = answer;
  const double ns = static_cast<double>(session.progress().elapsed_ns) / static_cast<double>(pattern.rows);
  if (counts) measured.ns_per_row = measured.ns_per_row == 0 ? ns : std::min(measured.ns_per_row, ns);
  return kDone;
}

Error unknown_pattern(const std::string& name, const std::vector<FusionPattern>& known) {
  std::vector<std::string_view> names;
  std::string all;
  for (const FusionPattern& one : known) {
    names.push_back(one.name);
    all += (all.empty() ? "" : ", ") + one.name;
  }
  std::string hint = did_you_mean(name, names);
  hint += (hint.empty() ? "patterns are " : " patterns are ") + all;
  return {ErrorCode::kInvalidPlan, "there is no pattern '" + name + "'", "command line", std::move(hint)};
}

}  // namespace

std::string pattern_list() {
  std::string out;
  for (const FusionPattern& one : fusion_patterns(""))
    out += one.name + std::string(20 - one.name.size(), ' ') + one.shape + "\n";
  return out;
}

Result<std::string> describe_pattern(const std::string& name, bool json, Session& session) {
  const TemporaryDirectory directory;
  const std::vector<FusionPattern> known = fusion_patterns(directory.path());
  const auto found = std::ranges::find(known, name, &FusionPattern::name);
  if (found == known.end()) return unknown_pattern(name, known);
  if (directory.path().empty()) return Error{ErrorCode::kIo, "a temporary directory cannot be made", "", "set TMPDIR"};
  const FusionPattern& pattern = *found;
  if (!pattern.prepare.empty()) {
    TRY(prepared, session.sql(pattern.prepare));
    (void)prepared;
  }
  MeasuredRun with, without;
  TRY_STATUS(look_for(session, pattern, pattern.with, with));
  TRY_STATUS(look_for(session, pattern, pattern.without, without));
  for (uint32_t run = 0; run <= kRuns; ++run) {  // the first of each makes code and fills caches
    TRY_STATUS(run_once(session, pattern, pattern.with, run > 0, with));
    TRY_STATUS(run_once(session, pattern, pattern.without, run > 0, without));
  }
  if (with.answer != without.answer)
    return Error{ErrorCode::kMiscompiled, "with the pattern and without, the example gave different answers", name, ""};
  return json ? to_json(pattern, with, without) : to_text(pattern, with, without, kRuns);
}

}  // namespace headrace
