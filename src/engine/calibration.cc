#include "engine/calibration.h"

#include <fmt/format.h>

#include "base/path_text.h"
#include "execute/calibrate.h"
#include "io/byte_output.h"

namespace headrace {
namespace {

constexpr uint64_t kFileBytesMax = uint64_t{4} << 20;

Result<Machine> read_machine(World& world, const std::string& path) {
  TRY(file, world.open(path));
  if (file->size_bytes() > kFileBytesMax)
    return Error{ErrorCode::kBadInput, fmt::format("{} bytes are no calibration", file->size_bytes()), path, ""};
  std::string text(file->size_bytes(), '\0');
  TRY(bytes, file->read_at(0, text));
  text.resize(bytes);
  TRY(machine, parse_machine(text));
  if (machine.processor != processor_name())
    return Error{ErrorCode::kBadInput, fmt::format("it is of another processor, {}", machine.processor), path, ""};
  return std::move(machine);
}

}  // namespace

KnownMachine read_calibration(World& world, const std::string& path) {
  const auto compiled_in = [](std::string_view why) {
    return KnownMachine{nullptr, fmt::format("compiled in ({}); headrace calibrate measures this machine", why)};
  };
  if (path.empty()) return compiled_in("no calibration was asked for");
  if (world.kind(path) == FileKind::kMissing) return compiled_in(fmt::format("there is no {}", path));
  auto machine = read_machine(world, path);
  if (!machine.ok()) return compiled_in(fmt::format("{}: {}", path, machine.error().message));
  return {std::make_shared<const Machine>(std::move(machine.value())), fmt::format("measured ({})", path)};
}

Status check_writable(World& world, const std::string& path) {
  TRY_STATUS(world.make_directory(directory_of(path)));
  const auto file = make_atomic_file(world, path);  // which leaves nothing behind unless it is committed
  return file.ok() ? kDone : Status(file.error());
}

Status write_calibration(World& world, const Machine& machine, const std::string& path) {
  TRY_STATUS(world.make_directory(directory_of(path)));
  const std::string text = to_text(machine);
  TRY(file, make_atomic_file(world, path));
  TRY_STATUS(file->append(text));
  return file->commit();
}

}  // namespace headrace
