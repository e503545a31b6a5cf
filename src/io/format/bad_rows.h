// io/format/bad_rows.h — records of text files that are not what their columns say: what is done about them, how many there were,
// and the file that keeps those that were rejected. docs/design/text_formats.md has the rules.
//
// A reader of one morsel holds a MorselBadRows. It decides itself what is bad, and asks policy() what to do:
//   kFail    gives the rows in front of the bad record, then the error (kBadInput, `where` = file:line)
//   kNull    add_null(): the value is null, or the whole record is where its structure is broken
//   kSkip, kReject   add(): the record is no row
// and calls finish() behind the morsel's last record. A source calls end_file() when nothing is left to claim, and in commit(), where
// keeps() says so, reads the morsels again that is_done() does not know, before BadRows::commit().
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/world.h"
#include "io/byte_output.h"
#include "io/output_group.h"
#include "plan/plan.h"
#include "runtime/stage_report.h"
#include "state/budget.h"

namespace headrace {

enum class BadRowPolicy : uint8_t { kFail, kNull, kSkip, kReject };

struct BadRowOptions {
  BadRowPolicy policy = BadRowPolicy::kFail;
  std::string rejects_path;  // of kReject
  bool all_columns = false;  // every column of the file is checked, whatever the query refers to
};

// Takes on_error (fail, null, skip, reject), rejects ('path'), validate (referenced, declared) and ignore_errors (true: skip) out of
// the options of `format`. kInvalidPlan names the option, what was expected and what was found.
Result<BadRowOptions> take_bad_row_options(Options& options, std::string_view format);

// rejects_path in the one spelling that all paths of the file have in common; empty where nothing is kept. Of a directory that is missing
// the path is as it was given.
std::string rejects_path_of(const BadRowOptions& options, World& world);

// A record that was left out. Views are copied where they are kept.
struct BadRecord {
  uint64_t position = 0;  // in the file's text, of its first byte
  uint64_t line = 0;  // line feeds in the morsel's text in front of it
  std::string_view column = {};  // the first that is bad, in the file's order; empty: the record's structure
  std::string_view reason = {}, expected = {};
  std::string_view raw = {};  // without the line's end
};

// Of one scan, of a file or of several that follow one another. Safe for concurrent use.
class BadRows {
 public:
  // kReject: the file of rejects is begun, beside its name, or in the group that shows it. kIo when it cannot be.
  static Result<std::shared_ptr<BadRows>> make(BadRowOptions options, World& world, MemoryBudget& budget,
                                               OutputGroup* group = nullptr);
  ~BadRows();

  BadRowPolicy policy() const { return options_.policy; }
  bool all_columns() const { return options_.all_columns; }
  bool keeps() const { return options_.policy == BadRowPolicy::kReject; }
  BadRowCounts counts() const { return {left_out_.load(), nulled_.load()}; }

  // Files in the order of their rows. `first_line`: on which morsel 0 begins. Returns the file's number.
  uint32_t begin_file(std::string path, uint64_t first_line);
  // The file has this many morsels. Once, or more often with the same number.
  Status end_file(uint32_t file, uint64_t morsels);
  bool is_done(uint32_t file, uint64_t morsel) const;  // its finish() was called
  // The rejects appear under their name. Requires that every file has ended and every morsel is done.
  Status commit();

 private:
  friend class MorselBadRows;
  struct Kept {
    std::string texts;  // column, reason, expected and raw, one behind the other
    struct Record {
      uint64_t position, line;
      uint32_t column_bytes, reason_bytes, expected_bytes, raw_bytes;
    };
    std::vector<Record> records;
    uint64_t lines = 0;  // line feeds in the morsel
    std::unique_ptr<Reservation> reservation;
  };
  struct File {
    std::string path;
    uint64_t line;  // on which the next morsel begins
    uint64_t next = 0;  // morsel to be written
    uint64_t morsels = UINT64_MAX;
    std::map<uint64_t, Kept> waiting;  // by morsel; those that came before their turn
  };

  BadRows(BadRowOptions options, MemoryBudget& budget) : options_(std::move(options)), budget_(budget) {}
  Status finish(uint32_t file, uint64_t morsel, Kept kept);
  Status write_what_is_next();  // requires mutex_
  void append(const File& file, const Kept& kept);  // to text_; requires mutex_
  Status flush(uint64_t bytes_min);  // requires mutex_

  const BadRowOptions options_;
  MemoryBudget& budget_;
  std::atomic<uint64_t> left_out_{0}, nulled_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::vector<File> files_;
  size_t next_file_ = 0;  // of those whose morsels are being written
  std::unique_ptr<ByteOutput> output_;
  bool csv_ = false;
  std::string text_;
};

// Of one morsel, for the one worker that reads it.
class MorselBadRows {
 public:
  MorselBadRows(std::shared_ptr<BadRows> rows, uint32_t file, uint64_t morsel)
      : rows_(std::move(rows)), file_(file), morsel_(morsel) {}
  ~MorselBadRows();  // of a morsel that was not read to its end: what it found is counted, unless it is kept
  MorselBadRows(const MorselBadRows&) = delete;
  MorselBadRows& operator=(const MorselBadRows&) = delete;

  BadRowPolicy policy() const { return rows_->policy(); }
  bool keeps() const { return rows_->keeps(); }
  // In the order of the text. kLimit: the memory budget.
  Status add(const BadRecord& record);
  void add_null(uint64_t values = 1) { nulled_ += values; }
  // All of the morsel was read; `lines`: line feeds in it, which only keeps() asks for.
  Status finish(uint64_t lines);

 private:
  void count();
  const std::shared_ptr<BadRows> rows_;
  const uint32_t file_;
  const uint64_t morsel_;
  BadRows::Kept kept_;
  uint64_t left_out_ = 0, nulled_ = 0;
};

}  // namespace headrace
