#include "execute/background_compiler.h"

namespace headrace {

// A shape with its own copy of the stage, without source and sinks.
struct BackgroundCompiler::Job {
  explicit Job(const LoopShape& given) : shape(given), pending(std::make_shared<PendingLoop>()) {
    stage.values = given.stage->values;
    stage.constants = given.stage->constants;
    stage.steps = given.stage->steps;
    shape.stage = &stage;
  }
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Stage stage;
  LoopShape shape;
  std::shared_ptr<PendingLoop> pending;
};

Status PendingLoop::wait() const {
  std::unique_lock lock(mutex_);
  finished_.wait(lock, [&] { return result_.has_value(); });
  if (!result_->ok()) return result_->error();
  return kDone;
}

void PendingLoop::finish(Result<std::shared_ptr<CompiledLoop>> result) {
  const std::lock_guard lock(mutex_);
  if (result.ok()) code_.store(result.value().get(), std::memory_order_release);
  result_ = std::move(result);
  finished_.notify_all();
}

BackgroundCompiler::BackgroundCompiler(CodeCache& cache) : cache_(cache) {}

BackgroundCompiler::~BackgroundCompiler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (const std::unique_ptr<Job>& job : queue_) {
      job->pending->finish(Error{ErrorCode::kCancelled, "the compiler was stopped", "", ""});
    }
    queue_.clear();
    changed_.notify_all();
  }
  if (thread_.joinable()) thread_.join();
}

bool BackgroundCompiler::earns(double saved_ns) {
  const std::lock_guard lock(mutex_);
  saved_ns_ += saved_ns;
  return thread_.joinable() || saved_ns_ >= kFirstNs;
}

std::shared_ptr<PendingLoop> BackgroundCompiler::request(const LoopShape& shape) {
  if (std::shared_ptr<CompiledLoop> known = cache_.find(shape)) {
    auto pending = std::make_shared<PendingLoop>();
    pending->finish(std::move(known));
    return pending;
  }
  auto job = std::make_unique<Job>(shape);
  std::shared_ptr<PendingLoop> pending = job->pending;
  const std::lock_guard lock(mutex_);
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  queue_.push_back(std::move(job));
  changed_.notify_all();
  return pending;
}

void BackgroundCompiler::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return stopping_ || !queue_.empty(); });
    if (stopping_) return;
    const std::unique_ptr<Job> job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job->pending->finish(cache_.get_or_compile(job->shape));
    lock.lock();
  }
}

}  // namespace headrace
