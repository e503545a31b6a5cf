#include "observe/history_file.h"

#include <sys/stat.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

namespace headrace {

namespace {

constexpr int kLogTriesMax = 200;
constexpr size_t kTakenAtOnceMax = 1'000;
constexpr int64_t kApplication = 0x48445243;  // "HDRC", in application_id

constexpr const char* kTables = R"(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY, started_us INTEGER NOT NULL, query_hash INTEGER NOT NULL, query TEXT NOT NULL,
  build TEXT NOT NULL, processor TEXT NOT NULL, threads INTEGER NOT NULL, settings TEXT NOT NULL,
  wall_ns INTEGER NOT NULL, peak_bytes INTEGER, outcome TEXT NOT NULL, now_us INTEGER, answer_hash INTEGER) STRICT;
CREATE TABLE stages (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, stage TEXT NOT NULL, shape_hash INTEGER NOT NULL,
  source TEXT NOT NULL, sink TEXT NOT NULL, rows_in INTEGER NOT NULL, rows_out INTEGER NOT NULL,
  morsels INTEGER NOT NULL, busy_ns INTEGER NOT NULL, wall_ns INTEGER NOT NULL, predicted_ns_per_row REAL NOT NULL,
  measured_ns_per_row REAL, unfused_ns_per_row REAL, bytes_materialised INTEGER,
  batches INTEGER, batch_p50_ns INTEGER, batch_p99_ns INTEGER, apart_batches INTEGER, apart_p99_ns INTEGER,
  queue_depth_mean REAL, queue_depth_max INTEGER, busiest_lane_ns INTEGER, peak_bytes INTEGER,
  PRIMARY KEY (run, stage)) STRICT, WITHOUT ROWID;
CREATE TABLE edges (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, edge INTEGER NOT NULL, from_step TEXT NOT NULL,
  to_step TEXT NOT NULL, cut TEXT NOT NULL, decision TEXT NOT NULL, reason TEXT NOT NULL,
  predicted_ns_per_row REAL NOT NULL, measured_ns_per_row REAL, predicted_gain_ns REAL, measured_gain_ns REAL,
  live_bytes_per_row INTEGER NOT NULL, alternatives TEXT NOT NULL, changes TEXT NOT NULL,
  PRIMARY KEY (run, edge)) STRICT, WITHOUT ROWID;
CREATE TABLE rules (
  run INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE, rule TEXT NOT NULL, fired INTEGER NOT NULL,
  predicted_gain_ns REAL, PRIMARY KEY (run, rule)) STRICT, WITHOUT ROWID;
CREATE TABLE taken (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE quarantine (
  name TEXT NOT NULL, shape_hash INTEGER NOT NULL, since_us INTEGER NOT NULL, why TEXT NOT NULL, build TEXT NOT NULL,
  reproducer TEXT NOT NULL, PRIMARY KEY (name, shape_hash)) STRICT, WITHOUT ROWID;
)";

// By version, from 1: what makes its tables those of the next one. Columns are added behind the others, as `kTables` has them.
constexpr const char* kUpgrades[] = {R"(
ALTER TABLE runs ADD COLUMN now_us INTEGER;
ALTER TABLE runs ADD COLUMN answer_hash INTEGER;
ALTER TABLE stages ADD COLUMN batches INTEGER;
ALTER TABLE stages ADD COLUMN batch_p50_ns INTEGER;
ALTER TABLE stages ADD COLUMN batch_p99_ns INTEGER;
ALTER TABLE stages ADD COLUMN apart_batches INTEGER;
ALTER TABLE stages ADD COLUMN apart_p99_ns INTEGER;
ALTER TABLE stages ADD COLUMN queue_depth_mean REAL;
ALTER TABLE stages ADD COLUMN queue_depth_max INTEGER;
)",
                                     R"(
ALTER TABLE stages ADD COLUMN busiest_lane_ns INTEGER;
ALTER TABLE stages ADD COLUMN peak_bytes INTEGER;
)"};
static_assert(std::size(kUpgrades) + 1 == HistoryFile::kVersion);

// Undone unless it is committed.
class Transaction {
 public:
  explicit Transaction(Sqlite& database) : database_(database) {}
  ~Transaction() {
    if (database_.in_transaction()) static_cast<void>(database_.execute("ROLLBACK"));
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  // Takes the lock to write at once: no reader has to become a writer later, which others could forbid.
  Status begin() { return database_.execute("BEGIN IMMEDIATE"); }
  Status begin_reading() { return database_.execute("BEGIN"); }
  Status commit() { return database_.execute("COMMIT"); }

 private:
  Sqlite& database_;
};

// All of one moment: another process may be making the tables.
Result<int64_t> version_of(Sqlite& database, const std::string& path) {
  Transaction transaction(database);
  TRY_STATUS(transaction.begin_reading());
  TRY(version, database.integer("PRAGMA user_version"));
  TRY(application, database.integer("PRAGMA application_id"));
  TRY(tables, database.integer("SELECT count(*) FROM sqlite_schema"));
  const std::string hint = "set HEADRACE_HISTORY to another path, or to off";
  if (application != kApplication && (version != 0 || tables != 0))
    return Error{ErrorCode::kUnsupported, "the file is another program's database, not a history store", path, hint};
  if (version > HistoryFile::kVersion)
    return Error{
        ErrorCode::kUnsupported,
        fmt::format("the history store has tables of version {}, expected at most {}", version, HistoryFile::kVersion),
        path, "use the newer headrace that wrote it, or " + hint};
  return version;
}

// Several processes may be doing this at once.
Status make_tables(World& world, Sqlite& database, const std::string& path) {
  ::chmod(path.c_str(), 0600);  // texts of queries are nobody else's business; the log inherits it
  TRY_STATUS(database.execute("PRAGMA auto_vacuum = INCREMENTAL"));
  // SQLite does not wait here for another one that does the same.
  Status logged = database.execute("PRAGMA journal_mode = WAL");
  for (int tries = 0; !logged.ok() && !is_damage(logged.error()) && tries < kLogTriesMax; ++tries) {
    world.wait_us(1'000);
    logged = database.execute("PRAGMA journal_mode = WAL");
  }
  TRY_STATUS(std::move(logged));
  Transaction transaction(database);
  TRY_STATUS(transaction.begin());
  TRY(version, database.integer("PRAGMA user_version"));
  if (version != 0) return kDone;
  TRY_STATUS(database.execute(kTables));
  TRY_STATUS(database.execute(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kApplication, HistoryFile::kVersion)
          .c_str()));
  return transaction.commit();
}

// Another process, of this version or another, may have been quicker.
Status upgrade_tables(Sqlite& database) {
  Transaction transaction(database);
  TRY_STATUS(transaction.begin());
  TRY(found, database.integer("PRAGMA user_version"));
  if (found >= HistoryFile::kVersion) return kDone;
  for (int64_t version = found; version < HistoryFile::kVersion; ++version)
    TRY_STATUS(database.execute(kUpgrades[version - 1]));
  TRY_STATUS(database.execute(fmt::format("PRAGMA user_version = {}", HistoryFile::kVersion).c_str()));
  return transaction.commit();
}

// Adds what is there up to an error.
Status read_quarantine(Sqlite& database, std::vector<QuarantineEntry>& entries) {
  const auto rows = database.prepare(
      "SELECT name, shape_hash, since_us, why, build, reproducer FROM quarantine ORDER BY since_us, name, shape_hash");
  for (;;) {
    TRY(row, rows->next());
    if (!row) return kDone;
    entries.push_back({rows->text(0), static_cast<uint64_t>(rows->integer(1)), rows->integer(2), rows->text(3),
                       rows->text(4), rows->text(5)});
  }
}

}  // namespace

HistoryFile::HistoryFile(std::unique_ptr<Sqlite> database, HistoryLimits limits)
    : database_(std::move(database)), limits_(limits) {}

Result<std::unique_ptr<HistoryFile>> HistoryFile::open_once(World& world, const std::string& path, HistoryLimits limits,
                                                            Patience& patience) {
  const FileKind kind = world.kind(path);
  if (kind == FileKind::kDirectory || kind == FileKind::kOther)
    return Error{ErrorCode::kUnsupported,
                 fmt::format("expected a file for the history store, found a {}",
                             kind == FileKind::kDirectory ? "directory" : "device or pipe"),
                 path, "set HEADRACE_HISTORY to another path, or to off"};
  TRY(database, Sqlite::open(world, path, true, patience));
  TRY(version, version_of(*database, path));
  if (version == 0) TRY_STATUS(make_tables(world, *database, path));
  if (version < kVersion) TRY_STATUS(upgrade_tables(*database));
  TRY_STATUS(database->execute(fmt::format("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; "
                                           "PRAGMA wal_autocheckpoint = {}",
                                           kLogPagesMax)
                                   .c_str()));
  return std::unique_ptr<HistoryFile>(new HistoryFile(std::move(database), limits));
}

// Under a lock, since another process may have seen the same damage and put a good file there meanwhile.
Result<std::vector<QuarantineEntry>> HistoryFile::set_aside(World& world, const std::string& path, Patience& patience,
                                                            std::vector<std::string>& notes) {
  const std::string lock_path = path + "-lock";
  if (world.kind(lock_path) == FileKind::kMissing) {
    TRY(made, world.create(lock_path));
    TRY_STATUS(made->close());
  }
  TRY(lock, world.lock(lock_path, true));
  (void)lock;
  std::vector<QuarantineEntry> kept;
  {
    auto database = Sqlite::open(world, path, false, patience);
    if (!database.ok()) return std::move(kept);  // someone has taken it away
    const auto checked = database.value()->prepare("PRAGMA integrity_check(1)");
    const Result<bool> row = checked->next();
    if (!row.ok() && !is_damage(row.error())) return row.error();
    if (row.ok() && row.value() && checked->text(0) == "ok") return std::move(kept);
    static_cast<void>(read_quarantine(*database.value(), kept));
  }
  const std::string aside = fmt::format("{}.damaged-{}", path, world.wall_clock_us());
  // The file goes last: its log must never lie beside another one.
  if (world.kind(path + "-wal") != FileKind::kMissing) TRY_STATUS(world.rename(path + "-wal", aside + "-wal"));
  TRY_STATUS(world.remove(path + "-shm"));
  TRY_STATUS(world.rename(path, aside));
  notes.push_back(
      fmt::format("the history store was damaged: it is now {}, and a new one begins with {} quarantine entries", aside,
                  kept.size()));
  return std::move(kept);
}

Result<std::unique_ptr<HistoryFile>> HistoryFile::open(World& world, const std::string& path, HistoryLimits limits,
                                                       Patience& patience, bool was_damaged,
                                                       std::vector<std::string>& notes) {
  const std::string directory = std::filesystem::path(path).parent_path().string();
  if (!directory.empty() && world.kind(directory) == FileKind::kMissing) TRY_STATUS(world.make_directory(directory));
  if (!was_damaged) {
    auto opened = open_once(world, path, limits, patience);
    if (opened.ok() || !is_damage(opened.error())) return opened;
  }
  if (!path.ends_with(".db"))  // it may be something else that was named by mistake
    return Error{ErrorCode::kUnsupported, "the file is no history store", path,
                 "give the store a name that ends in .db"};
  TRY(kept, set_aside(world, path, patience, notes));
  TRY(anew, open_once(world, path, limits, patience));
  for (const QuarantineEntry& entry : kept) TRY_STATUS(anew->quarantine(entry));
  return std::move(anew);
}

Status HistoryFile::write(std::span<const RunRecord> runs) {
  Transaction transaction(*database_);
  TRY_STATUS(transaction.begin());
  TRY_STATUS(write_all(runs));
  TRY_STATUS(forget());
  return transaction.commit();
}

// Files of the spool whose runs are here, and that may still be there if the process that took them was killed.
Result<std::vector<std::string>> HistoryFile::taken() {
  const auto rows = database_->prepare("SELECT name FROM taken ORDER BY name");
  std::vector<std::string> names;
  for (;;) {
    TRY(row, rows->next());
    if (!row) return std::move(names);
    names.push_back(rows->text(0));
  }
}

Status HistoryFile::take(RunSpool& spool) {
  if (spool.names().empty()) return kDone;
  Transaction transaction(*database_);
  TRY_STATUS(transaction.begin());
  std::vector<std::string> names = spool.names();  // another process may have taken some meanwhile
  if (names.size() > kTakenAtOnceMax) names.resize(kTakenAtOnceMax);
  TRY(before, taken());
  TRY_STATUS(database_->execute("DELETE FROM taken"));
  const auto note = database_->prepare("INSERT INTO taken VALUES (?)");
  std::vector<RunRecord> runs;
  std::vector<std::string> done;
  for (const std::string& name : names) {
    std::optional<RunRecord> run = spool.read(name);
    if (!run.has_value() && !spool.is_old(name)) continue;
    if (run.has_value() && !std::ranges::binary_search(before, name)) runs.push_back(std::move(*run));
    TRY_STATUS(note->run(name));
    done.push_back(name);
  }
  TRY_STATUS(write_all(runs));
  TRY_STATUS(forget());
  TRY_STATUS(transaction.commit());
  spool.remove(done);
  return kDone;
}

Status HistoryFile::write_all(std::span<const RunRecord> runs) {
  if (run_ == nullptr) {
    run_ = database_->prepare(
        "INSERT INTO runs (started_us, query_hash, query, build, processor, threads, settings, wall_ns, peak_bytes, "
        "outcome, now_us, answer_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    stage_ = database_->prepare(
        "INSERT INTO stages (run, stage, shape_hash, source, sink, rows_in, rows_out, morsels, busy_ns, wall_ns, "
        "predicted_ns_per_row, measured_ns_per_row, unfused_ns_per_row, bytes_materialised, batches, batch_p50_ns, "
        "batch_p99_ns, apart_batches, apart_p99_ns, queue_depth_mean, queue_depth_max, busiest_lane_ns, peak_bytes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    edge_ = database_->prepare(
        "INSERT INTO edges (run, edge, from_step, to_step, cut, decision, reason, predicted_ns_per_row, "
        "measured_ns_per_row, predicted_gain_ns, measured_gain_ns, live_bytes_per_row, alternatives, changes) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    rule_ = database_->prepare("INSERT INTO rules (run, rule, fired, predicted_gain_ns) VALUES (?, ?, ?, ?)");
  }
  for (const RunRecord& run : runs) TRY_STATUS(write_one(run));
  return kDone;
}

Status HistoryFile::write_one(const RunRecord& run) {
  TRY_STATUS(run_->run(run.started_us, run.query_hash, run.query, run.build, run.processor, run.threads, run.settings,
                       run.wall_ns, run.peak_bytes, run.outcome, run.now_us, run.answer_hash));
  const int64_t id = database_->last_row();
  for (const StageRecord& stage : run.stages)
    TRY_STATUS(stage_->run(id, stage.stage, stage.shape_hash, stage.source, stage.sink, stage.rows_in, stage.rows_out,
                           stage.morsels, stage.busy_ns, stage.wall_ns, stage.predicted_ns_per_row,
                           stage.measured_ns_per_row, stage.unfused_ns_per_row, stage.bytes_materialised, stage.batches,
                           stage.batch_p50_ns, stage.batch_p99_ns, stage.apart_batches, stage.apart_p99_ns,
                           stage.queue_depth_mean, stage.queue_depth_max, stage.busiest_lane_ns, stage.peak_bytes));
  uint32_t number = 0;
  for (const EdgeRecord& edge : run.edges)
    TRY_STATUS(edge_->run(id, number++, edge.from, edge.to, edge.cut, edge.decision, edge.reason,
                          edge.predicted_ns_per_row, edge.measured_ns_per_row, edge.predicted_gain_ns,
                          edge.measured_gain_ns, edge.live_bytes_per_row, edge.alternatives, edge.changes));
  for (const RuleRecord& rule : run.rules) TRY_STATUS(rule_->run(id, rule.rule, rule.fired, rule.predicted_gain_ns));
  return kDone;
}

// Numbers of runs have no gaps but in front of the oldest, so that the last one's says which are too many.
Status HistoryFile::forget() {
  TRY(last, database_->integer("SELECT max(id) FROM runs"));
  TRY(first, database_->integer("SELECT min(id) FROM runs"));
  int64_t forget_to = last - static_cast<int64_t>(limits_.runs_max);
  TRY(page_bytes, database_->integer("PRAGMA page_size"));
  TRY(pages, database_->integer("PRAGMA page_count"));
  TRY(free_pages, database_->integer("PRAGMA freelist_count"));
  if (static_cast<uint64_t>((pages - free_pages) * page_bytes) > limits_.bytes_max)
    forget_to = std::max(forget_to, first + (last - first) / 10);
  if (forget_to >= first) TRY_STATUS(database_->prepare("DELETE FROM runs WHERE id <= ?")->run(forget_to));
  // Pages that the next runs will not need; a few at a time, for others wait.
  if (free_pages > kLogPagesMax) TRY_STATUS(database_->execute("PRAGMA incremental_vacuum(64)"));
  return kDone;
}

Status HistoryFile::quarantine(const QuarantineEntry& entry) {
  TRY_STATUS(database_->execute("PRAGMA synchronous = FULL"));
  Transaction transaction(*database_);
  TRY_STATUS(transaction.begin());
  TRY_STATUS(database_->prepare("INSERT OR REPLACE INTO quarantine VALUES (?, ?, ?, ?, ?, ?)")
                 ->run(entry.name, entry.shape_hash, entry.since_us, entry.why, entry.build, entry.reproducer));
  TRY_STATUS(transaction.commit());
  return database_->execute("PRAGMA synchronous = NORMAL");
}

Result<std::vector<QuarantineEntry>> HistoryFile::quarantined() {
  std::vector<QuarantineEntry> entries;
  TRY_STATUS(read_quarantine(*database_, entries));
  return std::move(entries);
}

Result<bool> HistoryFile::release(const std::string& name, uint64_t shape_hash) {
  TRY_STATUS(database_->execute("PRAGMA synchronous = FULL"));
  Transaction transaction(*database_);
  TRY_STATUS(transaction.begin());
  TRY_STATUS(database_->prepare("DELETE FROM quarantine WHERE name = ? AND shape_hash = ?")->run(name, shape_hash));
  const bool found = database_->changes() > 0;
  TRY_STATUS(transaction.commit());
  TRY_STATUS(database_->execute("PRAGMA synchronous = NORMAL"));
  return found;
}

}  // namespace headrace
