// io/format/known_texts.h — what the workers of one scan know of the texts in its columns (text_entries.h): a set for each, which a
// worker takes for a piece of the file and gives back. It gets the one that it had, as long as nobody else took it, since those who
// read the rows know things of its entries, too.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "io/format/text_entries.h"

namespace headrace {

// Safe for concurrent use.
class KnownTexts : public std::enable_shared_from_this<KnownTexts> {
 public:
  struct Set {
    std::vector<std::unique_ptr<TextEntries>> columns;  // nullptr: of columns that are no text
    std::thread::id last_taken_by;
    TextEntries* of_column(size_t column) const { return columns[column].get(); }
  };
  // Gives the set back.
  struct GiveBack {
    std::shared_ptr<KnownTexts> to;
    void operator()(Set* set) const { to->give_back(set); }
  };
  using Taken = std::unique_ptr<Set, GiveBack>;

  // `is_text`: by column of the scan.
  KnownTexts(std::vector<bool> is_text, MemoryBudget& budget) : is_text_(std::move(is_text)), budget_(budget) {}

  Taken take();
  void keep_none();  // from now on: nothing more is to be read

 private:
  void give_back(Set* set);

  const std::vector<bool> is_text_;
  MemoryBudget& budget_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::unique_ptr<Set>> free_;
  bool keeps_ = true;
};

}  // namespace headrace
