#include "io/file_names.h"

#include "io/connector/connectors.h"
#include "io/output_journal.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr uint32_t kFolderDepthMax = 64;

// One character against [abc], [a-c], [!a]; `at` is behind the bracket and goes behind the closing one.
bool set_holds(std::string_view pattern, size_t& at, char c) {
  bool negated = false, holds = false;
  if (at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^')) {
    negated = true;
    ++at;
  }
  for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
    const char low = pattern[at++];
    char high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = pattern[at + 1];
      at += 2;
    }
    holds = holds || (low <= c && c <= high);
  }
  at = std::min(at + 1, pattern.size());
  return holds != negated;
}

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    segments.emplace_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return segments;
}

class Search {
 public:
  Search(World& world, std::vector<std::string> segments) : world_(world), segments_(std::move(segments)) {}

  // Everything below `folder` (with its slash, or empty) that fits the segments from `at` on.
  Status visit(const std::string& folder, size_t at, uint32_t depth) {
    if (depth > kFolderDepthMax)
      return Error{ErrorCode::kLimit, fmt::format("folders are nested more than {} deep", kFolderDepthMax), folder, ""};
    const std::string& segment = segments_[at];
    const bool last = at + 1 == segments_.size();
    if (segment == "**" && !last) {
      TRY_STATUS(visit(folder, at + 1, depth));
      return visit_folders(folder, at, depth);
    }
    if (!is_file_pattern(segment)) {
      const std::string path = folder + segment;
      const FileKind kind = world_.kind(path.empty() ? "/" : path);
      if (last && (kind == FileKind::kRegular || kind == FileKind::kOther)) found.push_back(path);
      if (!last && kind == FileKind::kDirectory) return visit(path + "/", at + 1, depth + 1);
      return kDone;
    }
    TRY(names, list(folder));
    for (const std::string& name : names) {
      if (!name_fits(segment, name)) continue;
      const FileKind kind = world_.kind(folder + name);
      if (last && kind == FileKind::kRegular) found.push_back(folder + name);
      if (!last && kind == FileKind::kDirectory) TRY_STATUS(visit(folder + name + "/", at + 1, depth + 1));
    }
    return kDone;
  }

  std::vector<std::string> found;

 private:
  // Behind writes that ended half-way.
  Result<std::vector<std::string>> list(const std::string& folder) {
    const std::string path = folder.empty() ? "." : folder;
    TRY(names, world_.list(path));
    if (!std::ranges::binary_search(names, kStagingName)) return std::move(names);
    TRY_STATUS(recover_outputs(world_, path));
    return world_.list(path);
  }
  Status visit_folders(const std::string& folder, size_t at, uint32_t depth) {
    TRY(names, list(folder));
    for (const std::string& name : names)
      if (!name.starts_with('.') && world_.kind(folder + name) == FileKind::kDirectory)
        TRY_STATUS(visit(folder + name + "/", at, depth + 1));
    return kDone;
  }

  World& world_;
  const std::vector<std::string> segments_;
};

Result<std::vector<std::string>> matching(World& world, const std::string& pattern) {
  std::vector<std::string> segments = segments_of(pattern);
  std::string folder;
  if (pattern.starts_with('/')) {
    folder = "/";
    segments.erase(segments.begin());
  }
  Search search(world, std::move(segments));
  TRY_STATUS(search.visit(folder, 0, 0));
  if (search.found.empty())
    return Error{ErrorCode::kIo, "no file fits the pattern", pattern,
                 "* and ? stand for parts of a name, ** for folders"};
  std::sort(search.found.begin(), search.found.end());
  search.found.erase(std::unique(search.found.begin(), search.found.end()), search.found.end());
  return std::move(search.found);
}

// The strings of ['a', 'b'], as SQL quotes them.
Result<std::vector<std::string>> listed(const std::string& list) {
  const Error broken{ErrorCode::kInvalidPlan,
                     fmt::format("expected a list of file names such as ['a.csv', 'b.csv'], found {}", list), "", ""};
  std::vector<std::string> paths;
  size_t at = 1;
  const auto skip_blanks = [&] { at = std::min(list.find_first_not_of(" \t\r\n", at), list.size()); };
  for (skip_blanks(); at < list.size() && list[at] != ']'; skip_blanks()) {
    if (!paths.empty()) {
      if (list[at++] != ',') return broken;
      skip_blanks();
    }
    if (at >= list.size() || list[at] != '\'') return broken;
    std::string path;
    for (++at; at < list.size() && (list[at] != '\'' || (at + 1 < list.size() && list[at + 1] == '\'')); ++at) {
      if (list[at] == '\'') ++at;
      path += list[at];
    }
    ++at;
    if (path.empty()) return broken;
    paths.push_back(std::move(path));
  }
  if (paths.empty()) return broken;
  return paths;
}

}  // namespace

bool is_file_list(std::string_view path) { return path.starts_with('[') && path.ends_with(']'); }
bool is_file_pattern(std::string_view path) { return path.find_first_of("*?[") != std::string_view::npos; }

bool name_fits(std::string_view pattern, std::string_view name) {
  if (name.starts_with('.') && !pattern.starts_with('.')) return false;
  // A star takes one character more whenever what follows it does not fit.
  size_t at = 0, in_name = 0, star = std::string_view::npos, star_name = 0;
  while (in_name < name.size()) {
    size_t next = at + 1;
    bool fits = false;
    if (at < pattern.size()) {
      if (pattern[at] == '*') {
        star = at++;
        star_name = in_name;
        continue;
      }
      fits = pattern[at] == '?' ||
             (pattern[at] == '[' ? set_holds(pattern, next, name[in_name]) : pattern[at] == name[in_name]);
    }
    if (fits) {
      at = next;
      ++in_name;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      in_name = ++star_name;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

Result<std::vector<std::string>> file_names(World& world, const std::string& path) {
  if (is_url(path)) {
    if (path.find('*') == std::string::npos) return std::vector<std::string>{path};
    return Error{ErrorCode::kUnsupported, "a pattern cannot be matched over http: servers do not list their files",
                 path, "name the files in a list: ['https://…/a.parquet', 'https://…/b.parquet']"};
  }
  if (!is_file_list(path)) {
    const size_t folder = path.rfind('/', path.find_first_of("*?["));
    TRY_STATUS(recover_outputs_around(world, folder == std::string::npos ? "." : path.substr(0, folder)));
    if (!is_file_pattern(path) || world.kind(path) != FileKind::kMissing) return std::vector<std::string>{path};
    return matching(world, path);
  }
  if (world.kind(path) == FileKind::kRegular) return std::vector<std::string>{path};
  TRY(paths, listed(path));
  std::vector<std::string> all;
  for (const std::string& one : paths) {
    TRY(names,
        is_file_list(one) ? Result<std::vector<std::string>>(std::vector<std::string>{one}) : file_names(world, one));
    all.insert(all.end(), names.begin(), names.end());
  }
  return all;
}

}  // namespace headrace
