// io/format/json_reader.h — the rows of one block of a JSON file.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "io/counted_file.h"
#include "io/format/bad_rows.h"
#include "io/format/json_file.h"
#include "io/format/json_records.h"
#include "runtime/message.h"
#include "types/arrow_c.h"
#include "types/chunk.h"

namespace headrace {

// What all readers of one scan share.
struct JsonScan {
  std::shared_ptr<const JsonFile> file;
  std::vector<uint32_t> slots;    // columns of the file that are read, ascending
  std::vector<JsonShape> shapes;  // by slot
  std::vector<uint8_t> checked;   // by slot
  std::vector<uint32_t> outputs;  // slots, in output order
  MemoryBudget* budget = nullptr;
  AllocateBytes allocate;
  const CancelToken* cancel = nullptr;
  BadRowPolicy policy = BadRowPolicy::kFail;
  std::shared_ptr<ReadCounters> reads = std::make_shared<ReadCounters>();

  std::mutex mutex;                                  // guards what follows
  std::vector<std::unique_ptr<JsonRecords>> idle;    // for the next reader
  bool is_claimed = false;                           // there will be none
};

class JsonMorselReader final : public MorselReader {
 public:
  // `bad`: where bad records go; nullptr: nowhere.
  JsonMorselReader(std::shared_ptr<JsonScan> scan, JsonBlock block, uint64_t morsel,
                   std::unique_ptr<MorselBadRows> bad);
  ~JsonMorselReader() override;

  uint64_t morsel() const override { return morsel_; }
  Result<bool> next(uint32_t rows_max, Batch& out) override;
  // Rows up to `row` must have been read: the line of it, counted from the block's begin.
  uint64_t line_in_block(uint64_t row) const;

 private:
  struct Memory;
  Status decode();
  Result<uint32_t> decode_rows(Memory& memory);
  Status take_bad(std::string_view record, const JsonBadRecord& bad, uint32_t& rows);
  Status fail(std::string_view record, const JsonBadRecord& bad);  // once the rows in front are given
  Result<uint64_t> line_of(std::string_view record) const;  // of its first byte
  Result<std::shared_ptr<Memory>> begin_columns();

  const std::shared_ptr<JsonScan> scan_;
  const JsonBlock block_;
  const uint64_t morsel_;
  const std::unique_ptr<MorselBadRows> bad_;
  std::unique_ptr<JsonRecords> records_;
  std::optional<Error> error_;  // behind the rows of the chunk
  uint64_t counted_bytes_ = 0, counted_lines_ = 0;  // of the block
  Chunk chunk_;
  std::array<uint32_t, limits::kVectorRowsMax> begins_;  // of the chunk's rows in the block
  uint64_t row_in_chunk_ = 0;
  uint64_t row_ = 0;
};

// The line of a byte of the file; front to back.
Result<uint64_t> json_line_of(ReadableFile& file, uint64_t offset);

}  // namespace headrace
