// observe/history_connection.h — a connection to the history store's file that is made at first need, and anew where the file has moved or turns out
// to be damaged.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "observe/history_file.h"

namespace headrace {

// For one thread at a time. The world outlives it.
class HistoryConnection {
 public:
  using Note = std::function<void(const std::string& text)>;  // of a file that was set aside

  HistoryConnection(World& world, std::string path, HistoryLimits limits, Note note)
      : world_(world), path_(std::move(path)), limits_(limits), note_(std::move(note)) {}

  // What `work(HistoryFile&)`, a Status or a Result, gives; where it finds the file damaged, once more of a new one. Errors of opening it too.
  template <class Work>
  auto with_file(const Work& work) -> decltype(work(std::declval<HistoryFile&>())) {
    if (is_open() && file_->database().has_moved()) file_.reset();
    for (bool was_damaged = false;; was_damaged = true) {
      if (!is_open()) TRY_STATUS(open(was_damaged));
      auto done = work(*file_);
      if (done.ok() || !is_damage(done.error()) || was_damaged) return done;
      file_.reset();
    }
  }
  Status open(bool was_damaged = false) {
    std::vector<std::string> notes;
    auto opened = HistoryFile::open(world_, path_, limits_, patience_, was_damaged, notes);
    for (const std::string& text : notes) note_(text);
    if (!opened.ok()) return opened.error();
    file_ = std::move(opened.value());
    return kDone;
  }
  bool is_open() const { return file_ != nullptr; }

  Patience& patience() { return patience_; }  // with others who have the file locked

 private:
  World& world_;
  const std::string path_;
  const HistoryLimits limits_;
  const Note note_;
  Patience patience_;
  std::unique_ptr<HistoryFile> file_;
};

}  // namespace headrace
