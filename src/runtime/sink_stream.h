// runtime/sink_stream.h — what a sink gives while it still consumes: windows closed by watermarks, then, once it has
// finished, the rest. Watermarks and barriers pass through in their place.
#pragma once

#include <deque>
#include <memory>
#include <mutex>

#include "runtime/operator.h"

namespace headrace {

// One consumer stage claims, the producer's runtime pushes; thread-safe.
class SinkStream final : public Source {
 public:
  explicit SinkStream(Sink& sink) : sink_(sink) {}

  static constexpr size_t kItemsMax = 64;

  void push(Batch batch);  // its vectors own their memory
  void push(Watermark watermark);
  void push(Barrier barrier);
  void producer_finished();  // after sink.finish()
  // As many items wait as may: the producer claims nothing until the consumer has caught up. What closes at one watermark
  // is pushed in one piece, so that the items may be more.
  bool full() const;
  void consumer_left();  // nothing more will be claimed: what is pushed is dropped

  // Blocked while the producer goes on and nothing was pushed.
  Result<Claim> claim() override;
  uint64_t waiting() const override;
  bool ordered() const override { return false; }
  std::string locate(uint64_t morsel, uint64_t row) const override;

 private:
  using Item = std::variant<Batch, Watermark, Barrier>;

  void add(Item item);

  Sink& sink_;
  mutable std::mutex mutex_;  // guards what follows
  std::deque<Item> items_;
  bool finished_ = false;
  bool left_ = false;
  std::unique_ptr<Source> rest_;
  uint64_t morsels_ = 0;  // given so far
};

}  // namespace headrace
