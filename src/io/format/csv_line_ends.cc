#include "io/format/csv_line_ends.h"

#include <algorithm>
#include <cstring>
#include <mutex>
#include <string>

namespace headrace {
namespace {

constexpr uint64_t kPieceBytes = uint64_t{64} << 10;

bool is_quoted(CsvState state) { return state == CsvState::kQuoted || state == CsvState::kEscaped; }

// In the first `bytes` of the text; the state behind them.
CsvState set_line_feeds(std::string& text, uint64_t bytes, const CsvMarks& marks, CsvState state) {
  for (uint64_t i = 0; i < bytes; ++i) {
    const bool followed = i + 1 < text.size() && text[i + 1] == '\n';
    if (text[i] == '\r' && !followed && !is_quoted(state)) text[i] = '\n';
    state = csv_step(marks, state, text[i]);
  }
  return state;
}

class WithLineFeeds final : public ReadableFile {
 public:
  WithLineFeeds(std::shared_ptr<ReadableFile> text, const CsvMarks& marks) : text_(std::move(text)), marks_(marks) {}

  uint64_t size_bytes() const override { return text_->size_bytes(); }
  FileVersion version() const override { return text_->version(); }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    const std::lock_guard lock(mutex_);
    if (offset < piece_at_) {
      piece_at_ = 0;
      piece_.clear();
      state_ = CsvState::kField;
    }
    uint64_t done = 0;
    while (done < to.size()) {
      const uint64_t at = offset + done;
      if (at >= piece_at_ + piece_.size()) {
        TRY(more, read_on());
        if (!more) break;
        continue;
      }
      const uint64_t from = at - piece_at_;
      const uint64_t count = std::min<uint64_t>(to.size() - done, piece_.size() - from);
      std::memcpy(to.data() + done, piece_.data() + from, count);
      done += count;
    }
    return done;
  }

 private:
  // The next piece; false: there is none.
  Result<bool> read_on() {
    const uint64_t at = piece_at_ + piece_.size();
    std::string next(kPieceBytes + 1, '\0');  // one byte more: what follows a carriage return
    TRY(got, text_->read_at(at, {next.data(), next.size()}));
    if (got == 0) return false;
    const uint64_t bytes = std::min(got, kPieceBytes);
    next.resize(got);
    state_ = set_line_feeds(next, bytes, marks_, state_);
    next.resize(bytes);
    piece_at_ = at;
    piece_ = std::move(next);
    return true;
  }

  const std::shared_ptr<ReadableFile> text_;
  const CsvMarks marks_;
  std::mutex mutex_;  // guards what follows
  std::string piece_;
  uint64_t piece_at_ = 0;
  CsvState state_ = CsvState::kField;  // behind the piece
};

}  // namespace

void set_line_feeds(std::string& text, const CsvMarks& marks) {
  set_line_feeds(text, text.size(), marks, CsvState::kField);
}

std::shared_ptr<ReadableFile> csv_with_line_feeds(std::shared_ptr<ReadableFile> text, const CsvMarks& marks) {
  return std::make_shared<WithLineFeeds>(std::move(text), marks);
}

}  // namespace headrace
