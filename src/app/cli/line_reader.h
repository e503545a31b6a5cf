// app/cli/line_reader.h — lines from a terminal, edited, remembered and completed by libedit; or plain ones from a pipe.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

class LineReader {
 public:
  // What may follow `word`, complete words.
  using Complete = std::function<std::vector<std::string>(const std::string& word)>;

  // Without a terminal on both sides: plain lines. `history_path` may be empty.
  LineReader(std::string history_path, Complete complete);
  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  enum class End { kLine, kInterrupted, kEnd };
  // Without its newline. kInterrupted: a signal came while the line was typed.
  End read(const std::string& prompt, std::string& line);
  void remember(const std::string& statement);
  bool is_terminal() const { return editor_ != nullptr; }

 private:
  struct Editor;
  End read_plain(std::string& line);

  const std::string history_path_;
  std::unique_ptr<Editor> editor_;
};

}  // namespace headrace
