#include "observe/sqlite.h"

#include <sqlite3.h>

#include <fmt/format.h>

#include "base/check.h"

namespace headrace {

namespace {

constexpr uint64_t kLookAgainUs = 1'000;  // while another connection writes

Error failure_of(sqlite3* database, int code, const std::string& path) {
  const int kind = code & 0xff;
  const char* reason = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
    return {ErrorCode::kBadInput, fmt::format("the file is damaged: {}", reason), path, ""};
  if (kind == SQLITE_FULL)
    return {ErrorCode::kIo, "cannot write the file: no space left on the device", path, "free some space"};
  if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
    return {ErrorCode::kIo, "another process has kept the file locked for too long", path, ""};
  return {ErrorCode::kIo, fmt::format("SQLite cannot use the file: {}", reason), path,
          "check the permissions of the file and its directory"};
}

}  // namespace

SqliteStatement::SqliteStatement(sqlite3* database, std::string_view sql, std::string path)
    : database_(database), path_(std::move(path)) {
  code_ = sqlite3_prepare_v3(database, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement_,
                             nullptr);
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

Error SqliteStatement::failure() const { return failure_of(database_, code_, path_); }

Result<bool> SqliteStatement::next() {
  if (statement_ == nullptr) return failure();
  code_ = sqlite3_step(statement_);
  if (code_ == SQLITE_ROW) return true;
  const std::optional<Error> error = code_ == SQLITE_DONE ? std::nullopt : std::optional(failure());
  sqlite3_reset(statement_);
  if (error.has_value()) return *error;
  return false;
}

Status SqliteStatement::finish() {
  for (;;) {
    TRY(row, next());
    if (!row) return kDone;
  }
}

int64_t SqliteStatement::integer(int column) { return sqlite3_column_int64(statement_, column); }
double SqliteStatement::real(int column) { return sqlite3_column_double(statement_, column); }

std::string SqliteStatement::text(int column) {
  const unsigned char* bytes = sqlite3_column_text(statement_, column);
  if (bytes == nullptr) return "";
  return {reinterpret_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::optional<double> SqliteStatement::maybe_real(int column) {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return real(column);
}

std::optional<int64_t> SqliteStatement::maybe_integer(int column) {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return integer(column);
}

void SqliteStatement::bind(int position, int64_t value) { sqlite3_bind_int64(statement_, position, value); }
void SqliteStatement::bind(int position, double value) { sqlite3_bind_double(statement_, position, value); }
void SqliteStatement::bind(int position, std::string_view value) {
  // The statement has run before the text goes.
  sqlite3_bind_text(statement_, position, value.data() == nullptr ? "" : value.data(), static_cast<int>(value.size()),
                    SQLITE_STATIC);
}
void SqliteStatement::bind_null(int position) { sqlite3_bind_null(statement_, position); }

Result<std::unique_ptr<Sqlite>> Sqlite::open(World& world, const std::string& path, bool makes, Patience& patience) {
  std::unique_ptr<Sqlite> opened(new Sqlite(world, path, patience));
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE |
                    (makes ? SQLITE_OPEN_CREATE : 0);
  const int code = sqlite3_open_v2(path.c_str(), &opened->database_, flags, nullptr);
  if (code != SQLITE_OK) return failure_of(opened->database_, code, path);
  sqlite3_busy_handler(opened->database_, on_busy, opened.get());
  // The last one to close writes nothing: a process that ends does not wait for the disk, and no log is removed by its name.
  sqlite3_db_config(opened->database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  return std::move(opened);
}

Sqlite::~Sqlite() { sqlite3_close_v2(database_); }

int Sqlite::on_busy(void* self, int tries) {
  auto& connection = *static_cast<Sqlite*>(self);
  const int64_t now_ns = connection.world_.monotonic_ns();
  if (tries == 0) connection.waits_since_ns_ = now_ns;
  const int64_t waited_ns = now_ns - connection.waits_since_ns_;
  if (waited_ns > static_cast<int64_t>(connection.patience_.wait_ns) || now_ns > connection.patience_.give_up_ns.load())
    return 0;
  connection.world_.wait_us(kLookAgainUs);
  return 1;
}

Status Sqlite::execute(const char* statements) {
  const int code = sqlite3_exec(database_, statements, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure_of(database_, code, path_);
  return kDone;
}

Result<int64_t> Sqlite::integer(const char* query) {
  const auto statement = prepare(query);
  TRY(row, statement->next());
  return row ? statement->integer(0) : int64_t{0};
}

std::unique_ptr<SqliteStatement> Sqlite::prepare(std::string_view sql) {
  return std::make_unique<SqliteStatement>(database_, sql, path_);
}

int64_t Sqlite::last_row() const { return sqlite3_last_insert_rowid(database_); }
int64_t Sqlite::changes() const { return sqlite3_changes64(database_); }
bool Sqlite::has_moved() const {
  int moved = 0;
  return sqlite3_file_control(database_, "main", SQLITE_FCNTL_HAS_MOVED, &moved) == SQLITE_OK && moved != 0;
}
bool Sqlite::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

}  // namespace headrace
