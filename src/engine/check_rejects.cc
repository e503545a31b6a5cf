#include "engine/check_rejects.h"

#include <fmt/format.h>

#include <map>

#include "expr/typing.h"
#include "runtime/scannable.h"

namespace headrace {
namespace {

using ScanByRejects = std::map<std::string, const FileRef*>;

bool reads_alike(const FileRef& left, const FileRef& right) {
  return left.path == right.path && left.format == right.format && left.options == right.options;
}

Error differ(const std::string& rejects, const FileRef& first, const FileRef& other) {
  const std::string found = first.path == other.path ? fmt::format("of '{}' with different options", first.path)
                                                     : fmt::format("of '{}' and of '{}'", first.path, other.path);
  return {ErrorCode::kInvalidPlan,
          fmt::format(
              "a file of rejects expects the records of one file read with the same options, '{}' would get those {}",
              rejects, found),
          to_text(other.where), "give each its own `rejects`"};
}

Status check_scans(const Plan& plan, ScanByRejects& known) {
  if (const auto* scan = std::get_if<ScanFile>(&plan.node)) {
    const auto* table = dynamic_cast<const ScannableTable*>(scan->table.get());
    const std::string rejects = table == nullptr ? "" : table->rejects_path();
    if (rejects.empty()) return kDone;
    const FileRef& first = *known.emplace(rejects, &scan->file).first->second;
    if (!reads_alike(first, scan->file)) return differ(rejects, first, scan->file);
  }
  for (const PlanPtr& input : inputs_of(plan)) TRY_STATUS(check_scans(*input, known));
  return kDone;
}

}  // namespace

Status check_rejects(const Plan& resolved) {
  ScanByRejects known;
  return check_scans(resolved, known);
}

}  // namespace headrace
