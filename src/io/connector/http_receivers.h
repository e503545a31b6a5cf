// io/connector/http_receivers.h — what is taken of a server's answers, once their beginnings were found right.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/http.h"
#include "base/world.h"
#include "state/buffer.h"

namespace headrace {

inline constexpr uint64_t kHttpTailBytes = uint64_t{256} << 10;
inline constexpr uint64_t kHttpWholeBytesMax = uint64_t{64} << 20;

// The last bytes of a file, or all of it.
struct HttpTail {
  uint64_t begin = 0, end = 0;  // in the file
  std::shared_ptr<Buffer> bytes;
};

class HttpAnswer : public HttpReceiver {
 public:
  // Refuses statuses that may pass, and bytes in another encoding, before it asks look_at.
  Status begin(const HttpHead& given) override;

  const HttpHead& head() const { return head_; }
  bool may_pass() const { return may_pass_; }  // the status says that a repetition may succeed

 protected:
  // `url` outlives the answer.
  explicit HttpAnswer(std::string_view url) : url_(url) {}
  virtual Status look_at(const HttpHead& given) = 0;

  Error wrong(std::string what) const;
  Error changed() const;
  Error wrong_status(int status) const;

  const std::string_view url_;

 private:
  HttpHead head_;
  bool may_pass_ = false;
};

// Bytes [begin, begin + room) of a version of the object that is known, or the first of them.
class RangeAnswer final : public HttpAnswer {
 public:
  RangeAnswer(std::string_view url, const FileVersion& version, uint64_t begin, std::span<char> room)
      : HttpAnswer(url), version_(version), begin_(begin), room_(room) {}
  uint64_t got() const { return got_; }

  Status append(std::span<const char> bytes) override;

 private:
  Status look_at(const HttpHead& given) override;

  const FileVersion& version_;
  const uint64_t begin_;
  const std::span<char> room_;
  uint64_t promised_ = 0, got_ = 0;
};

// The first answer: how long the object is, and its end, or all of it from a server that knows no ranges.
class FirstAnswer final : public HttpAnswer {
 public:
  FirstAnswer(std::string_view url, MemoryBudget& budget) : HttpAnswer(url), budget_(budget) {}

  const FileVersion& version() const { return version_; }
  const HttpTail& tail() const { return tail_; }
  bool is_unchanged() const { return head().status == 304; }
  bool is_whole() const { return is_whole_; }  // of a server that knows no ranges
  // Of one that refused: it does not know what last bytes are, but may know ranges that begin and end.
  bool needs_length() const { return needs_length_; }
  uint64_t got() const { return got_; }
  bool is_complete() const { return got_ == tail_.end - tail_.begin; }

  Status append(std::span<const char> bytes) override;

 private:
  Status look_at(const HttpHead& given) override;
  Status look_at_part(const HttpHead& given);
  Status look_at_whole(const HttpHead& given);
  Error no_ranges(const std::string& size) const;
  Status make_room(uint64_t bytes);
  Status grow(uint64_t bytes);

  MemoryBudget& budget_;
  FileVersion version_;
  HttpTail tail_;
  bool is_whole_ = false, needs_length_ = false, length_known_ = true;
  uint64_t got_ = 0;
};

// The length alone.
class LengthAnswer final : public HttpAnswer {
 public:
  explicit LengthAnswer(std::string_view url) : HttpAnswer(url) {}
  uint64_t bytes() const { return bytes_; }

  Status append(std::span<const char>) override { return kDone; }

 private:
  Status look_at(const HttpHead& given) override;

  uint64_t bytes_ = 0;
};

}  // namespace headrace
