// io/catalog.h — the names of a session: files by format, tables and views by name.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/world.h"
#include "io/connector/connectors.h"
#include "io/few_open_files.h"
#include "io/format/parquet_footers.h"
#include "io/session_table.h"
#include "plan/catalog.h"
#include "plan/plan.h"
#include "runtime/scannable.h"

namespace headrace {

// Safe for use by many threads. Every table that it gives is a ScannableTable. Names are compared without case.
class FileCatalog final : public Catalog {
 public:
  // `footers`: those of Parquet files that were read before; nullptr: none are kept.
  FileCatalog(World& world, MemoryBudget& budget, const Settings& settings, ParquetFooters* footers = nullptr)
      : world_(world, budget, settings),
        few_open_(world, kFileSetFilesOpenMax),
        file_sets_(few_open_, budget, settings),
        budget_(budget),
        footers_(footers) {}

  // By `file.format`, else by the name's ending: .parquet .csv .tsv .tbl .json .jsonl .ndjson .arrow .feather .ipc.
  Result<TablePtr> open_file(const FileRef& file) override;
  TablePtr find_table(const std::string& name) override;
  PlanPtr find_view(const std::string& name) override;
  std::vector<std::string> names() const override;  // as they were given, sorted

  // A later table or view of the same name replaces the earlier one.
  void register_table(const std::string& name, std::shared_ptr<const ScannableTable> table);
  void register_view(const std::string& name, PlanPtr written);
  void register_session_table(std::shared_ptr<SessionTable> table);
  // One that statements may change; nullptr: none of that name.
  std::shared_ptr<SessionTable> find_session_table(const std::string& name) const;
  std::vector<std::shared_ptr<SessionTable>> session_tables() const;
  bool drop(const std::string& name);  // false: there was none

  // While one lives, a file that is opened again with the same options is the same table, so that what was read of a pipe to find its
  // columns is not lost.
  class Remembered {
   public:
    explicit Remembered(FileCatalog& catalog);
    ~Remembered();
    Remembered(const Remembered&) = delete;
    Remembered& operator=(const Remembered&) = delete;

   private:
    FileCatalog& catalog_;
  };
  std::unique_ptr<Remembered> remember() { return std::make_unique<Remembered>(*this); }

 private:
  // One of the three is set.
  struct Entry {
    std::string name;
    std::shared_ptr<const ScannableTable> table = {};
    PlanPtr view = {};
    std::shared_ptr<SessionTable> session_table = {};
  };
  const Entry* find(const std::string& name) const;  // requires mutex_
  void put(Entry entry);
  Result<TablePtr> open_anew(const FileRef& file);

  static constexpr uint32_t kFileSetFilesOpenMax = 64;

  ConnectedWorld world_;
  FewOpenFiles few_open_;
  ConnectedWorld file_sets_;  // reads the files of sets
  MemoryBudget& budget_;
  ParquetFooters* const footers_;
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, Entry> entries_;  // by name in lower case
  uint32_t remembering_ = 0;
  std::map<std::vector<std::string>, TablePtr> opened_;  // since remembering_ was 0; by path, format and options
};

}  // namespace headrace
