// observe/sqlite.h — SQLite's C interface with owners and errors of ours.
//
// SQLite goes to the operating system itself, past World: its locks are what lets several processes write one file, and nobody else
// reads or writes the files that it has open. Such a file must not be opened in the same process in any other way: closing it would let
// go of SQLite's locks.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/world.h"

struct sqlite3;
struct sqlite3_stmt;

namespace headrace {

// One prepared statement. Text columns are what was bound, bytes for bytes.
class SqliteStatement {
 public:
  SqliteStatement(sqlite3* database, std::string_view sql, std::string path);
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  // Parameters 1 … n; nullopt is NULL. Runs to the end and gives no rows.
  template <class... Values>
  Status run(const Values&... values) {
    start(values...);
    return finish();
  }
  // For next(). Texts stay where they are until the last row.
  template <class... Values>
  void start(const Values&... values) {
    int position = 0;
    (bind(++position, values), ...);
  }
  Result<bool> next();  // a row is there; false: no more
  int64_t integer(int column);
  double real(int column);
  std::string text(int column);
  std::optional<double> maybe_real(int column);
  std::optional<int64_t> maybe_integer(int column);

 private:
  void bind(int position, int64_t value);
  void bind(int position, uint64_t value) { bind(position, static_cast<int64_t>(value)); }
  void bind(int position, uint32_t value) { bind(position, int64_t{value}); }
  void bind(int position, double value);
  void bind(int position, std::string_view value);
  void bind(int position, const std::string& value) { bind(position, std::string_view(value)); }
  template <class T>
  void bind(int position, const std::optional<T>& value) {
    if (value.has_value())
      bind(position, *value);
    else
      bind_null(position);
  }
  void bind_null(int position);
  Status finish();
  Error failure() const;

  sqlite3* database_;
  sqlite3_stmt* statement_ = nullptr;
  int code_;  // of the last call
  const std::string path_;
};

// How long a connection waits for others. `give_up` makes all waits end, from any thread.
struct Patience {
  uint64_t wait_ns = 5'000'000'000;
  std::atomic<int64_t> give_up_ns{INT64_MAX};  // of the monotonic clock
};

// A connection, for one thread at a time.
class Sqlite {
 public:
  // Makes the file when it is missing and `makes` is set; else that is kIo. `patience` outlives the connection.
  static Result<std::unique_ptr<Sqlite>> open(World& world, const std::string& path, bool makes, Patience& patience);
  ~Sqlite();
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  Status execute(const char* statements);
  Result<int64_t> integer(const char* query);  // of its first row
  std::unique_ptr<SqliteStatement> prepare(std::string_view sql);  // mistakes in it show when it runs
  int64_t last_row() const;  // the number of the row that was inserted last
  int64_t changes() const;  // rows that the last statement changed
  bool in_transaction() const;
  bool has_moved() const;  // its file no longer has its name: someone has put it aside

 private:
  Sqlite(World& world, std::string path, Patience& patience)
      : world_(world), path_(std::move(path)), patience_(patience) {}
  static int on_busy(void* self, int tries);

  World& world_;
  const std::string path_;
  Patience& patience_;
  int64_t waits_since_ns_ = 0;
  sqlite3* database_ = nullptr;
};

// The file's bytes are not a database's. Such errors are kBadInput, and no other is.
inline bool is_damage(const Error& error) { return error.code == ErrorCode::kBadInput; }

}  // namespace headrace
