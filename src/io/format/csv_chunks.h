// io/format/csv_chunks.h — pieces of a CSV file that begin and end with records, each read by the worker that takes it, at the same
// time as the others.
//
// A file is cut at every `chunk_bytes`, moved behind the next line feed. There a record begins, or the text is inside quotes: what a
// chunk makes of these two is all that its successors need to know of it. Whoever needs it of a chunk that nobody has looked at yet
// looks itself. A record belongs to the chunk in which its first byte lies.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "io/format/csv_index.h"
#include "state/buffer.h"

namespace headrace {

// Complete records, which may be none; only the last of a file may be cut off, inside quotes or without its line feed.
// kCsvPaddingBytes may be read in front of and behind `text`.
struct CsvText {
  std::shared_ptr<const void> owner;
  std::string_view text;
  uint64_t offset = 0;  // in the file
  std::optional<uint64_t> first_line;  // the line on which it begins; nothing: nobody counted
};

Error csv_record_too_long(std::string where);

// Memory for texts, used again when nobody refers to it any more. Safe for concurrent use.
class CsvBuffers : public std::enable_shared_from_this<CsvBuffers> {
 public:
  explicit CsvBuffers(MemoryBudget& budget) : budget_(budget) {}
  // At least `bytes`, and padding in front of and behind them. kLimit.
  Result<std::shared_ptr<Buffer>> take(uint64_t bytes);
  void keep_none();  // from now on: nothing more is to be read
  static char* text_of(Buffer& buffer) { return static_cast<char*>(buffer.data()) + kCsvPaddingBytes; }
  static uint64_t room_of(const Buffer& buffer) { return buffer.bytes() - 2 * kCsvPaddingBytes; }

 private:
  void give_back(std::shared_ptr<Buffer>& buffer);

  MemoryBudget& budget_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::shared_ptr<Buffer>> free_;
  size_t free_max_ = 8;
};

// Safe for concurrent use.
class CsvChunks {
 public:
  CsvChunks(std::shared_ptr<ReadableFile> file, std::string path, const CsvMarks& marks, CsvBuffers& buffers,
            uint64_t data_offset, uint64_t chunk_bytes);

  uint64_t count() const { return count_; }
  // The records of a chunk, in any order and as often as wanted. kIo, kLimit; kBadInput: a record of more than kCsvRecordBytesMax.
  Result<CsvText> read(uint64_t chunk);

 private:
  // A chunk as it lies in the file, from behind a line feed to behind one, or to the end of the file.
  struct Raw {
    std::shared_ptr<Buffer> buffer;
    uint64_t offset = 0;  // of the first byte; of an empty chunk: anywhere in it
    std::string_view text;
  };
  // What is known of a chunk; nothing: not yet.
  struct Effect {
    std::optional<bool> from_record, from_quotes;  // whether it ends inside quotes
  };

  Result<Raw> read_raw(uint64_t chunk) const;
  Status read_more(Raw& raw, uint64_t bytes) const;  // behind raw.text, at most; fewer at the end of the file
  bool ends_inside(const Raw& raw, bool begins_inside) const;
  void publish(uint64_t chunk, bool begins_inside, bool ends_inside);
  Result<bool> begins_inside(uint64_t chunk);
  Error too_long(uint64_t offset) const;

  const std::shared_ptr<ReadableFile> file_;
  const std::string path_;
  const CsvMarks marks_;
  CsvBuffers& buffers_;
  const uint64_t data_offset_, chunk_bytes_, end_, count_;
  std::mutex mutex_;  // guards what follows
  std::vector<Effect> effects_;
  uint64_t known_ = 0;  // the chunks in front of it were followed from the first on
  bool known_is_inside_ = false;  // whether chunk known_ begins inside quotes
};

}  // namespace headrace
