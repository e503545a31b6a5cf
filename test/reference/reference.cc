#include "reference/reference.h"

#include "base/overloaded.h"
#include "frontend/sql/statement.h"
#include "reference/nested.h"
#include "reference/relation.h"
#include "reference/tables.h"
#include "reference/text_form.h"

namespace headrace::reference {
namespace {

Answer answer_of(const Plan& plan, const Surroundings& surroundings) {
  const Relation relation = relation_of(plan, surroundings);
  Answer answer;
  answer.ordered = relation.ordered;
  for (const ScopeColumn& column : relation.scope)
    if (!column.merged) answer.schema.push_back({column.name, whole_type(column.type), true});
  Read read;
  for (const ScopeColumn& column : relation.scope) read.push_back(!column.merged);
  const Rows next = relation.open(read);
  for (Row row; next(row);) {
    std::vector<Value> values;
    for (size_t i = 0; i < row.size(); ++i)
      if (!relation.scope[i].merged) values.push_back(to_value(looked_at(row[i]), whole_type(relation.scope[i].type)));
    answer.rows.push_back(std::move(values));
  }
  return answer;
}

void apply_setting(const SetStatement& node, Surroundings& surroundings) {
  if (node.name != "on_error") return;
  if (node.value != "null" && node.value != "fail") refuse("on_error is fail or null");
  surroundings.on_fault = node.value == "null" ? OnFault::kNull : OnFault::kFail;
}

std::string csv_field(const Value& value) {
  if (value.is_null()) return "";
  const std::string text = text_of(from_value(value), value.type);
  if (value.type != kUtf8) return text;
  std::string quoted = "\"";
  for (const char letter : text) quoted += letter == '"' ? "\"\"" : std::string(1, letter);
  return quoted + "\"";
}

}  // namespace

Result<Answer> run_reference(std::string_view sql) {
  TRY(statements, parse_sql(sql));
  Surroundings surroundings{.on_fault = OnFault::kFail, .views = {}, .read_file = read_file};
  Answer answer;
  try {
    for (const Statement& statement : statements)
      std::visit(Overloaded{[&](const QueryStatement& n) { answer = answer_of(*n.plan, surroundings); },
                            [&](const CreateViewStatement& n) { surroundings.views[n.name] = n.plan; },
                            [&](const SetStatement& n) { apply_setting(n, surroundings); },
                            [&](const CreateTableStatement& n) {
                              if (n.query == nullptr || !n.names.empty()) refuse("the reference keeps no tables");
                              surroundings.views[n.name] = n.query;
                            },
                            [](const auto&) { refuse("the reference runs queries only"); }},
                 statement.node);
  } catch (const Error& error) {
    return error;
  }
  return answer;
}

std::string to_csv(const Answer& answer) {
  std::string text;
  for (size_t i = 0; i < answer.schema.size(); ++i) text += (i == 0 ? "" : ",") + answer.schema[i].name;
  text += '\n';
  for (const auto& row : answer.rows) {
    for (size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(row[i]);
    text += '\n';
  }
  return text;
}

}  // namespace headrace::reference
