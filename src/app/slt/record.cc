#include "app/slt/record.h"

#include <algorithm>
#include <charconv>

namespace headrace::slt {

namespace {

std::vector<std::string> words_of(std::string_view line, std::string_view separators = " \t") {
  std::vector<std::string> words;
  for (size_t at = 0; (at = line.find_first_not_of(separators, at)) != std::string_view::npos;) {
    const size_t end = std::min(line.find_first_of(separators, at), line.size());
    words.emplace_back(line.substr(at, end - at));
    at = end;
  }
  return words;
}

bool is_blank(std::string_view line) { return line.find_first_not_of(" \t") == std::string_view::npos; }

// What `foreach t <numeric> …` stands for.
std::vector<std::string> expanded(const std::string& word) {
  const std::vector<std::string> integral = {"tinyint", "smallint", "integer", "bigint"};
  const std::vector<std::string> is_signed = {"tinyint", "smallint", "integer", "bigint", "hugeint"};
  const std::vector<std::string> is_unsigned = {"utinyint", "usmallint", "uinteger", "ubigint"};
  std::vector<std::string> numeric = integral;
  numeric.insert(numeric.end(), {"float", "double"});
  std::vector<std::string> all = numeric;
  all.insert(all.end(), {"bool", "varchar", "date", "timestamp"});
  if (word == "<integral>") return integral;
  if (word == "<signed>") return is_signed;
  if (word == "<unsigned>") return is_unsigned;
  if (word == "<numeric>") return numeric;
  if (word == "<alltypes>" || word == "<all_types_columns>") return all;
  return {word};
}

class Parser {
 public:
  explicit Parser(std::string_view text) {
    for (size_t begin = 0; begin < text.size();) {
      const size_t end = std::min(text.find('\n', begin), text.size());
      std::string_view line = text.substr(begin, end - begin);
      if (line.ends_with('\r')) line.remove_suffix(1);
      lines_.push_back(line);
      begin = end + 1;
    }
  }

  Result<std::vector<Record>> parse() {
    TRY(records, parse_until_end(false, 0));
    return std::move(records);
  }

 private:
  // The body of a loop, up to and with `endloop`, or the whole file.
  Result<std::vector<Record>> parse_until_end(bool in_loop, uint32_t opened) {
    std::vector<Record> records;
    std::vector<std::string> skip_if, only_if;
    while (at_ < lines_.size()) {
      const std::string_view line = lines_[at_];
      if (is_blank(line) || line.starts_with('#')) {
        ++at_;
        continue;
      }
      const std::vector<std::string> words = words_of(line);
      if (words[0] == "endloop") {
        ++at_;
        if (in_loop) return records;
        continue;
      }
      if ((words[0] == "skipif" || words[0] == "onlyif") && words.size() > 1) {
        (words[0] == "skipif" ? skip_if : only_if).push_back(words[1]);
        ++at_;
        continue;
      }
      TRY(record, parse_record(words));
      record.skip_if = std::exchange(skip_if, {});
      record.only_if = std::exchange(only_if, {});
      records.push_back(std::move(record));
    }
    if (in_loop) return Error{ErrorCode::kBadInput, "the loop has no endloop", "line " + std::to_string(opened), ""};
    return records;
  }

  Result<Record> parse_record(const std::vector<std::string>& words) {
    Record record{
        .kind = RecordKind::kUnknown, .line = static_cast<uint32_t>(at_ + 1), .skip_if = {}, .only_if = {}, .sql = ""};
    const std::string_view line = lines_[at_++];
    const std::string& first = words[0];
    record.argument = line;
    if (first == "statement") {
      parse_statement(words, line, record);
    } else if (first == "query") {
      parse_query(words, line, record);
    } else if (first == "halt") {
      record.kind = RecordKind::kHalt;
    } else if (first == "mode") {
      record.kind = RecordKind::kMode;
      record.argument = words.size() > 1 ? words[1] : "";
    } else if (first == "loop" || first == "concurrentloop" || first == "foreach" || first == "concurrentforeach") {
      return parse_loop(words, std::move(record));
    } else if (first == "require" || first == "require-env") {
      record.kind = RecordKind::kRequire;
      record.argument = first == "require-env" ? "the environment" : words.size() > 1 ? words[1] : "";
    } else if (first == "restart" || first == "reconnect" || first == "load") {
      record.kind = RecordKind::kRestart;
    } else if (first == "include") {
      record.kind = RecordKind::kInclude;
      record.argument = words.size() > 1 ? words[1] : "";
    } else if (first == "unzip" || first == "unlink" || first == "copy" || first == "template") {
      record.kind = RecordKind::kForeign;
    } else if (first == "hash-threshold" || first == "set" || first == "control" || first == "subtest" ||
               first == "connection" || first == "sleep" || first == "reset" || first == "tags" ||
               first == "test-env") {
      record.kind = RecordKind::kSet;
    } else {
      take_lines();
    }
    return record;
  }

  // SQL up to a blank line or ----, which is taken.
  std::string take_sql(bool& answer_follows) {
    std::string sql;
    answer_follows = false;
    while (at_ < lines_.size() && !is_blank(lines_[at_])) {
      if (lines_[at_] == "----") {
        ++at_;
        answer_follows = true;
        break;
      }
      sql += sql.empty() ? "" : "\n";
      sql += lines_[at_++];
    }
    return sql;
  }

  // Up to a blank line.
  std::vector<std::string> take_lines() {
    std::vector<std::string> lines;
    while (at_ < lines_.size() && !is_blank(lines_[at_])) lines.emplace_back(lines_[at_++]);
    return lines;
  }

  // Text of an error: the line as a whole, or what stands behind ----.
  static std::string rest_of(std::string_view line, std::string_view word) {
    std::string_view rest = line.substr(line.find(word) + word.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
    return std::string(rest);
  }

  void parse_statement(const std::vector<std::string>& words, std::string_view line, Record& record) {
    record.kind = RecordKind::kStatement;
    const std::string expect = words.size() > 1 ? words[1] : "ok";
    record.expect = expect == "error"                     ? Expect::kError
                    : expect == "maybe"                   ? Expect::kAny
                    : expect == "ok" || expect == "count" ? Expect::kOk
                                                          : Expect::kAny;
    // A pattern on the same line; but a word such as con1 names a connection.
    if (record.expect == Expect::kError && words.size() > 2 && !words[2].starts_with("con"))
      record.expected_error = {"<REGEX>:(?s).*(" + rest_of(line, "error") + ").*"};
    bool answer = false;
    record.sql = take_sql(answer);
    if (answer)
      if (auto lines = take_lines(); !lines.empty()) record.expected_error = joined(std::move(lines));
  }

  static std::vector<std::string> joined(std::vector<std::string> lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : "\n") + line;
    return {text};
  }

  void parse_query(const std::vector<std::string>& words, std::string_view line, Record& record) {
    record.kind = RecordKind::kQuery;
    bool answer = false;
    if (words.size() > 1 && words[1] == "error") {
      record.expect = Expect::kError;
      if (words.size() > 2) record.expected_error = {"<REGEX>:(?s).*(" + rest_of(line, "error") + ").*"};
      record.sql = take_sql(answer);
      if (answer)
        if (auto lines = take_lines(); !lines.empty()) record.expected_error = joined(std::move(lines));
      return;
    }
    record.types = words.size() > 1 ? words[1] : "";
    for (size_t i = 2; i < words.size(); ++i)
      for (const std::string& word : words_of(words[i], ",")) {
        if (word == "rowsort" || word == "sort")
          record.sort = SortMode::kRows;
        else if (word == "valuesort")
          record.sort = SortMode::kValues;
        else if (word == "colnames")
          record.column_names = true;
        else if (word != "nosort" && !word.starts_with("con"))
          record.label = word;
      }
    record.sql = take_sql(record.has_answer);
    if (record.has_answer) record.answer = take_lines();
  }

  Result<Record> parse_loop(const std::vector<std::string>& words, Record record) {
    record.kind = RecordKind::kLoop;
    if (words.size() < 3)
      return Error{ErrorCode::kBadInput, "a loop expects its variable and values",
                   "line " + std::to_string(record.line), "loop i 0 10, or foreach t integer bigint"};
    record.variable = words[1];
    if (words[0].ends_with("foreach")) {
      for (size_t i = 2; i < words.size(); ++i)
        for (std::string& word : expanded(words[i]))
          if (word.starts_with('!'))
            std::erase(record.words, word.substr(1));
          else
            record.words.push_back(std::move(word));
    } else {
      int64_t begin = 0, end = 0;
      const std::string& last = words.size() > 3 ? words[3] : words[2];
      std::from_chars(words[2].data(), words[2].data() + words[2].size(), begin);
      std::from_chars(last.data(), last.data() + last.size(), end);
      constexpr int64_t kTurnsMax = 1'000'000;
      for (int64_t i = begin; i < end && i - begin < kTurnsMax; ++i) record.words.push_back(std::to_string(i));
    }
    TRY(body, parse_until_end(true, record.line));
    record.body = std::move(body);
    return record;
  }

  std::vector<std::string_view> lines_;
  size_t at_ = 0;
};

}  // namespace

Result<std::vector<Record>> parse_records(std::string_view text) { return Parser(text).parse(); }

}  // namespace headrace::slt
