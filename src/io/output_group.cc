#include "io/output_group.h"

#include <utility>

#include <fmt/format.h>

#include "base/path_text.h"

namespace headrace {
namespace {

// "a/b/" → {"a", "b"}, "b" → {".", "b"}.
std::pair<std::string, std::string> split_path(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return {directory_of(path), name_of(path)};
}

bool lies_in(const std::string& path, const std::string& directory) {
  return path == directory || path.starts_with(directory + "/");
}

}  // namespace

// No output is another one, or lies in another one.
Status OutputGroup::take_path(const std::string& path) {
  const auto [around, name] = split_path(path);
  if (world_.kind(around) != FileKind::kDirectory)
    return Error{ErrorCode::kIo, "cannot write the output: the directory around it is missing", path,
                 "make it, or check the spelling; relative paths start at the working directory"};
  TRY(real, world_.real_path(around));
  const std::string absolute = real + "/" + name;
  for (const std::string& other : paths_)
    if (lies_in(absolute, other) || lies_in(other, absolute))
      return Error{ErrorCode::kInvalidPlan,
                   absolute == other ? "two outputs of one block have the same path"
                                     : "an output of the block lies in another one's directory",
                   path, "give each COPY a path of its own"};
  paths_.push_back(absolute);
  return kDone;
}

Result<std::unique_ptr<ByteOutput>> OutputGroup::file(const std::string& path) {
  const FileKind kind = world_.kind(path);
  if (kind == FileKind::kOther || kind == FileKind::kDirectory) return make_atomic_file(world_, path);
  const std::lock_guard lock(mutex_);
  TRY_STATUS(take_path(path));
  const auto [around, name] = split_path(path);
  TRY(real, world_.real_path(around));
  std::shared_ptr<OutputSet>& set = folders_[real];
  if (set == nullptr) {
    auto made = OutputSet::make_for_group(world_, around, OutputMode::kReplaceFiles);
    if (!made.ok()) {
      Error error = made.error();
      error.where = path;
      return error;
    }
    set = std::move(made.value());
    sets_.push_back(set);
  }
  return set->file(name);
}

Result<std::unique_ptr<ByteOutput>> OutputGroup::file_of_rejects(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (!rejects_.insert(path).second) return make_callback_output([](std::string_view) -> Status { return kDone; });
  }
  return file(path);
}

Result<std::shared_ptr<OutputSet>> OutputGroup::directory(const std::string& path, OutputMode mode) {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(take_path(path));
  TRY(made, OutputSet::make_for_group(world_, path, mode));
  sets_.push_back(std::move(made));
  return sets_.back();
}

Status OutputGroup::commit() {
  if (sets_.empty()) return kDone;
  OutputSet& first = *sets_.front();
  TRY(leader, first.place());
  std::vector<OutputPlace> others;
  for (const auto& set : sets_) {
    if (set == sets_.front()) continue;
    TRY(place, set->place());
    TRY_STATUS(set->prepare(leader));
    others.push_back(std::move(place));
  }
  TRY_STATUS(first.decide(others));
  for (const auto& set : sets_) set->keep();
  for (const auto& set : sets_) TRY_STATUS(set->show());
  for (const auto& set : sets_)
    if (set != sets_.front()) TRY_STATUS(set->end());
  return first.end();
}

}  // namespace headrace
