// io/format/json_blocks.h — a JSON file in blocks of complete records.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "io/format/json_splitter.h"
#include "state/budget.h"

namespace headrace {

inline constexpr uint64_t kJsonPaddingBytes = 64;  // zeros in front of and behind a block's text, which may be read

enum class JsonFormat : uint8_t {
  kAuto,
  kLines,   // a value a line, blank lines aside
  kArray,   // one array, whose elements are the records
  kValues,  // values one behind the other, with blanks in between or none
};

// Blocks of a file follow one another without a gap.
struct JsonBlock {
  std::shared_ptr<const void> owner;
  std::string_view text;
  uint64_t offset = 0;           // in the file
  uint64_t first_line = 0;       // on which it begins; 0: nobody has counted
  uint64_t first_column = 0;     // bytes in front of it on that line
  bool lines = false;            // the records are its lines
  std::vector<JsonSpan> values;  // else the records in it
};

// How a file is cut.
struct JsonCut {
  std::string path;  // for errors
  JsonFormat format = JsonFormat::kLines;
  uint64_t data_offset = 0;  // behind a byte order mark
  uint64_t block_bytes = 0;  // about; more where one record is longer
  uint64_t record_bytes_max = 0;
};

// Block `index` of lines: those that begin in [index, index + 1) * block_bytes of the file, of `file_bytes`. Any number of threads at a time, in any
// order. An empty text: none begins there. kBadInput: a line is longer than record_bytes_max.
Result<JsonBlock> read_json_lines(ReadableFile& file, uint64_t file_bytes, uint64_t index, const JsonCut& cut,
                                  MemoryBudget& budget);

// Front to back, of every format. One thread at a time.
class JsonBlockReader {
 public:
  JsonBlockReader(std::shared_ptr<ReadableFile> file, JsonCut cut, MemoryBudget& budget)
      : file_(std::move(file)),
        cut_(std::move(cut)),
        budget_(budget),
        splitter_(cut_.format == JsonFormat::kArray),
        offset_(cut_.data_offset) {}

  // False at the end of the file. kBadInput, as file:line:column: what stands between the records is wrong, a record does not end, or it is too long.
  Result<bool> next(JsonBlock& block);

 private:
  // How much of the text is complete records, at least one byte; nothing: not even one is.
  Result<std::optional<uint64_t>> complete(std::string_view text, uint64_t scanned, bool last, JsonBlock& block);

  Error flaw_error(std::string_view text, const JsonFlaw& flaw) const;

  const std::shared_ptr<ReadableFile> file_;
  const JsonCut cut_;
  MemoryBudget& budget_;
  JsonSplitter splitter_;
  uint64_t offset_;  // of the next block
  uint64_t line_ = 1, column_ = 0;  // where it begins: the line, and bytes in front of it on the line
  std::shared_ptr<const void> carry_owner_;
  std::string_view carry_;  // what was read behind the last block
  JsonFlaw flaw_;  // in it, behind the records that were given
};

// What stands at the flaw, as "found …".
std::string json_flaw_found(std::string_view text, const JsonFlaw& flaw);
// "expected …, found …" in a text whose first byte is on line `line`, behind `column` others.
Error json_flaw_error(const std::string& path, uint64_t line, std::string_view text, const JsonFlaw& flaw,
                      uint64_t column = 0);
Error long_json_record(const std::string& path, uint64_t line, uint64_t bytes_max);
// What people see of a text: in double quotes, cut, and without bytes that would disturb a terminal.
std::string shown_json(std::string_view text);

}  // namespace headrace
