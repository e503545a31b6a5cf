// io/output_journal.h — how several files below a directory appear together, whatever ends the process meanwhile.
//
// A writer has a staging directory DIRECTORY/.headrace/ID of its own, with
//   lock     held as long as the writer lives
//   data/    new files under the names that they will have below DIRECTORY, and `.partial` behind them
//   journal  what is to be removed below DIRECTORY and what is to be moved there, with a checksum. It appears by a rename when
//            everything in data/ is on stable storage: from then on the output exists
// After that the moves are made, which may be done twice, and the staging directory goes, journal first.
//
// Several such directories appear together when one of them, the leader, decides. The others have instead of a journal
//   prepared  the same, and where the leader is
// and the leader's journal, written when all are prepared, says where they are. From then on all outputs exist. No staging directory goes
// before all moves are made, and the leader's goes last: who finds a prepared one completes all when its leader has a journal, else removes
// it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"

namespace headrace {

inline constexpr std::string_view kStagingName = ".headrace";

// More files or directories than that are synced by one call for all.
inline constexpr uint64_t kSyncedAloneMax = 16;

// DIRECTORY/.headrace/ID.
struct OutputPlace {
  std::string directory;  // absolute
  std::string id;
  friend bool operator==(const OutputPlace&, const OutputPlace&) = default;
};

struct OutputJournal {
  std::vector<std::string> removed;  // below the directory; they are gone before anything is moved
  std::vector<std::string> moved;  // below the directory and, with kPartial, below data/; files, or whole directories
  std::vector<OutputPlace> others = {};  // of a leader
  std::optional<OutputPlace> leader = {};  // of one that is prepared
};
inline constexpr std::string_view kPartial = ".partial";
inline constexpr std::string_view kJournalName = "journal";
inline constexpr std::string_view kPreparedName = "prepared";

std::string journal_text(const OutputJournal& journal);
// kBadInput: it is damaged, or names a path outside of the directory.
Result<OutputJournal> parse_journal(std::string_view text, const std::string& where);

// Makes the moves of `journal`, and removes DIRECTORY/.headrace/ID. The caller holds its lock.
Status make_moves(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal);
Status end_staging(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal);
// Both.
Status roll_forward(World& world, const std::string& directory, const std::string& id, const OutputJournal& journal);

// What writers left in DIRECTORY/.headrace that have ended: with a journal their output is completed, without one it is
// removed. Waits for a writer that is moving its files. kIo: an output that exists cannot be completed.
Status recover_outputs(World& world, const std::string& directory);
// The same for each directory on the way to `path`, and for itself.
Status recover_outputs_around(World& world, const std::string& path);

// Removes a directory with all that is in it, following no links.
Status remove_tree(World& world, const std::string& path);

}  // namespace headrace
