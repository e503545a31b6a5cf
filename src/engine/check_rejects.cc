#include "engine/check_rejects.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>

#include "expr/typing.h"
#include "runtime/scannable.h"

namespace headrace {
namespace {

struct Found {
  std::map<std::string, const FileRef*> by_rejects;
  std::map<std::string, std::string>
      others;  // what the query reads and writes: path in one spelling, as it was written
};

Error differ(const std::string& rejects, const FileRef& first, const FileRef& other) {
  const std::string found = first.path == other.path ? fmt::format("of '{}' with different options", first.path)
                                                     : fmt::format("of '{}' and of '{}'", first.path, other.path);
  return {ErrorCode::kInvalidPlan,
          fmt::format(
              "a file of rejects expects the records of one file read with the same options, '{}' would get those {}",
              rejects, found),
          to_text(other.where), "give each its own `rejects`"};
}

// As ScannableTable::rejects_path spells it.
void add_other(const std::string& path, Found& found) {
  std::error_code ignored;
  const auto spelled = std::filesystem::weakly_canonical(path, ignored);
  found.others.emplace(ignored ? path : spelled.string(), path);
}

Status find_files(const Plan& plan, Found& found) {
  if (const auto* write = std::get_if<Write>(&plan.node)) add_other(write->path, found);
  if (const auto* scan = std::get_if<ScanFile>(&plan.node)) {
    add_other(scan->file.path, found);
    const auto* table = dynamic_cast<const ScannableTable*>(scan->table.get());
    const std::string rejects = table == nullptr ? "" : table->rejects_path();
    if (rejects.empty()) return kDone;
    const FileRef& first = *found.by_rejects.emplace(rejects, &scan->file).first->second;
    if (!first.reads_as(scan->file)) return differ(rejects, first, scan->file);
  }
  for (const PlanPtr& input : inputs_of(plan)) TRY_STATUS(find_files(*input, found));
  return kDone;
}

}  // namespace

Status check_rejects(const Plan& resolved) {
  Found found;
  TRY_STATUS(find_files(resolved, found));
  for (const auto& [rejects, scan] : found.by_rejects) {
    const auto other = found.others.find(rejects);
    if (other != found.others.end())
      return Error{
          ErrorCode::kInvalidPlan,
          fmt::format("a file of rejects expects a path of its own, '{}' is a file that the query reads or writes",
                      other->second),
          to_text(scan->where), "give `rejects` another path"};
  }
  return kDone;
}

}  // namespace headrace
