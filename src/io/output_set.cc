#include "io/output_set.h"

#include <atomic>

#include <fmt/format.h>

#include "base/path_text.h"
#include "io/output_journal.h"

namespace headrace {
namespace {

constexpr int kStagingTries = 100;

class StagedFile final : public ByteOutput {
 public:
  StagedFile(std::unique_ptr<WritableFile> file, std::string shown, std::atomic<uint64_t>& synced)
      : file_(std::move(file)), shown_(std::move(shown)), synced_(synced) {}

  Status append(std::span<const char> bytes) override {
    if (file_ == nullptr) return Error{ErrorCode::kIo, "the output was abandoned", shown_, ""};
    return named(file_->append(bytes));
  }
  Status commit() override {
    if (synced_.fetch_add(1) < kSyncedAloneMax) TRY_STATUS(named(file_->sync()));
    TRY_STATUS(named(file_->close()));
    file_.reset();
    return kDone;
  }
  void abandon() override { file_.reset(); }

 private:
  // Users know the file by its final name.
  Status named(Status status) const {
    if (status.ok()) return status;
    Error error = status.error();
    error.where = shown_;
    return error;
  }
  std::unique_ptr<WritableFile> file_;
  const std::string shown_;
  std::atomic<uint64_t>& synced_;
};

Status list_below(World& world, const std::string& directory, const std::string& below,
                  std::vector<std::string>& files) {
  TRY(names, world.list(below.empty() ? directory : directory + "/" + below));
  for (const std::string& name : names) {
    const std::string path = below.empty() ? name : below + "/" + name;
    if (path == kStagingName) continue;
    const bool folder =
        world.kind(directory + "/" + path) == FileKind::kDirectory && !world.is_link(directory + "/" + path);
    if (folder)
      TRY_STATUS(list_below(world, directory, path, files));
    else
      files.push_back(path);
  }
  return kDone;
}

}  // namespace

OutputSet::OutputSet(World& world, std::string directory, OutputMode mode)
    : world_(world), directory_(std::move(directory)), mode_(mode) {}

OutputSet::~OutputSet() { abandon(); }

Result<std::unique_ptr<OutputSet>> OutputSet::make(World& world, std::string directory, OutputMode mode) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  std::unique_ptr<OutputSet> set(new OutputSet(world, directory, mode));
  TRY_STATUS(set->open(/*in_group=*/false));
  return set;
}

Result<std::shared_ptr<OutputSet>> OutputSet::make_for_group(World& world, std::string directory, OutputMode mode) {
  while (directory.size() > 1 && directory.ends_with('/')) directory.pop_back();
  std::shared_ptr<OutputSet> set(new OutputSet(world, directory, mode));
  TRY_STATUS(set->open(/*in_group=*/true));
  return set;
}

Status OutputSet::open(bool in_group) {
  in_group_ = in_group;
  TRY_STATUS(recover_outputs_around(world_, directory_));
  const FileKind kind = world_.kind(directory_);
  if (kind != FileKind::kDirectory && kind != FileKind::kMissing)
    return Error{ErrorCode::kIo, "cannot write a directory: a file has this name", directory_, "give another name"};
  fresh_ = kind == FileKind::kMissing;
  if (fresh_ && world_.kind(directory_of(directory_)) != FileKind::kDirectory)
    return Error{ErrorCode::kIo, "cannot make the directory: the one around it is missing", directory_,
                 "make it, or check the spelling; relative paths start at the working directory"};
  if (!fresh_ && mode_ == OutputMode::kNew) {
    TRY(names, world_.list(directory_));
    std::erase(names, kStagingName);
    if (!names.empty())
      return Error{ErrorCode::kIo, fmt::format("the directory is not empty: it has '{}'", names[0]), directory_,
                   "give OVERWRITE, OVERWRITE_OR_IGNORE or APPEND, or another directory"};
  }
  around_ = fresh_ ? directory_of(directory_) : directory_;
  TRY_STATUS(make_staging());
  return fresh_ && in_group_ ? world_.make_directory(data_path()) : Status(kDone);
}

// Where the files lie that will be below the directory.
std::string OutputSet::data_path() const {
  const std::string data = staging_ + "/data";
  return fresh_ && in_group_ ? fmt::format("{}/{}{}", data, name_of(directory_), kPartial) : data;
}

// With a lock that nobody else has taken: recovery may look at the directory as soon as it is there, and remove it before
// the lock is held.
Status OutputSet::make_staging() {
  static std::atomic<uint64_t> count{0};
  Status status = kDone;
  for (int i = 0; i < kStagingTries; ++i) {
    id_ = fmt::format("{:x}z{:x}", static_cast<uint64_t>(world_.wall_clock_us()), count.fetch_add(1));
    staging_ = fmt::format("{}/{}/{}", around_, kStagingName, id_);
    if (world_.kind(staging_) != FileKind::kMissing) continue;
    status = take_staging();
    if (!status.ok() && world_.kind(staging_) != FileKind::kMissing) break;
    if (lock_ == nullptr) continue;
    if (status.ok()) return kDone;
  }
  (void)world_.remove(staging_ + "/lock").ok();
  (void)world_.remove(staging_).ok();
  (void)world_.remove(around_ + "/" + std::string(kStagingName)).ok();
  Error error = status.ok()
                    ? Error{ErrorCode::kIo, "cannot get a place for files that are being written", "", "try again"}
                    : status.error();
  error.where = directory_;
  return error;
}

Status OutputSet::take_staging() {
  TRY_STATUS(world_.make_directory(staging_));
  TRY(file, world_.create(staging_ + "/lock"));
  TRY_STATUS(file->close());
  TRY(lock, world_.lock(staging_ + "/lock", false));
  lock_ = std::move(lock);
  if (lock_ == nullptr) return kDone;
  // Behind a power failure a directory without its lock would stay forever.
  TRY_STATUS(world_.sync_directory(staging_));
  return world_.make_directory(staging_ + "/data");
}

Result<std::unique_ptr<ByteOutput>> OutputSet::file(const std::string& name) {
  {
    const std::lock_guard lock(mutex_);
    if (!names_.insert(name).second)
      return Error{ErrorCode::kInvalidPlan, "two files would have the same name", directory_ + "/" + name,
                   "put {i} or {uuid} into FILENAME_PATTERN"};
  }
  const std::string path = data_path() + "/" + name + (fresh_ ? "" : std::string(kPartial));
  if (name.find('/') != std::string::npos) TRY_STATUS(world_.make_directory(directory_of(path)));
  auto created = world_.create(path);
  if (!created.ok()) {
    Error error = created.error();
    error.where = directory_ + "/" + name;
    return error;
  }
  return std::unique_ptr<ByteOutput>(
      std::make_unique<StagedFile>(std::move(created.value()), directory_ + "/" + name, synced_));
}

// Each directory of data/, from the innermost.
Status OutputSet::sync_data() {
  if (synced_ > kSyncedAloneMax) return world_.sync_all(staging_);
  std::set<std::string, std::greater<>> folders;
  for (const std::string& name : names_)
    for (size_t slash = name.rfind('/'); slash != std::string::npos && slash > 0; slash = name.rfind('/', slash - 1))
      folders.insert(name.substr(0, slash));
  for (const std::string& folder : folders) TRY_STATUS(world_.sync_directory(data_path() + "/" + folder));
  TRY_STATUS(world_.sync_directory(data_path()));
  TRY_STATUS(world_.sync_directory(staging_ + "/data"));
  return world_.sync_directory(staging_);
}

Result<OutputJournal> OutputSet::plan_moves() {
  if (fresh_) return OutputJournal{{}, {name_of(directory_)}, {}, {}};
  OutputJournal journal{{}, {names_.begin(), names_.end()}, {}, {}};
  if (mode_ != OutputMode::kReplaceAll) return journal;
  std::vector<std::string> there;
  TRY_STATUS(list_below(world_, directory_, "", there));
  for (std::string& path : there)
    if (!names_.contains(path)) journal.removed.push_back(std::move(path));
  return journal;
}

Status OutputSet::commit() {
  TRY_STATUS(sync_data());
  if (fresh_) {
    TRY_STATUS(world_.rename(staging_ + "/data", directory_));
    done_ = true;
    (void)remove_tree(world_, staging_).ok();  // the output is there, whatever becomes of this
  } else {
    TRY(journal, plan_moves());
    TRY_STATUS(write_journal(journal, kJournalName));
    done_ = true;  // it exists; who comes next completes it when we cannot
    TRY_STATUS(roll_forward(world_, directory_, id_, journal));
  }
  lock_.reset();
  (void)world_.remove(around_ + "/" + std::string(kStagingName)).ok();
  return kDone;
}

// From its return on it is there whatever happens.
Status OutputSet::write_journal(const OutputJournal& journal, std::string_view name) {
  const std::string path = fmt::format("{}/{}", staging_, name);
  TRY(file, world_.create(path + std::string(kPartial)));
  const std::string text = journal_text(journal);
  TRY_STATUS(file->append(text));
  TRY_STATUS(file->sync());
  TRY_STATUS(file->close());
  TRY_STATUS(world_.sync_directory(around_ + "/" + std::string(kStagingName)));
  TRY_STATUS(world_.sync_directory(around_));
  return world_.rename(path + std::string(kPartial), path);
}

Result<OutputPlace> OutputSet::place() const {
  TRY(real, world_.real_path(around_));
  return OutputPlace{std::move(real), id_};
}

Status OutputSet::prepare(const OutputPlace& leader) {
  TRY_STATUS(sync_data());
  TRY(journal, plan_moves());
  journal_ = std::move(journal);
  journal_.leader = leader;
  return write_journal(journal_, kPreparedName);
}

Status OutputSet::decide(const std::vector<OutputPlace>& others) {
  TRY_STATUS(sync_data());
  TRY(journal, plan_moves());
  journal_ = std::move(journal);
  journal_.others = others;
  return write_journal(journal_, kJournalName);
}

Status OutputSet::show() { return make_moves(world_, around_, id_, journal_); }

Status OutputSet::end() {
  TRY_STATUS(end_staging(world_, around_, id_, journal_));
  lock_.reset();
  (void)world_.remove(around_ + "/" + std::string(kStagingName)).ok();
  return kDone;
}

void OutputSet::abandon() {
  if (done_ || lock_ == nullptr) return;
  done_ = true;
  // What cannot be removed now, the next writer removes.
  (void)remove_tree(world_, staging_).ok();
  lock_.reset();
  (void)world_.remove(around_ + "/" + std::string(kStagingName)).ok();
}

}  // namespace headrace
