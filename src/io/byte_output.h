// io/byte_output.h — bytes on their way to a file that appears only when it is complete, or to the caller.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/world.h"

namespace headrace {

class ByteOutput {
 public:
  virtual ~ByteOutput() = default;
  virtual Status append(std::span<const char> bytes) = 0;
  virtual Status commit() = 0;    // once, after the last append
  virtual void abandon() = 0;     // instead of commit(); allowed twice
};

// A temporary file beside `path`, ".NAME.….partial", renamed to it by commit() after an fsync; destroyed uncommitted, it is removed. It is
// locked while its writer lives: the next one of the same path removes what a writer that was killed has left. A path that exists
// and is no regular file (/dev/stdout, a pipe) is written directly.
Result<std::unique_ptr<ByteOutput>> make_atomic_file(World& world, const std::string& path);

// Hands bytes on as they come; commit and abandon do nothing.
using Output = std::function<Status(std::string_view bytes)>;
std::unique_ptr<ByteOutput> make_callback_output(Output output);

}  // namespace headrace
