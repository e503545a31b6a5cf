// io/output_files.h — where a format's writer gets the files that it fills.
#pragma once

#include <functional>
#include <memory>

#include "io/byte_output.h"

namespace headrace {

struct OutputFiles {
  // The next file. A writer asks for another one only when it has committed the last.
  std::function<Result<std::unique_ptr<ByteOutput>>()> next;
  uint64_t file_bytes_max = ~uint64_t{0};  // a file with that many bytes is ended where the format can
};

// That one alone, which may be asked for once.
inline OutputFiles one_file(std::unique_ptr<ByteOutput> file) {
  auto held = std::make_shared<std::unique_ptr<ByteOutput>>(std::move(file));
  return {[held]() -> Result<std::unique_ptr<ByteOutput>> { return std::move(*held); }};
}

}  // namespace headrace
