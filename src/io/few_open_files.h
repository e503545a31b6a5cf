// io/few_open_files.h — a World whose files are closed when others are read and opened again at their next read, so that
// a table over thousands of files needs few descriptors.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/world_around.h"

namespace headrace {

// At most `open_max` of the files that open() gave are open at a time, beside those that are being read. A file that is
// another one when it is opened again, or was written meanwhile, is kIo. The files may outlive this, but not `world`.
class FewOpenFiles final : public WorldAround {
 public:
  FewOpenFiles(World& world, uint32_t open_max);
  ~FewOpenFiles() override;

  Result<std::unique_ptr<ReadableFile>> open(const std::string& path) override;

 private:
  class OpenFiles;
  class File;

  const std::shared_ptr<OpenFiles> files_;
};

}  // namespace headrace
