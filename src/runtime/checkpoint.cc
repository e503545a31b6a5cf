#include "runtime/checkpoint.h"

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "base/hash.h"

namespace headrace {

namespace {

constexpr uint64_t kManifestBytesMax = uint64_t{16} << 20;

std::string manifest_path(const std::string& directory) { return directory + "/MANIFEST"; }

std::string hex(const std::string& bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text.empty() ? "-" : text;
}

std::optional<std::string> unhex(const std::string& text) {
  std::string bytes;
  if (text == "-") return bytes;
  if (text.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1); };
  for (size_t i = 0; i < text.size(); i += 2) {
    if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) return std::nullopt;
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

Error damaged(const std::string& directory) {
  return {ErrorCode::kBadInput, "the checkpoint's manifest is damaged", manifest_path(directory),
          "restore from an earlier copy of the directory"};
}

}  // namespace

Status write_manifest(World& world, const std::string& directory, const Manifest& manifest) {
  std::string text = fmt::format("headrace checkpoint 1\nid {}\n", manifest.checkpoint_id);
  for (const auto& [stage, position] : manifest.source_positions)
    text += fmt::format("source {} {}\n", stage, hex(position));
  for (const auto& [sink, path] : manifest.state_paths) text += fmt::format("state {} {}\n", sink, hex(path));
  for (const auto& [sink, time_us] : manifest.watermarks_us) text += fmt::format("watermark {} {}\n", sink, time_us);
  text += fmt::format("checksum {:016x}\n", hash_bytes(text.data(), text.size()));
  const std::string temporary = manifest_path(directory) + ".part";
  TRY(file, world.create(temporary));
  TRY_STATUS(file->append(text));
  TRY_STATUS(file->sync());
  TRY_STATUS(file->close());
  return world.rename(temporary, manifest_path(directory));
}

Result<std::optional<Manifest>> read_manifest(World& world, const std::string& directory) {
  const std::string path = manifest_path(directory);
  if (world.kind(path) == FileKind::kMissing) return std::optional<Manifest>();
  TRY(file, world.open(path));
  if (file->size_bytes() > kManifestBytesMax) return damaged(directory);
  std::string text(file->size_bytes(), '\0');
  TRY(read, file->read_at(0, text));
  if (read != text.size()) return damaged(directory);
  const size_t last = text.rfind("checksum ");
  if (last == std::string::npos ||
      text.substr(last) != fmt::format("checksum {:016x}\n", hash_bytes(text.data(), last)))
    return damaged(directory);
  Manifest manifest;
  std::istringstream lines(text.substr(0, last));
  std::string word, header;
  std::getline(lines, header);
  if (header != "headrace checkpoint 1") return damaged(directory);
  while (lines >> word) {
    if (word == "id") {
      lines >> manifest.checkpoint_id;
      continue;
    }
    uint32_t number = 0;
    if (word == "watermark") {
      int64_t time_us = 0;
      lines >> number >> time_us;
      if (!lines) return damaged(directory);
      manifest.watermarks_us[number] = time_us;
      continue;
    }
    std::string bytes;
    lines >> number >> bytes;
    const auto decoded = unhex(bytes);
    if (!lines || !decoded.has_value() || (word != "source" && word != "state")) return damaged(directory);
    (word == "source" ? manifest.source_positions : manifest.state_paths)[number] = *decoded;
  }
  return std::optional<Manifest>(std::move(manifest));
}

Status replace_manifest(World& world, const std::string& directory, const Manifest& manifest) {
  const auto before = read_manifest(world, directory);
  TRY_STATUS(write_manifest(world, directory, manifest));
  if (!before.ok() || !before.value().has_value()) return kDone;
  std::set<std::string> kept;
  for (const auto& [sink, path] : manifest.state_paths) kept.insert(path);
  for (const auto& [sink, path] : before.value()->state_paths) {
    const bool inside = path.starts_with(directory + "/") && path.find('/', directory.size() + 1) == std::string::npos;
    if (inside && !kept.contains(path)) TRY_STATUS(world.remove(path));
  }
  return kDone;
}

}  // namespace headrace
