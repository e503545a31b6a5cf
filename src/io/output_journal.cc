#include "io/output_journal.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"

namespace headrace {
namespace {

constexpr std::string_view kTitle = "headrace output journal 1\n";

std::string directory_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// One line a path: what would end a line, and the sign itself, as %XX.
std::string escaped(std::string_view path) {
  std::string text;
  for (const char c : path) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '%')
      text += fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    else
      text += c;
  }
  return text;
}

std::string unescaped(std::string_view text) {
  std::string path;
  for (size_t at = 0; at < text.size(); ++at) {
    unsigned code = 0;
    const char* digits = text.data() + at + 1;
    if (text[at] == '%' && at + 2 < text.size() && std::from_chars(digits, digits + 2, code, 16).ptr == digits + 2) {
      path += static_cast<char>(code);
      at += 2;
    } else {
      path += text[at];
    }
  }
  return path;
}

std::string checksum_of(std::string_view text) { return fmt::format("{:016x}", hash_bytes(text.data(), text.size())); }

bool stays_below(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos) return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view name = path.substr(begin, end - begin);
    if (name.empty() || name == "." || name == ".." || name == kStagingName) return false;
    begin = end + 1;
  }
  return true;
}

Result<std::string> read_whole(World& world, const std::string& path) {
  TRY(file, world.open(path));
  std::string text(file->size_bytes(), '\0');
  TRY(got, file->read_at(0, text));
  text.resize(got);
  return text;
}

// A link on the way would lead out of the directory.
Status refuse_links(World& world, const std::string& directory, const std::string& path) {
  for (size_t slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    const std::string folder = directory + "/" + path.substr(0, slash);
    if (world.is_link(folder))
      return Error{ErrorCode::kIo, "cannot complete an interrupted write through a symbolic link", folder,
                   "make it a directory, and read or write again"};
  }
  return kDone;
}

std::string staging_of(const std::string& directory, const std::string& id) {
  return fmt::format("{}/{}/{}", directory, kStagingName, id);
}

// Whether the staging directory's journal is there.
Result<bool> complete_one(World& world, const std::string& directory, const std::string& id) {
  const std::string path = staging_of(directory, id) + "/journal";
  if (world.kind(path) != FileKind::kRegular) return false;
  TRY(text, read_whole(world, path));
  TRY(journal, parse_journal(text, path));
  TRY_STATUS(roll_forward(world, directory, id, journal));
  return true;
}

}  // namespace

std::string journal_text(const OutputJournal& journal) {
  std::string text(kTitle);
  for (const std::string& path : journal.removed) text += "remove " + escaped(path) + "\n";
  for (const std::string& path : journal.moved) text += "move " + escaped(path) + "\n";
  return text + "end " + checksum_of(text) + "\n";
}

Result<OutputJournal> parse_journal(std::string_view text, const std::string& where) {
  const Error damaged{ErrorCode::kBadInput, "the journal of an interrupted write is damaged", where,
                      "remove this file's directory to give up what was being written"};
  const size_t end = text.rfind("end ");
  if (!text.starts_with(kTitle) || end == std::string_view::npos || text[end - 1] != '\n' ||
      text.substr(end) != "end " + checksum_of(text.substr(0, end)) + "\n")
    return damaged;
  OutputJournal journal;
  for (size_t at = kTitle.size(); at < end;) {
    const size_t line_end = text.find('\n', at);
    const std::string_view line = text.substr(at, line_end - at);
    const bool removed = line.starts_with("remove ");
    if (!removed && !line.starts_with("move ")) return damaged;
    std::string path = unescaped(line.substr(line.find(' ') + 1));
    if (!stays_below(path)) return damaged;
    (removed ? journal.removed : journal.moved).push_back(std::move(path));
    at = line_end + 1;
  }
  return journal;
}

Status roll_forward(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal) {
  const std::string staging = staging_of(directory, id);
  std::set<std::string> changed;  // directories
  const auto note = [&](const std::string& path) {
    for (std::string folder = directory_of(directory + "/" + path); folder.size() >= directory.size();
         folder = directory_of(folder)) {
      if (!changed.insert(folder).second || folder == directory) break;
    }
  };
  for (const std::string& path : journal.removed) {
    TRY_STATUS(refuse_links(world, directory, path));
    TRY_STATUS(world.remove(directory + "/" + path));
    note(path);
  }
  for (const std::string& path : journal.moved) {
    const std::string from = fmt::format("{}/data/{}{}", staging, path, kPartial), to = directory + "/" + path;
    TRY_STATUS(refuse_links(world, directory, path));
    note(path);
    if (world.kind(from) == FileKind::kMissing) continue;  // it was moved before the end
    TRY_STATUS(world.make_directory(directory_of(to)));
    TRY_STATUS(world.move(from, to));
  }
  // What lost its last file; those that have others stay.
  for (const std::string& path : journal.removed)
    for (std::string folder = directory_of(path); folder != "." && folder != "/"; folder = directory_of(folder))
      if (!world.remove(directory + "/" + folder).ok()) break;
  if (changed.size() > kSyncedAloneMax) TRY_STATUS(world.sync_all(directory));
  for (const std::string& folder : changed)
    if (changed.size() <= kSyncedAloneMax && world.kind(folder) == FileKind::kDirectory)
      TRY_STATUS(world.sync_directory(folder));
  TRY_STATUS(world.remove(staging + "/journal"));
  TRY_STATUS(world.sync_directory(staging));
  return remove_tree(world, staging);
}

Status remove_tree(World& world, const std::string& path) {
  if (world.kind(path) == FileKind::kDirectory && !world.is_link(path)) {
    TRY(names, world.list(path));
    // The lock last: nobody takes up a directory that is half gone.
    if (std::erase(names, "lock") > 0) names.push_back("lock");
    for (const std::string& name : names) TRY_STATUS(remove_tree(world, path + "/" + name));
  }
  return world.remove(path);
}

Status recover_outputs(World& world, const std::string& directory) {
  const std::string staging = fmt::format("{}/{}", directory, kStagingName);
  if (world.kind(staging) != FileKind::kDirectory || world.is_link(staging)) return kDone;
  const auto ids = world.list(staging);
  if (!ids.ok()) return kDone;
  for (const std::string& id : ids.value()) {
    const std::string path = staging + "/" + id;
    if (world.is_link(path) || !world.is_trusted(path, directory)) continue;
    // Whoever has a journal holds the lock for a moment only.
    const bool complete = world.kind(path + "/journal") == FileKind::kRegular;
    const auto lock = world.lock(path + "/lock", /*waits=*/complete);
    if (!lock.ok() && complete) return lock.error();
    if (!lock.ok() || lock.value() == nullptr) {
      (void)world.remove(path).ok();  // without a lock it is empty, or someone is about to make one
      continue;
    }
    TRY(completed, complete_one(world, directory, id));
    // What never existed may stay where we are not allowed to remove it.
    if (!completed) (void)remove_tree(world, path).ok();
  }
  (void)world.remove(staging).ok();  // others may be using it
  return kDone;
}

Status recover_outputs_around(World& world, const std::string& path) {
  for (std::string folder = path;; folder = directory_of(folder)) {
    TRY_STATUS(recover_outputs(world, folder.empty() ? "." : folder));
    if (folder.empty() || folder == "." || folder == "/") return kDone;
  }
}

}  // namespace headrace
