#include "io/import_stream.h"

#include <fmt/format.h>

#include "io/arrow_memory.h"

namespace headrace {
namespace {

Error stream_error(ArrowArrayStream* stream, const std::string& name) {
  const char* text = stream->get_last_error(stream);
  return {ErrorCode::kIo, fmt::format("the Arrow stream failed: {}", text == nullptr ? "it does not say why" : text),
          name, ""};
}

struct StreamRelease {
  ArrowArrayStream* stream;
  ArrowSchema schema{};
  explicit StreamRelease(ArrowArrayStream* the_stream) : stream(the_stream) {}
  StreamRelease(const StreamRelease&) = delete;
  StreamRelease& operator=(const StreamRelease&) = delete;
  ~StreamRelease() {
    if (schema.release != nullptr) schema.release(&schema);
    if (stream->release != nullptr) stream->release(stream);
  }
};

// A column that came without its nulls' bitmap may still be declared nullable; one that is not must have none.
Status check_nulls(const Schema& schema, const Chunk& chunk, const std::string& name) {
  for (size_t index = 0; index < schema.size(); ++index)
    if (!schema[index].nullable && chunk.columns[index].validity != nullptr)
      return Error{ErrorCode::kBadInput,
                   fmt::format("column '{}' holds nulls, but its schema says that it has none", schema[index].name),
                   name, ""};
  return kDone;
}

}  // namespace

Result<std::shared_ptr<const MemoryTable>> import_memory_table(std::string name, ArrowArrayStream* stream,
                                                               MemoryBudget& budget) {
  StreamRelease release(stream);
  if (stream->get_schema(stream, &release.schema) != 0) return stream_error(stream, name);
  Result<Schema> schema = import_schema(release.schema);
  if (!schema.ok()) {
    Error error = schema.error();
    error.where = name;
    return error;
  }
  std::vector<Chunk> chunks;
  uint64_t rows = 0;
  const ArrowImport import{budget_allocator(budget, "table in memory"), true, nullptr,
                           [&](uint64_t row) { return fmt::format("{}, row {}", name, rows + row + 1); }};
  while (true) {
    ArrowArray array{};
    if (stream->get_next(stream, &array) != 0) return stream_error(stream, name);
    if (array.release == nullptr) break;
    TRY(chunk, import_chunk(&array, release.schema, import));
    TRY_STATUS(check_nulls(schema.value(), chunk, name));
    rows += chunk.rows;
    if (chunk.rows > 0) chunks.push_back(std::move(chunk));
  }
  return std::make_shared<const MemoryTable>(std::move(name), std::move(schema.value()), std::move(chunks));
}

}  // namespace headrace
