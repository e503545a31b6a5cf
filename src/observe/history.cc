#include "observe/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "observe/history_connection.h"

namespace headrace {

namespace {

constexpr int64_t kGraceNs = 200'000'000;  // of the writer, once it no longer waits for locks

std::string note_of(const Error& error) {
  std::string note = fmt::format("the history store keeps nothing: {}", error.message);
  if (!error.where.empty()) note += fmt::format(" ({})", error.where);
  return note + "; HEADRACE_HISTORY=off does without";
}

}  // namespace

struct History::Shared {
  Shared(World& of_world, std::string of_path, HistoryOptions of_options)
      : world(of_world),
        path(std::move(of_path)),
        spool(world, history_spool(path)),
        options(of_options),
        runs_file(world, path, options.limits, [this](const std::string& text) { say(text); }),
        quarantine_file(world, path, options.limits, [this](const std::string& text) { say(text); }) {}

  World& world;
  const std::string path;
  RunSpool spool;
  const HistoryOptions options;

  mutable std::mutex mutex;  // guards what follows
  std::condition_variable changed;
  std::deque<RunRecord> queue;
  bool writing = false, hurried = false, closing = false, started = false, ended = false;
  uint64_t dropped = 0;
  std::vector<std::string> notes;
  std::thread writer;

  HistoryConnection runs_file;  // the writer's
  std::optional<Error> refused;  // the file cannot be opened: not tried again; the writer's

  std::mutex quarantine_mutex;  // guards what follows; locked before `mutex`
  HistoryConnection quarantine_file;

  bool ended_within(int64_t wait_ns) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, std::chrono::nanoseconds(wait_ns), [&] { return ended; });
  }
  bool idle() const { return queue.empty() && !writing; }  // requires mutex

  void note(const std::string& text) {  // requires mutex
    if (std::ranges::find(notes, text) == notes.end()) notes.push_back(text);
  }
  void note_failure(const Status& written, size_t runs) {  // requires mutex
    if (written.ok()) return;
    dropped += runs;
    note(note_of(written.error()));
  }
  void say(const std::string& text) {
    const std::lock_guard lock(mutex);
    note(text);
  }
  Status write(const std::vector<RunRecord>& runs);
  Status take();  // behind write()
  Status leave(const std::vector<RunRecord>& runs);
  void run();
  void start(const std::shared_ptr<Shared>& self);  // requires mutex
  template <class Work>
  auto with_quarantine(const Work& work) {
    const std::lock_guard lock(quarantine_mutex);
    return quarantine_file.with_file(work);
  }
};

Status History::Shared::write(const std::vector<RunRecord>& runs) {
  if (refused.has_value()) return *refused;
  Status written = runs_file.with_file([&](HistoryFile& file) { return file.write(runs); });
  if (!written.ok() && !runs_file.is_open()) refused = written.error();
  return written;
}

Status History::Shared::take() {
  if (!runs_file.is_open()) return kDone;
  return runs_file.with_file([&](HistoryFile& file) { return file.take(spool); });
}

// At the end: a few runs go to the spool, more into the file.
Status History::Shared::leave(const std::vector<RunRecord>& runs) {
  if (spool.names().size() + runs.size() > options.spool_files_max) {
    runs_file.patience().give_up_ns = world.monotonic_ns() + static_cast<int64_t>(options.close_ns_max);
    TRY_STATUS(write(runs));
    static_cast<void>(take());  // they stay where they are, for the next one
    return kDone;
  }
  for (const RunRecord& run : runs) TRY_STATUS(spool.put(run));
  return kDone;
}

void History::Shared::run() {
  std::unique_lock lock(mutex);
  const auto is_due = [&] { return hurried || closing || queue.size() > options.queue_runs_max / 2; };
  for (;;) {
    changed.wait(lock, [&] { return !queue.empty() || closing; });
    if (!closing) changed.wait_for(lock, std::chrono::nanoseconds(options.linger_ns), is_due);
    if (closing) break;
    const std::vector<RunRecord> runs(std::make_move_iterator(queue.begin()), std::make_move_iterator(queue.end()));
    queue.clear();
    hurried = false;
    writing = true;
    lock.unlock();
    const Status written = write(runs), taken = take();
    lock.lock();
    writing = false;
    note_failure(written, runs.size());
    note_failure(taken, 0);
    changed.notify_all();
  }
  ended = true;
  changed.notify_all();
}

void History::Shared::start(const std::shared_ptr<Shared>& self) {
  try {
    writer = std::thread([self] { self->run(); });
    started = true;
  } catch (const std::system_error& error) {
    dropped += queue.size();
    queue.clear();
    note(note_of({ErrorCode::kLimit, fmt::format("the system starts no thread: {}", error.what()), "", ""}));
  }
}

History::History(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {}

std::unique_ptr<History> History::behind(World& world, const std::string& path, HistoryOptions options) {
  return std::unique_ptr<History>(new History(std::make_shared<Shared>(world, path, options)));
}

Result<std::unique_ptr<History>> History::open(World& world, const std::string& path, HistoryOptions options) {
  std::unique_ptr<History> history = behind(world, path, options);
  TRY_STATUS(history->shared_->runs_file.open());
  return std::move(history);
}

History::~History() {
  close();
  if (!shared_->started) return;
  if (shared_->ended_within(kGraceNs))
    shared_->writer.join();
  else
    shared_->writer.detach();  // the disk hangs; what it holds lives as long as it does
}

void History::close() {
  std::unique_lock lock(shared_->mutex);
  if (std::exchange(shared_->closing, true)) return;
  shared_->changed.notify_all();
  const auto idle = [&] { return !shared_->writing; };
  bool can_write = shared_->changed.wait_for(lock, std::chrono::nanoseconds(shared_->options.close_ns_max), idle);
  if (!can_write) {
    shared_->runs_file.patience().give_up_ns = 0;
    can_write = shared_->changed.wait_for(lock, std::chrono::nanoseconds(kGraceNs), idle);
  }
  const std::vector<RunRecord> runs(std::make_move_iterator(shared_->queue.begin()),
                                    std::make_move_iterator(shared_->queue.end()));
  shared_->queue.clear();
  if (runs.empty()) return;
  if (!can_write) {
    shared_->dropped += runs.size();
    return;
  }
  lock.unlock();  // the writer writes no more
  const Status left = shared_->leave(runs);
  lock.lock();
  shared_->note_failure(left, runs.size());
}

const std::string& History::path() const { return shared_->path; }

void History::record(RunRecord run) {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->closing || shared_->queue.size() >= shared_->options.queue_runs_max) {
    ++shared_->dropped;
    return;
  }
  shared_->queue.push_back(std::move(run));
  if (!shared_->started) shared_->start(shared_);
  shared_->changed.notify_all();
}

bool History::flush(uint64_t wait_ns) {
  std::unique_lock lock(shared_->mutex);
  shared_->hurried = !shared_->queue.empty();
  shared_->changed.notify_all();
  return shared_->changed.wait_for(lock, std::chrono::nanoseconds(wait_ns), [&] { return shared_->idle(); });
}

uint64_t History::dropped() const {
  const std::lock_guard lock(shared_->mutex);
  return shared_->dropped;
}

std::vector<std::string> History::take_notes() {
  const std::lock_guard lock(shared_->mutex);
  if (shared_->dropped > 0 && shared_->notes.empty())
    shared_->note(fmt::format("the history store lacks {} runs", shared_->dropped));
  return std::exchange(shared_->notes, {});
}

void History::note(const std::string& text) { shared_->say(text); }

Status History::quarantine(const QuarantineEntry& entry) {
  return shared_->with_quarantine([&](HistoryFile& file) { return file.quarantine(entry); });
}

Result<std::vector<QuarantineEntry>> History::quarantined() {
  if (shared_->world.kind(shared_->path) == FileKind::kMissing) return std::vector<QuarantineEntry>();
  return shared_->with_quarantine([](HistoryFile& file) { return file.quarantined(); });
}

Result<bool> History::release(const std::string& name, uint64_t shape_hash) {
  return shared_->with_quarantine([&](HistoryFile& file) { return file.release(name, shape_hash); });
}

}  // namespace headrace
