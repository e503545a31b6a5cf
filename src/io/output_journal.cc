#include "io/output_journal.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/path_text.h"
#include "io/percent_text.h"

namespace headrace {
namespace {

constexpr std::string_view kTitle = "headrace output journal 1\n";

// One line a path: what would end a line, and the sign itself, as %XX. percent_decoded() takes it back.
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

// "ID DIRECTORY".
std::optional<OutputPlace> parse_place(std::string_view text) {
  const size_t space = text.find(' ');
  if (space == 0 || space == std::string_view::npos || space + 1 == text.size()) return std::nullopt;
  const std::string_view id = text.substr(0, space);
  for (const char c : id)
    if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))) return std::nullopt;
  std::string directory = percent_decoded(text.substr(space + 1));
  if (directory.find('\0') != std::string::npos) return std::nullopt;
  return OutputPlace{std::move(directory), std::string(id)};
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

bool has_file(World& world, const std::string& staging, std::string_view name) {
  return world.kind(fmt::format("{}/{}", staging, name)) == FileKind::kRegular;
}

Result<OutputJournal> read_journal(World& world, const std::string& staging, std::string_view name) {
  const std::string path = fmt::format("{}/{}", staging, name);
  TRY(text, read_whole(world, path));
  return parse_journal(text, path);
}

using Complete = Status (*)(World&, const std::string&, const std::string&, const OutputJournal&);

// A part of what is to be done for one that its leader names. Whoever completes it too holds its lock for a moment only.
Status complete_prepared(World& world, const OutputPlace& place, const OutputPlace& leader, Complete part) {
  const std::string staging = staging_of(place.directory, place.id);
  if (world.kind(staging) != FileKind::kDirectory) return kDone;  // it was done before
  if (world.is_link(staging) || !world.is_trusted(staging, place.directory))
    return Error{ErrorCode::kIo, "cannot complete an interrupted write: a part of it belongs to someone else", staging,
                 "let that user read or write there"};
  TRY(lock, world.lock(staging + "/lock", /*waits=*/true));
  if (lock == nullptr || !has_file(world, staging, kPreparedName)) return kDone;
  TRY(journal, read_journal(world, staging, kPreparedName));
  if (journal.leader != leader) return kDone;
  return part(world, place.directory, place.id, journal);
}

// The staging directory's journal; the caller holds the lock.
Status complete_one(World& world, const std::string& directory, const std::string& id) {
  TRY(journal, read_journal(world, staging_of(directory, id), kJournalName));
  if (journal.others.empty()) return roll_forward(world, directory, id, journal);
  TRY(real, world.real_path(directory));
  for (const OutputPlace& other : journal.others) TRY_STATUS(complete_prepared(world, other, {real, id}, make_moves));
  TRY_STATUS(make_moves(world, directory, id, journal));
  for (const OutputPlace& other : journal.others) TRY_STATUS(complete_prepared(world, other, {real, id}, end_staging));
  return end_staging(world, directory, id, journal);
}

// What a prepared one's leader has decided. None: nothing.
Result<std::optional<OutputPlace>> decided_by(World& world, const std::string& directory, const std::string& id) {
  TRY(prepared, read_journal(world, staging_of(directory, id), kPreparedName));
  if (!prepared.leader.has_value()) return std::optional<OutputPlace>();
  const OutputPlace& leader = *prepared.leader;
  const std::string staging = staging_of(leader.directory, leader.id);
  if (!has_file(world, staging, kJournalName) || world.is_link(staging) || !world.is_trusted(staging, leader.directory))
    return std::optional<OutputPlace>();
  TRY(journal, read_journal(world, staging, kJournalName));
  TRY(real, world.real_path(directory));
  const bool named = std::ranges::find(journal.others, OutputPlace{real, id}) != journal.others.end();
  return named ? prepared.leader : std::optional<OutputPlace>();
}

// What one writer left that has ended, whose lock the caller has taken.
Status recover_one(World& world, const std::string& directory, const std::string& id, std::unique_ptr<FileLock> lock) {
  const std::string staging = staging_of(directory, id);
  if (has_file(world, staging, kJournalName)) return complete_one(world, directory, id);
  if (has_file(world, staging, kPreparedName)) {
    TRY(leader, decided_by(world, directory, id));
    if (leader.has_value()) {
      lock.reset();  // who completes all of it takes each lock
      TRY(leading, world.lock(staging_of(leader->directory, leader->id) + "/lock", /*waits=*/true));
      if (leading == nullptr || !has_file(world, staging_of(leader->directory, leader->id), kJournalName)) return kDone;
      return complete_one(world, leader->directory, leader->id);
    }
  }
  (void)remove_tree(world, staging).ok();  // what never existed may stay where we are not allowed to remove it
  return kDone;
}

}  // namespace

std::string journal_text(const OutputJournal& journal) {
  std::string text(kTitle);
  for (const std::string& path : journal.removed) text += "remove " + escaped(path) + "\n";
  for (const std::string& path : journal.moved) text += "move " + escaped(path) + "\n";
  for (const OutputPlace& other : journal.others)
    text += fmt::format("with {} {}\n", other.id, escaped(other.directory));
  if (journal.leader.has_value())
    text += fmt::format("led by {} {}\n", journal.leader->id, escaped(journal.leader->directory));
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
    at = line_end + 1;
    if (line.starts_with("with ") || line.starts_with("led by ")) {
      const auto place = parse_place(line.substr(line.starts_with("with ") ? 5 : 7));
      if (!place.has_value()) return damaged;
      if (line.starts_with("with "))
        journal.others.push_back(*place);
      else
        journal.leader = *place;
      continue;
    }
    const bool removed = line.starts_with("remove ");
    if (!removed && !line.starts_with("move ")) return damaged;
    std::string path = percent_decoded(line.substr(line.find(' ') + 1));
    if (!stays_below(path)) return damaged;
    (removed ? journal.removed : journal.moved).push_back(std::move(path));
  }
  return journal;
}

Status make_moves(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal) {
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
  return kDone;
}

Status end_staging(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal) {
  const std::string staging = staging_of(directory, id);
  TRY_STATUS(world.remove(fmt::format("{}/{}", staging, journal.leader.has_value() ? kPreparedName : kJournalName)));
  TRY_STATUS(world.sync_directory(staging));
  return remove_tree(world, staging);
}

Status roll_forward(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal) {
  TRY_STATUS(make_moves(world, directory, id, journal));
  return end_staging(world, directory, id, journal);
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
    const bool complete = has_file(world, path, kJournalName) || has_file(world, path, kPreparedName);
    auto lock = world.lock(path + "/lock", /*waits=*/complete);
    if (!lock.ok() && complete) return lock.error();
    if (!lock.ok() || lock.value() == nullptr) {
      (void)world.remove(path).ok();  // without a lock it is empty, or someone is about to make one
      continue;
    }
    TRY_STATUS(recover_one(world, directory, id, std::move(lock.value())));
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
