// io/decompressed_file.h — a compressed file, read as what it holds.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/world.h"
#include "state/budget.h"

namespace headrace {

// "gzip", "zstd", "bzip2", "xz", or "" for none: what `wanted` says, or for "auto" the ending of the path (.gz, .zst, .bz2, .xz).
std::string compression_of(std::string_view path, std::string_view wanted);
// The compression of a file that begins like this, or "".
std::string_view compression_of_bytes(std::string_view begin);

// The bytes that `stored` holds in this compression: streams of it one behind the other, up to its end. Reading on from where the last read ended is
// cheap; reading in front of it begins again. Its size is that of a very large file until its end was read. Errors of
// read_at: those of `stored`, and kBadInput with the path where the bytes are damaged, cut off, or of another compression.
//
// What a stream must remember (zstd: its window; xz: its dictionary, 128 MiB at most) is reserved when the stream begins: kLimit.
std::shared_ptr<ReadableFile> decompressed_file(std::shared_ptr<ReadableFile> stored, std::string path,
                                                std::string compression, MemoryBudget& budget);

}  // namespace headrace
