#include "engine/run_statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/nearest_name.h"
#include "base/overloaded.h"
#include "engine/output_block.h"
#include "engine/prepared.h"
#include "engine/text_settings.h"
#include "expr/typing.h"

namespace headrace {

namespace {

using Answer = Result<std::shared_ptr<const RowsCore>>;

std::vector<TextRow> lines_of(const std::string& text) {
  std::vector<TextRow> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back({text.substr(begin, end - begin)});
    begin = end + 1;
  }
  return lines;
}

// All settings with what they are for, or one; the name of a table or view describes that.
Answer show(SessionCore& session, const std::string& name) {
  const std::vector<SettingLine> settings = settings_of(session);
  std::vector<TextRow> rows;
  if (name.empty()) {
    for (const SettingLine& one : settings) rows.push_back({one.name, one.value, one.documentation});
    return text_rows(session.engine, {"name", "value", "description"}, rows);
  }
  const auto one = std::ranges::find(settings, name, &SettingLine::name);
  if (one != settings.end()) {
    rows.push_back({name, one->value});
  } else if (session.catalog.find_table(name) != nullptr || session.catalog.find_view(name) != nullptr) {
    return describe(session, Plan{ScanTable{name, "", nullptr, {}, {}}, {}});
  } else {
    TRY_STATUS(check_setting_name(name));
    rows.push_back({name, std::nullopt});  // an edge that is not pinned
  }
  return text_rows(session.engine, {"name", "value"}, rows);
}

Answer show_tables(SessionCore& session) {
  std::vector<TextRow> rows;
  for (const std::string& name : session.catalog.names()) rows.push_back({name});
  return text_rows(session.engine, {"name"}, rows);
}

Answer explain(SessionCore& session, const ExplainStatement& statement) {
  TRY(text, explain_plan(session, *statement.plan,
                         {statement.stage, statement.fusion, statement.analyze, statement.format == "json"}));
  auto lines = std::make_shared<RowsCore>(*text_rows(session.engine, {"explain"}, lines_of(text)));
  lines->is_text = true;
  return std::shared_ptr<const RowsCore>(lines);
}

}  // namespace

Status set_in_session(SessionCore& session, const std::string& name, const std::string& value) {
  if (name == "now") return assign_now(session, value);
  if (is_text_setting(name)) return assign_text_setting(session.rules, name, value);
  return assign_setting(session.settings, name, value);
}

std::vector<SettingLine> settings_of(const SessionCore& session) {
  std::vector<SettingLine> all = list_settings(session.settings);
  for (SettingLine& one : list_text_settings(session.rules)) all.push_back(std::move(one));
  all.push_back({"now", session.now_us ? to_display(Value{kTimestampTz, *session.now_us}) : "clock",
                 "clock | an instant such as 2024-01-31 10:00:00Z", "What now() and current_date are."});
  return all;
}

std::shared_ptr<const RowsCore> no_rows(const SessionCore& session) { return text_rows(session.engine, {}, {}); }

std::shared_ptr<const RowsCore> count_row(const SessionCore& session, const std::string& column, uint64_t count) {
  auto rows = std::make_shared<RowsCore>();
  rows->engine = session.engine;
  rows->schema = {{column, kInt64, false}};
  rows->rows = 1;
  const auto value = std::make_shared<int64_t>(static_cast<int64_t>(count));
  Batch batch{.rows = 1, .columns = {}};
  batch.columns.push_back(Vector{.type = kInt64, .data = value.get(), .owner = value});
  rows->batches.push_back(std::move(batch));
  return rows;
}

Error no_such_table(const SessionCore& session, const std::string& name, TextPosition where) {
  std::string hint = did_you_mean(name, session.catalog.names());
  if (hint.empty()) hint = "SHOW TABLES lists what the session has";
  return {ErrorCode::kInvalidPlan, fmt::format("there is no table or view '{}'", name), to_text(where),
          std::move(hint)};
}

namespace {

Answer run_one(SessionCore& session, const Statement& statement) {
  const StatementScope scope(facts_of(session));
  TRY(kept, run_in_block(session, statement));
  if (kept.has_value()) return *kept;
  return std::visit(Overloaded{[&](const QueryStatement& s) -> Answer { return run_plan(session, *s.plan); },
                               [&](const ExplainStatement& s) -> Answer { return explain(session, s); },
                               [&](const CreateViewStatement& s) -> Answer { return create_view(session, s); },
                               [&](const SetStatement& s) -> Answer {
                                 TRY_STATUS(set_in_session(session, s.name, s.value));
                                 return no_rows(session);
                               },
                               [&](const ResetStatement& s) -> Answer {
                                 reset_text_setting(session.rules, session.first_rules, s.name);
                                 if (s.name.empty() || s.name == "now") session.now_us.reset();
                                 if (is_text_setting(s.name) || s.name == "now") return no_rows(session);
                                 TRY_STATUS(reset_setting(session.settings, session.first_settings, s.name));
                                 return no_rows(session);
                               },
                               [&](const ShowStatement& s) -> Answer { return show(session, s.name); },
                               [&](const ShowTablesStatement&) -> Answer { return show_tables(session); },
                               [&](const DescribeStatement& s) -> Answer { return describe(session, *s.plan); },
                               [&](const SummarizeStatement& s) -> Answer { return summarize(session, s.plan); },
                               [&](const CreateTableStatement& s) -> Answer { return create_table(session, s); },
                               [&](const InsertStatement& s) -> Answer { return insert(session, s); },
                               [&](const DropStatement& s) -> Answer { return drop(session, s); },
                               [&](const TruncateStatement& s) -> Answer { return truncate(session, s); },
                               [&](const CreateIndexStatement& s) -> Answer { return create_index(session, s); },
                               [&](const UpdateStatement& s) -> Answer { return update(session, s); },
                               [&](const DeleteStatement& s) -> Answer { return remove(session, s); },
                               [&](const PrepareStatement& s) -> Answer { return prepare(session, s); },
                               [&](const ExecuteStatement& s) -> Answer { return execute(session, s); },
                               [&](const DeallocateStatement& s) -> Answer { return deallocate(session, s); },
                               [&](const BlockStatement& s) -> Answer { return run_block_statement(session, s); }},
                    statement.node);
}

}  // namespace

Answer run_statement(SessionCore& session, const Statement& statement) {
  const StatementText said(session, statement.text);
  Answer answer = run_one(session, statement);
  if (!answer.ok()) note_failure(session);
  return answer;
}

}  // namespace headrace
