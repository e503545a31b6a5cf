// io/format/csv_file.h — one CSV file whose dialect, names and types are known.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/world.h"
#include "io/format/bad_rows.h"
#include "io/format/csv_dialect.h"
#include "io/format/csv_values.h"
#include "state/budget.h"
#include "types/schema.h"

namespace headrace {

struct CsvFile {
  std::string path;
  std::shared_ptr<ReadableFile> stored;  // as it lies on the disk
  std::string compression;               // gzip, zstd, bzip2, xz; empty: none
  bool is_pipe = false;                  // `stored` is a replayed file
  std::shared_ptr<ReadableFile> bytes;   // of the text
  CsvDialect dialect;
  Schema schema;
  std::vector<CsvColumn> columns;       // of the schema
  uint64_t data_offset = 0;             // of the first record that is not the header
  uint64_t data_line = 1;
  bool has_header = false;
  bool returns_end_lines = false;       // in front of line feeds: the first record has one
  std::optional<uint64_t> rows;         // known when the sample was the whole file, and no record can be left out
  BadRowOptions bad_rows;
  // Inside quotes, in front of a quote that is text.
  char escape() const { return dialect.escape == '\0' ? dialect.quote : dialect.escape; }
  // Its text is there only from the first byte on.
  bool is_front_to_back() const {
    return !compression.empty() || is_pipe || dialect.encoding != TextEncoding::kUtf8 ||
           dialect.lone_returns.value_or(false);
  }
};

Result<std::shared_ptr<const CsvFile>> open_csv_file(World& world, MemoryBudget& budget, const std::string& path,
                                                     const Options& options);

// The text once more, for a scan of its own: what is compressed is read front to back.
std::shared_ptr<ReadableFile> text_of_file(const CsvFile& file, MemoryBudget& budget);

// "path:line".
std::string csv_place(const CsvFile& file, uint64_t line);
// The line on which `at` lies in a text that begins on `first_line`.
uint64_t csv_line(std::string_view text, uint64_t first_line, const char* at);
// The line on which the byte at `offset` lies, found by reading the file; 1 is the first. Of a file that is not read front to back.
Result<uint64_t> csv_line_at(const CsvFile& file, uint64_t offset);
Error wrong_field_count(const CsvFile& file, uint64_t line, uint64_t found);
Error malformed_quote(const CsvFile& file, uint64_t line);
Error unclosed_quote(const CsvFile& file, uint64_t line);

}  // namespace headrace
