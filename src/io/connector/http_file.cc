#include "io/connector/http_file.h"

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>

#include <fmt/format.h>

#include "io/connector/http_answer.h"
#include "io/connector/http_tries.h"

namespace headrace {
namespace {

constexpr uint64_t kTailsBytesMax = uint64_t{16} << 20;  // of all files of a connector together
constexpr size_t kVersionsMax = 4'096;                   // that are remembered
// What flows in the time that a request takes to be answered: 10 to 30 ms at 50 to 100 MB/s.
constexpr uint64_t kGapBytesMax = uint64_t{1} << 20;

struct HeldTail {
  std::mutex mutex;  // guards what follows
  HttpTail tail;

  HttpTail get() {
    const std::lock_guard lock(mutex);
    return tail;
  }
  void drop() {
    const std::lock_guard lock(mutex);
    tail.bytes.reset();
  }
};

// The ends of files that were opened last; older ones are let go.
class Tails {
 public:
  std::shared_ptr<HeldTail> hold(HttpTail tail) {
    const auto held = std::make_shared<HeldTail>();
    held->tail = std::move(tail);
    const std::lock_guard lock(mutex_);
    held_.push_back(held);
    bytes_ += held->tail.end - held->tail.begin;
    while (bytes_ > kTailsBytesMax && held_.size() > 1) {
      bytes_ -= held_.front()->tail.end - held_.front()->tail.begin;
      held_.front()->drop();
      held_.pop_front();
    }
    return held;
  }
  void forget(const std::shared_ptr<HeldTail>& tail) {
    const std::lock_guard lock(mutex_);
    if (std::erase(held_, tail) > 0) bytes_ -= tail->tail.end - tail->tail.begin;
  }

 private:
  std::mutex mutex_;  // guards what follows
  std::deque<std::shared_ptr<HeldTail>> held_;
  uint64_t bytes_ = 0;
};

class HttpFile final : public ReadableFile {
 public:
  struct About {
    std::string url;
    FileVersion version;
    HttpPatience patience;
  };
  // `tails`: may let `tail` go; nullptr: it is all that there will be.
  HttpFile(World& world, About about, HttpTail tail, std::shared_ptr<Tails> tails)
      : world_(world), about_(std::move(about)), tails_(std::move(tails)) {
    if (tails_ != nullptr && tail.bytes != nullptr) {
      tail_ = tails_->hold(std::move(tail));
    } else {
      tail_ = std::make_shared<HeldTail>();
      tail_->tail = std::move(tail);
    }
  }
  ~HttpFile() override {
    if (tails_ != nullptr) tails_->forget(tail_);
  }

  uint64_t size_bytes() const override { return about_.version.bytes; }
  FileVersion version() const override { return about_.version; }
  bool is_remote() const override { return true; }
  uint64_t gap_bytes_max() const override { return kGapBytesMax; }
  uint64_t bytes_away(uint64_t offset, uint64_t bytes) const override {
    if (offset >= size_bytes()) return 0;
    bytes = std::min(bytes, size_bytes() - offset);
    const HttpTail tail = tail_->get();
    if (tail.bytes == nullptr || offset + bytes <= tail.begin) return bytes;
    return tail.begin > offset ? tail.begin - offset : 0;
  }

  Result<uint64_t> read_at(uint64_t offset, std::span<char> to) override {
    if (offset >= size_bytes()) return uint64_t{0};
    to = to.first(std::min<uint64_t>(to.size(), size_bytes() - offset));
    const HttpTail tail = tail_->get();
    uint64_t asked = to.size();  // of the server
    if (tail.bytes != nullptr && offset + to.size() > tail.begin) {
      const uint64_t from = std::max(offset, tail.begin);
      asked = from - offset;
      std::memcpy(to.data() + asked, static_cast<const char*>(tail.bytes->data()) + (from - tail.begin),
                  to.size() - asked);
    }
    if (asked > 0) TRY_STATUS(ask(offset, to.first(asked)));
    return to.size();
  }

 private:
  // An answer that is shorter than it should be is a failure, but what it brought stays.
  Status ask(uint64_t offset, std::span<char> to) const {
    HttpTries tries(world_, about_.url, about_.patience);
    for (;;) {
      HttpRequest request = tries.request();
      request.range = fmt::format("{}-{}", offset, offset + to.size() - 1);
      RangeAnswer answer(about_.url, about_.version, offset, to);
      TRY(ended, tries.make(request, answer));
      if (ended && answer.got() == to.size()) return kDone;
      if (ended)
        TRY_STATUS(tries.pause(
            {ErrorCode::kIo,
             fmt::format("the server's answer ends early: expected {} bytes, found {}", to.size(), answer.got()),
             shown_url(about_.url), "try again later"}));
      offset += answer.got();
      to = to.subspan(answer.got());
      if (to.empty()) return kDone;
    }
  }

  World& world_;
  const About about_;
  const std::shared_ptr<Tails> tails_;
  std::shared_ptr<HeldTail> tail_;
};

// What files were when they were opened last, so that the end of one that is still the same need not come again.
class Versions {
 public:
  FileVersion find(const std::string& url) const {
    const std::lock_guard lock(mutex_);
    const auto found = by_url_.find(url);
    return found == by_url_.end() ? FileVersion{} : found->second;
  }
  void note(const std::string& url, const FileVersion& version) {
    const std::lock_guard lock(mutex_);
    if (by_url_.size() >= kVersionsMax) by_url_.clear();
    by_url_[url] = version;
  }

 private:
  mutable std::mutex mutex_;  // guards by_url_
  std::map<std::string, FileVersion> by_url_;
};

class HttpConnector final : public Connector {
 public:
  HttpConnector(World& world, MemoryBudget& budget, const Settings& settings)
      : world_(world), budget_(budget), settings_(settings) {}

  Result<std::unique_ptr<ReadableFile>> open(const std::string& url) override {
    const HttpPatience patience{uint64_t{settings_.http_timeout_s} * 1'000, settings_.http_retries};
    HttpTries tries(world_, url, patience);
    const FileVersion known = versions_.find(url);
    std::string range = fmt::format("-{}", kHttpTailBytes);
    for (bool length_asked = false;;) {
      HttpRequest request = tries.request();
      request.range = range;
      if (known.bytes > kHttpTailBytes && known.tag.ends_with('"')) request.unless_tag = known.tag;
      FirstAnswer answer(url, budget_);
      const Result<bool> ended = tries.make(request, answer);
      if (!ended.ok() && answer.needs_length() && !length_asked) {
        length_asked = true;
        TRY(bytes, length_of(url, tries));
        if (bytes > 0) range = fmt::format("{}-{}", bytes - std::min(bytes, kHttpTailBytes), bytes - 1);
        continue;
      }
      TRY(answered, ended);
      if (!answered) continue;
      if (answer.is_unchanged()) return file(url, known, {}, patience, false);
      if (answer.is_complete()) return file(url, answer.version(), answer.tail(), patience, answer.is_whole());
      TRY_STATUS(tries.pause({ErrorCode::kIo,
                              fmt::format("the server's answer ends early: expected {} bytes, found {}",
                                          answer.tail().end - answer.tail().begin, answer.got()),
                              shown_url(url), "try again later"}));
    }
  }

 private:
  static Result<uint64_t> length_of(const std::string& url, HttpTries& tries) {
    for (;;) {
      HttpRequest request = tries.request();
      request.head_only = true;
      LengthAnswer answer(url);
      TRY(ended, tries.make(request, answer));
      if (ended) return answer.bytes();
    }
  }
  std::unique_ptr<ReadableFile> file(const std::string& url, const FileVersion& version, HttpTail tail,
                                     const HttpPatience& patience, bool is_whole) {
    if (!is_whole) versions_.note(url, version);
    return std::make_unique<HttpFile>(world_, HttpFile::About{url, version, patience}, std::move(tail),
                                      is_whole ? nullptr : tails_);
  }

  World& world_;
  MemoryBudget& budget_;
  const Settings& settings_;
  const std::shared_ptr<Tails> tails_ = std::make_shared<Tails>();
  Versions versions_;
};

}  // namespace

std::unique_ptr<Connector> make_http_connector(World& world, MemoryBudget& budget, const Settings& settings) {
  return std::make_unique<HttpConnector>(world, budget, settings);
}

}  // namespace headrace
