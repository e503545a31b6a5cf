// Goal: what is recorded is there afterwards, within the bounds, whoever else writes the file, whatever has become of it; what is
// quarantined is there at once and stays.
#include "observe/history.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/hash.h"
#include "observe/history_report.h"
#include "observe/record_bytes.h"

namespace headrace {
namespace {

constexpr uint64_t kLongNs = 20'000'000'000;

RunRecord run_named(const std::string& query) {
  RunRecord run{.started_us = 7, .query_hash = ~uint64_t{0}, .query = query, .build = "b", .processor = "p"};
  run.threads = 3;
  run.settings = R"({"tier": "compiled"})";
  run.wall_ns = 1'000;
  run.peak_bytes = 4'096;
  run.outcome = "ok";
  run.now_us = 12;
  run.answer_hash = ~uint64_t{1};
  run.stages = {{.stage = "0", .shape_hash = 5, .source = "scan t", .sink = "sink 0 collect", .rows_in = 10}};
  run.stages[0].measured_ns_per_row = 1.5;
  run.stages[0].batches = 9;
  run.stages[0].batch_p50_ns = 1'000;
  run.stages[0].batch_p99_ns = 2'000;
  run.stages[0].apart_batches = 4;
  run.stages[0].apart_p99_ns = 3'000;
  run.stages[0].queue_depth_mean = 0.5;
  run.stages[0].queue_depth_max = 6;
  run.stages[0].busiest_lane_ns = 70;
  run.stages[0].peak_bytes = 512;
  run.edges = {{"a", "b", "0.0", "register", "fused", 0.25, {}, 2.5, {}, 8, "[]", ""}};
  run.rules = {{"push_filters", 1, {}}};
  return run;
}

class HistoryStore : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = testing::TempDir() + "headrace_history_XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
    path_ = folder_ + "/state/history.db";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<History> open(HistoryOptions options = {}) {
    auto opened = History::open(real_world(), path_, options);
    EXPECT_TRUE(opened.ok()) << to_text(opened.error());
    return std::move(opened.value());
  }
  std::unique_ptr<HistoryFile> file() {
    std::vector<std::string> notes;
    auto opened = HistoryFile::open(real_world(), path_, {}, patience_, false, notes);
    EXPECT_TRUE(opened.ok()) << to_text(opened.error());
    return std::move(opened.value());
  }
  int64_t integer(const char* query) { return file()->database().integer(query).value(); }
  std::string text(const char* query) {
    const auto opened = file();
    const auto statement = opened->database().prepare(query);
    return statement->next().value() ? statement->text(0) : "none";
  }
  // Records runs and waits for them.
  void record(uint32_t runs, HistoryOptions options = {}) {
    const auto history = open(options);
    for (uint32_t i = 0; i < runs; ++i) {
      history->record(run_named("q" + std::to_string(i)));
      ASSERT_TRUE(history->flush(kLongNs));
    }
    ASSERT_EQ(history->dropped(), 0U);
  }
  void put(const std::string& bytes) const {
    std::filesystem::create_directories(folder_ + "/state");
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  std::string bytes() const {
    std::ifstream from(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(from), {}};
  }
  std::vector<std::string> set_aside() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/state")) {
      const std::string name = entry.path().filename().string();
      if (name.starts_with("history.db.damaged-") && !name.ends_with("-wal")) names.push_back(name);
    }
    return names;
  }

  std::string folder_, path_;
  Patience patience_;
};

QuarantineEntry entry_named(const std::string& name, uint64_t shape_hash = 1) {
  return {name, shape_hash, 11, "the rows differ", "b", "/reproducer"};
}

TEST_F(HistoryStore, ARunComesBackAsItWasRecorded) {
  record(1);
  EXPECT_EQ(
      text("SELECT concat_all FROM (SELECT started_us || ' ' || query_hash || ' ' || query || ' ' || build || ' ' || "
           "processor || ' ' || threads || ' ' || settings || ' ' || wall_ns || ' ' || peak_bytes || ' ' || outcome "
           "|| ' ' || now_us || ' ' || answer_hash AS concat_all FROM runs)"),
      R"(7 -1 q0 b p 3 {"tier": "compiled"} 1000 4096 ok 12 -2)");
  EXPECT_EQ(text("SELECT run || ' ' || stage || ' ' || shape_hash || ' ' || source || ' ' || rows_in || ' ' || "
                 "measured_ns_per_row || ' ' || (unfused_ns_per_row IS NULL) FROM stages"),
            "1 0 5 scan t 10 1.5 1");
  EXPECT_EQ(
      text("SELECT batches || ' ' || batch_p50_ns || ' ' || batch_p99_ns || ' ' || apart_batches || ' ' || "
           "apart_p99_ns || ' ' || queue_depth_mean || ' ' || queue_depth_max || ' ' || busiest_lane_ns || ' ' || "
           "peak_bytes FROM stages"),
      "9 1000 2000 4 3000 0.5 6 70 512");
  EXPECT_EQ(
      text("SELECT from_step || ' ' || to_step || ' ' || cut || ' ' || decision || ' ' || reason || ' ' || "
           "predicted_ns_per_row || ' ' || (measured_ns_per_row IS NULL) || ' ' || live_bytes_per_row FROM edges"),
      "a b 0.0 register fused 0.25 1 8");
  EXPECT_EQ(text("SELECT rule || ' ' || fired FROM rules"), "push_filters 1");
  const auto lines = last_runs(*file(), 10);
  ASSERT_EQ(lines.value().size(), 1U);
  EXPECT_EQ(lines.value()[0].query, "q0");
  EXPECT_EQ(lines.value()[0].stages, 1U);
  struct stat status{};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
}

TEST_F(HistoryStore, NothingIsOpenedBeforeTheFirstRecord) {
  {
    const auto history = History::behind(real_world(), path_);
    EXPECT_EQ(history->quarantined().value().size(), 0U);
    EXPECT_FALSE(std::filesystem::exists(folder_ + "/state"));
    history->record(run_named("q"));
    ASSERT_TRUE(history->flush(kLongNs));
  }
  EXPECT_EQ(integer("SELECT count(*) FROM runs"), 1);
}

TEST_F(HistoryStore, AProcessThatEndsAtOnceLeavesItsRunToTheNext) {
  RunSpool spool(real_world(), history_spool(path_));
  for (uint64_t i = 0; i < 3; ++i) {
    History::behind(real_world(), path_)->record(run_named("short" + std::to_string(i)));
    EXPECT_FALSE(std::filesystem::exists(path_));
    EXPECT_EQ(spool.names().size(), i + 1);
  }
  record(1);
  EXPECT_EQ(spool.names().size(), 0U);
  EXPECT_EQ(text("SELECT group_concat(query) FROM (SELECT query FROM runs ORDER BY id)"), "q0,short0,short1,short2");
  EXPECT_EQ(integer("SELECT count(*) FROM edges WHERE predicted_gain_ns = 2.5 AND measured_gain_ns IS NULL"), 4);
}

TEST_F(HistoryStore, TheSpoolIsBoundByTheProcessThatEnds) {
  RunSpool spool(real_world(), history_spool(path_));
  for (uint32_t i = 0; i < 30; ++i)
    History::behind(real_world(), path_, {.spool_files_max = 8})->record(run_named("q"));
  EXPECT_EQ(spool.names().size() + static_cast<uint64_t>(integer("SELECT count(*) FROM runs")), 30U);
  EXPECT_LE(spool.names().size(), 8U);
}

// The process that took a run is killed before it removes the file; other files are not whole.
TEST_F(HistoryStore, ARunOfTheSpoolComesInOnce) {
  RunSpool spool(real_world(), history_spool(path_));
  History::behind(real_world(), path_)->record(run_named("short"));
  const std::string name = history_spool(path_) + "/" + spool.names()[0];
  std::filesystem::copy(name, folder_ + "/kept");
  const std::string young = std::to_string(real_world().wall_clock_us());
  for (const std::string& begun : {std::string("00000000000000000001"), std::string(20 - young.size(), '0') + young}) {
    std::filesystem::copy(name, history_spool(path_) + "/" + begun + "-1-0.run");
    std::filesystem::resize_file(history_spool(path_) + "/" + begun + "-1-0.run", 50);
  }
  EXPECT_TRUE(file()->take(spool).ok());
  EXPECT_EQ(spool.names().size(), 1U) << "the young one stays";
  std::filesystem::copy(folder_ + "/kept", name);
  EXPECT_TRUE(file()->take(spool).ok());
  EXPECT_EQ(integer("SELECT count(*) FROM runs"), 1);
  EXPECT_EQ(spool.names().size(), 1U);
}

TEST_F(HistoryStore, BytesOfARunSayWhetherTheyAreWhole) {
  const std::string whole = to_bytes(run_named("q"));
  ASSERT_TRUE(run_from_bytes(whole).has_value());
  EXPECT_EQ(to_bytes(*run_from_bytes(whole)), whole);
  for (size_t i = 0; i < whole.size(); ++i) {
    EXPECT_FALSE(run_from_bytes(whole.substr(0, i)).has_value()) << i;
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ 1);
    EXPECT_FALSE(run_from_bytes(damaged).has_value()) << i;
  }
}

TEST_F(HistoryStore, TheOldestRunsGoWithAllThatIsSaidOfThem) {
  record(25, {.limits = {.runs_max = 10}});
  EXPECT_EQ(text("SELECT group_concat(query) FROM (SELECT query FROM runs ORDER BY id)"),
            "q15,q16,q17,q18,q19,q20,q21,q22,q23,q24");
  for (const char* table : {"stages", "edges", "rules"})
    EXPECT_EQ(integer(("SELECT count(*) FROM " + std::string(table)).c_str()), 10) << table;
}

TEST_F(HistoryStore, TheFileIsBoundInBytesAndShrinks) {
  constexpr uint64_t kBytesMax = 400'000;
  const auto used =
      "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, "
      "pragma_page_size";
  {
    const auto history = open({.limits = {.bytes_max = kBytesMax}});
    for (uint32_t i = 0; i < 300; ++i) {
      history->record(run_named(std::string(kRecordedTextBytesMax, 'x')));
      ASSERT_TRUE(history->flush(kLongNs));
    }
    EXPECT_EQ(history->dropped(), 0U);
  }
  EXPECT_LE(integer(used), static_cast<int64_t>(kBytesMax) + 50'000);
  EXPECT_GE(integer("SELECT count(*) FROM runs"), 50);
  record(20, {.limits = {.runs_max = 2}});
  EXPECT_LE(integer("PRAGMA page_count"), HistoryFile::kLogPagesMax + 20);
}

TEST_F(HistoryStore, WhatTheQueueCannotHoldIsDroppedAndCounted) {
  const auto history = open({.queue_runs_max = 4});
  history->record(run_named("first"));
  ASSERT_TRUE(history->flush(kLongNs));
  {
    const auto other = file();
    ASSERT_TRUE(other->database().execute("BEGIN IMMEDIATE").ok());
    const int64_t before_ns = real_world().monotonic_ns();
    for (int i = 0; i < 100; ++i) history->record(run_named("q"));
    EXPECT_LT(real_world().monotonic_ns() - before_ns, 1'000'000'000) << "recording waited";
    EXPECT_GE(history->dropped(), 90U);
    EXPECT_FALSE(history->flush(1'000'000));
    ASSERT_TRUE(other->database().execute("ROLLBACK").ok());
  }
  ASSERT_TRUE(history->flush(kLongNs));
  EXPECT_EQ(static_cast<uint64_t>(integer("SELECT count(*) FROM runs")) + history->dropped(), 101U);
  const std::vector<std::string> notes = history->take_notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("lacks"), std::string::npos) << notes[0];
}

TEST_F(HistoryStore, TheEndWaitsForALockedFileNoLongerThanItMay) {
  auto history = open({.close_ns_max = 100'000'000});
  const auto other = file();
  ASSERT_TRUE(other->database().execute("BEGIN IMMEDIATE").ok());
  history->record(run_named("q"));
  EXPECT_FALSE(history->flush(300'000'000)) << "the writer has not begun to wait for the file";
  const int64_t before_ns = real_world().monotonic_ns();
  history.reset();
  const int64_t took_ns = real_world().monotonic_ns() - before_ns;
  EXPECT_GE(took_ns, 100'000'000);
  EXPECT_LT(took_ns, 1'000'000'000);
  ASSERT_TRUE(other->database().execute("ROLLBACK").ok());
  EXPECT_EQ(integer("SELECT count(*) FROM runs"), 0);
}

TEST_F(HistoryStore, ADamagedFileIsSetAsideAndANewOneBegins) {
  const std::string garbage(20'000, 'x');
  put(garbage);
  const auto history = open();
  const std::vector<std::string> notes = history->take_notes();
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_NE(notes[0].find("damaged"), std::string::npos) << notes[0];
  ASSERT_EQ(set_aside().size(), 1U);
  EXPECT_EQ(std::filesystem::file_size(folder_ + "/state/" + set_aside()[0]), garbage.size());
  history->record(run_named("q"));
  ASSERT_TRUE(history->flush(kLongNs));
  EXPECT_EQ(integer("SELECT count(*) FROM runs"), 1);
}

// The damage is met by the writer; the quarantine is still readable and is kept.
TEST_F(HistoryStore, DamageBehindTheFirstPageIsFoundByTheWriter) {
  record(30);
  {
    const auto history = open();
    ASSERT_TRUE(history->quarantine(entry_named("fuse")).ok());
    ASSERT_TRUE(file()->database().execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());
  }
  const int64_t page = integer("SELECT rootpage FROM sqlite_schema WHERE name = 'runs'");
  std::string damaged = bytes();
  damaged.replace(static_cast<size_t>(page - 1) * 4'096, 4'096, std::string(4'096, '\x7f'));
  std::filesystem::remove(path_ + "-wal");
  std::filesystem::remove(path_ + "-shm");
  put(damaged);
  const auto history = History::behind(real_world(), path_);
  history->record(run_named("after"));
  ASSERT_TRUE(history->flush(kLongNs));
  EXPECT_EQ(history->dropped(), 0U);
  EXPECT_EQ(set_aside().size(), 1U);
  EXPECT_EQ(text("SELECT group_concat(query) FROM runs"), "after");
  EXPECT_EQ(history->quarantined().value(), std::vector{entry_named("fuse")});
}

TEST_F(HistoryStore, AnOlderVersionIsBroughtUpAndKeepsItsRuns) {
  record(1);
  std::string undo;
  for (const char* column : {"now_us", "answer_hash"}) undo += fmt::format("ALTER TABLE runs DROP COLUMN {};", column);
  for (const char* column : {"batches", "batch_p50_ns", "batch_p99_ns", "apart_batches", "apart_p99_ns",
                             "queue_depth_mean", "queue_depth_max", "busiest_lane_ns", "peak_bytes"})
    undo += fmt::format("ALTER TABLE stages DROP COLUMN {};", column);
  ASSERT_TRUE(file()->database().execute((undo + "PRAGMA user_version = 1").c_str()).ok());
  record(1);
  EXPECT_EQ(integer("PRAGMA user_version"), HistoryFile::kVersion);
  EXPECT_EQ(text("SELECT group_concat(coalesce(now_us, 'none') || ' ' || query, ', ') FROM runs"), "none q0, 12 q0");
  EXPECT_EQ(integer("SELECT sum(batches) FROM stages"), 9);
}

TEST_F(HistoryStore, ANewerVersionIsRefusedAndLeftAlone) {
  record(1);
  ASSERT_TRUE(file()->database().execute("PRAGMA user_version = 7; PRAGMA wal_checkpoint(TRUNCATE)").ok());
  const std::string before = bytes();
  const auto opened = History::open(real_world(), path_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(opened.error().message, "the history store has tables of version 7, expected at most 3");
  const auto history = History::behind(real_world(), path_);
  history->record(run_named("q"));
  ASSERT_TRUE(history->flush(kLongNs));
  EXPECT_EQ(history->dropped(), 1U);
  EXPECT_EQ(history->take_notes().size(), 1U);
  EXPECT_EQ(bytes(), before);
}

TEST_F(HistoryStore, WhatIsNoHistoryStoreIsLeftAlone) {
  put("a,b\n1,2\n");
  std::filesystem::rename(path_, folder_ + "/t.csv");
  EXPECT_FALSE(History::open(real_world(), folder_ + "/t.csv").ok());
  path_ = folder_ + "/t.csv";
  EXPECT_EQ(bytes(), "a,b\n1,2\n");
  path_ = folder_ + "/other.db";
  {
    auto other = Sqlite::open(real_world(), path_, true, patience_);
    ASSERT_TRUE(other.value()->execute("CREATE TABLE t (a)").ok());
  }
  const std::string before = bytes();
  const auto opened = History::open(real_world(), path_);
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, ErrorCode::kUnsupported);
  EXPECT_EQ(bytes(), before);
}

TEST_F(HistoryStore, AFolderThatCannotBeWrittenIsANote) {
  std::ofstream(folder_ + "/state") << "a file where a folder is expected";
  const auto history = History::behind(real_world(), path_);
  for (int i = 0; i < 3; ++i) history->record(run_named("q"));
  ASSERT_TRUE(history->flush(kLongNs));
  EXPECT_EQ(history->dropped(), 3U);
  EXPECT_FALSE(history->quarantine(entry_named("fuse")).ok());
  EXPECT_EQ(history->take_notes().size(), 1U);
}

TEST_F(HistoryStore, TwoInOneProcessLoseNothing) {
  constexpr int kRuns = 200;
  const auto write = [&](const std::string& name) {
    const auto history = History::behind(real_world(), path_, {.queue_runs_max = kRuns});
    for (int i = 0; i < kRuns; ++i) history->record(run_named(name));
    EXPECT_TRUE(history->flush(kLongNs));
    EXPECT_EQ(history->dropped(), 0U);
  };
  std::thread other([&] { write("left"); });
  write("right");
  other.join();
  EXPECT_EQ(integer("SELECT count(*) FROM runs WHERE query = 'left'"), kRuns);
  EXPECT_EQ(integer("SELECT count(*) FROM runs WHERE query = 'right'"), kRuns);
  EXPECT_EQ(integer("SELECT count(*) FROM stages"), 2 * kRuns);
}

// Runs `work` in a process that has opened nothing yet; gives its exit code, or minus the signal that ended it.
template <class Work>
int in_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(HistoryStore, TwoProcessesLoseNothing) {
  constexpr int kRuns = 100;
  const auto write = [&](const std::string& name) {
    const auto history = History::behind(real_world(), path_, {.queue_runs_max = kRuns});
    for (int i = 0; i < kRuns; ++i) history->record(run_named(name));
    const bool kept = history->flush(kLongNs) && history->dropped() == 0;
    for (const std::string& note : history->take_notes()) std::fprintf(stderr, "%s\n", note.c_str());
    return kept ? 0 : 1;
  };
  const pid_t child = fork();
  if (child == 0) _exit(write("left"));
  EXPECT_EQ(write("right"), 0);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(integer("SELECT count(*) FROM runs WHERE query = 'left'"), kRuns);
  EXPECT_EQ(integer("SELECT count(*) FROM runs WHERE query = 'right'"), kRuns);
}

TEST_F(HistoryStore, QuarantineIsSeenByOtherProcessesAtOnceAndOutlivesAKill) {
  const int ended = in_child([&] {
    const auto history = History::behind(real_world(), path_);
    if (!history->quarantine(entry_named("fuse")).ok()) return 1;
    // Seen while its writer lives.
    const int seen = in_child([&] {
      const auto other = History::behind(real_world(), path_);
      return other->quarantined().value() == std::vector{entry_named("fuse")} ? 0 : 1;
    });
    if (seen != 0) return 2;
    raise(SIGKILL);
    return 3;
  });
  EXPECT_EQ(ended, -SIGKILL);
  const auto history = open();
  EXPECT_EQ(history->quarantined().value(), std::vector{entry_named("fuse")});
  EXPECT_TRUE(history->quarantine(entry_named("fuse", 2)).ok());
  EXPECT_TRUE(history->release("fuse", 1).value());
  EXPECT_FALSE(history->release("fuse", 1).value());
  EXPECT_EQ(history->quarantined().value(), std::vector{entry_named("fuse", 2)});
}

std::string lines(const std::vector<GainLine>& gains) {
  const auto show = [](std::optional<double> value) { return value ? std::to_string(int(*value)) : "?"; };
  std::string text;
  for (const GainLine& gain : gains)
    text += gain.name + " " + std::to_string(gain.runs) + " " + show(gain.predicted_gain_ns) + " " +
            show(gain.measured_gain_ns) + "\n";
  return text;
}

TEST_F(HistoryStore, ReportsWhatRulesAndDecisionsWereWorth) {
  {
    const auto history = open();
    for (const double gain : {5.0, -7.0}) {
      RunRecord run = run_named("q");
      run.rules = {{"push_filters", 1, 3.0}, {"top_n", 0, {}}, {"join_order", 2, {}}};
      // Two edges over one cut count once.
      run.edges = {{"a", "b", "0.0", "register", "fused", 0.25, {}, 2.0, gain, 8, "[]", ""},
                   {"a", "c", "0.0", "register", "fused", 0.25, {}, 2.0, gain, 8, "[]", ""},
                   {"b", "c", "0.1", "staged", "expands", 0, {}, {}, {}, 8, "[]", ""}};
      history->record(run);
    }
    ASSERT_TRUE(history->flush(kLongNs));
  }
  const auto report = fusion_report(*file(), 100);
  ASSERT_TRUE(report.ok()) << to_text(report.error());
  EXPECT_EQ(report.value().runs, 2U);
  EXPECT_EQ(lines(report.value().rules), "join_order 2 ? ?\npush_filters 2 6 ?\n");
  EXPECT_EQ(lines(report.value().reasons), "expands 2 ? ?\nfused 2 4 -2\n");
  EXPECT_EQ(lines(report.value().losing_rules), "");
  EXPECT_EQ(lines(report.value().losing_cuts), "0.0, from a, of query ffffffffffffffff 2 4 -2\n");
  EXPECT_EQ(lines(fusion_report(*file(), 1).value().rules), "join_order 1 ? ?\npush_filters 1 3 ?\n");
}

TEST_F(HistoryStore, ARuleIsMeasuredByRunsOfTheSameQueryWithoutIt) {
  {
    const auto history = open();
    const auto ran = [&](const char* query, const char* settings, uint64_t wall_ns, bool fired) {
      RunRecord run = run_named(query);
      run.query_hash = hash_bytes(query, std::strlen(query));
      run.settings = settings;
      run.wall_ns = wall_ns;
      run.rules.clear();
      if (fired) run.rules = {{"top_n", 1, 10.0}};
      history->record(run);
    };
    constexpr const char* kOff = R"({"fusion.rule.top_n": "off", "tier": "compiled"})";
    const auto both = [&](const char* query, uint64_t with_ns, uint64_t without_ns, bool fires) {
      ran(query, R"({"tier": "compiled"})", with_ns, fires);
      ran(query, kOff, without_ns, false);
    };
    ran("q", R"({"tier": "compiled"})", 1, true);  // with no run without the rule beside it
    both("q", 70, 80, true);
    both("q", 50, 85, true);
    both("q", 60, 65, true);
    ran("q", R"({"fusion.rule.top_n": "off"})", 1, false);  // another tier
    for (int run = 0; run < 2; ++run) both("twice", 1'000, 1, true);
    for (int run = 0; run < 3; ++run) both("untouched", 1'000, 1, false);  // the rule has nothing to do there
    ASSERT_TRUE(history->flush(kLongNs));
    EXPECT_EQ(lines(fusion_report(*file(), 100).value().rules), "top_n 6 60 60\n") << "of four runs of q 15 each";
    EXPECT_EQ(lines(fusion_report(*file(), 100).value().losing_rules), "");
    ran("q", kOff, 40, false);
    ASSERT_TRUE(history->flush(kLongNs));
  }
  EXPECT_EQ(lines(fusion_report(*file(), 100).value().losing_rules), "top_n 6 60 -40\n");
}

// For test/integration/history_test.py, which kills it: writes until then, and says what it has in quarantine.
TEST(HistoryWriter, WritesUntilItIsKilled) {
  const char* path = std::getenv("HEADRACE_TEST_HISTORY");
  if (path == nullptr) GTEST_SKIP() << "HEADRACE_TEST_HISTORY is not set";
  const std::string build = std::to_string(getpid());
  const auto history = History::behind(real_world(), path, {.limits = {.runs_max = 50}});
  for (uint64_t i = 0;; ++i) {
    history->record(run_named("q" + std::to_string(i)));
    if (i % 5 != 0) continue;
    ASSERT_TRUE(history->quarantine({build, i, 0, "", build, ""}).ok());
    std::printf("quarantined as %s %llu .\n", build.c_str(), static_cast<unsigned long long>(i));
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace headrace
