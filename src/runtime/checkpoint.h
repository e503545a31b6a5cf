// runtime/checkpoint.h — a consistent cut of a running program: the state of its sinks and the positions of its sources as
// they were when one barrier had passed through every stage.
//
//   DIRECTORY/ID-sink-N.state    a sink's state in the versioned form of StateFiles, checksummed
//   DIRECTORY/MANIFEST           which of them belong together; replaced by rename, so that a reader sees the old or the new
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/world.h"

namespace headrace {

struct Manifest {
  uint64_t checkpoint_id = 0;
  std::map<uint32_t, std::string> source_positions;  // by stage
  std::map<uint32_t, std::string> state_paths;  // by sink
  std::map<uint32_t, int64_t> watermarks_us;  // by sink: the last it had seen
};

// kIo. The files that the manifest names are complete and synced before this is called.
Status write_manifest(World& world, const std::string& directory, const Manifest& manifest);
// write_manifest, and removes the files that only the manifest before it names, of those that lie in the directory.
Status replace_manifest(World& world, const std::string& directory, const Manifest& manifest);
// nullopt: there is none. kBadInput: damaged.
Result<std::optional<Manifest>> read_manifest(World& world, const std::string& directory);

}  // namespace headrace
