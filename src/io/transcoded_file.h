// io/transcoded_file.h — text of another encoding, read as UTF-8.
#pragma once

#include <memory>
#include <string>

#include "base/world.h"

namespace headrace {

enum class TextEncoding : uint8_t {
  kUtf8,
  kLatin1,   // ISO 8859-1: bytes are code points
  kUtf16,    // as its byte order mark says, little-endian without one
  kUtf16Le,
  kUtf16Be,
};

// Front to back, as a decompressed file (io/decompressed_file.h): reading in front of what was read begins again; its size is that of a
// very large file until its end was read. A byte order mark is left out. kBadInput: half a surrogate pair, half a unit; with the byte
// at which it lies. `encoding` is not kUtf8.
std::shared_ptr<ReadableFile> transcoded_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                              TextEncoding encoding);

}  // namespace headrace
