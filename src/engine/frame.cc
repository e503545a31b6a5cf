#include <headrace/frame.h>

#include <fmt/format.h>

#include "engine/core.h"
#include "expr/parse.h"
#include "plan/plan.h"

namespace headrace {

namespace {

template <class Node>
ExprPtr make_expr(Node node) {
  return std::make_shared<const Expr>(Expr{.node = std::move(node), .where = {}});
}

Expression binary(const char* function, const Expression& left, const Expression& right) {
  return Expression(call(function, {left.expr(), right.expr()}, TextPosition{}), "");
}

Expression aggregate(const char* function, std::vector<ExprPtr> arguments) {
  return Expression(make_expr(AggregateCall{function, std::move(arguments)}), "");
}

std::vector<NamedExpr> named(const std::vector<Expression>& expressions) {
  std::vector<NamedExpr> columns;
  for (const Expression& expression : expressions) columns.push_back({expression.expr(), expression.name()});
  return columns;
}

ExprPtr star() { return make_expr(Star{}); }

}  // namespace

Expression::Expression(int32_t value) : expr_(literal({kInt32, value})) {}
Expression::Expression(int64_t value) : expr_(literal({kInt64, value})) {}
Expression::Expression(double value) : expr_(literal({kFloat64, value})) {}
Expression::Expression(bool value) : expr_(literal({kBool, value})) {}
Expression::Expression(const char* text) : expr_(literal({kUtf8, std::string(text)})) {}
Expression::Expression(const std::string& text) : expr_(literal({kUtf8, text})) {}

Expression Expression::as(std::string name) const {
  Expression renamed = *this;
  renamed.name_ = std::move(name);
  return renamed;
}

// An unknown type becomes a call of an unknown function, whose error collect() reports with the name.
Expression Expression::cast(const std::string& type) const {
  auto parsed = parse_type(type);
  if (!parsed.ok()) return Expression(headrace::call("cast to " + type, {expr_}, TextPosition{}), name_);
  return Expression(make_expr(CastTo{expr_, parsed.value()}), name_);
}

Expression Expression::is_null() const { return Expression(headrace::call("is_null", {expr_}, TextPosition{}), name_); }
Expression Expression::is_not_null() const {
  return Expression(headrace::call("is_not_null", {expr_}, TextPosition{}), name_);
}

Expression Expression::descending() const {
  Expression turned = *this;
  turned.descending_ = true;
  return turned;
}

Expression col(const std::string& name) { return Expression(column_name("", name), name); }
Expression lit(Expression value) { return value; }

Expression call(const std::string& function, const std::vector<Expression>& arguments) {
  std::vector<ExprPtr> exprs;
  for (const Expression& argument : arguments) exprs.push_back(argument.expr());
  return Expression(call(function, std::move(exprs), TextPosition{}), "");
}

Expression when(const Expression& condition, const Expression& then, const Expression& otherwise) {
  return Expression(make_expr(Case{{{condition.expr(), then.expr()}}, otherwise.expr()}), "");
}

Expression operator+(const Expression& left, const Expression& right) { return binary("add", left, right); }
Expression operator-(const Expression& left, const Expression& right) { return binary("subtract", left, right); }
Expression operator*(const Expression& left, const Expression& right) { return binary("multiply", left, right); }
Expression operator/(const Expression& left, const Expression& right) { return binary("divide", left, right); }
Expression operator%(const Expression& left, const Expression& right) { return binary("modulo", left, right); }
Expression operator==(const Expression& left, const Expression& right) { return binary("eq", left, right); }
Expression operator!=(const Expression& left, const Expression& right) { return binary("ne", left, right); }
Expression operator<(const Expression& left, const Expression& right) { return binary("lt", left, right); }
Expression operator<=(const Expression& left, const Expression& right) { return binary("le", left, right); }
Expression operator>(const Expression& left, const Expression& right) { return binary("gt", left, right); }
Expression operator>=(const Expression& left, const Expression& right) { return binary("ge", left, right); }
Expression operator&&(const Expression& left, const Expression& right) { return binary("and", left, right); }
Expression operator||(const Expression& left, const Expression& right) { return binary("or", left, right); }
Expression operator!(const Expression& value) { return Expression(call("not", {value.expr()}, TextPosition{}), ""); }

Expression count() { return aggregate("count", {}); }
Expression count(const Expression& value) { return aggregate("count", {value.expr()}); }
Expression sum(const Expression& value) { return aggregate("sum", {value.expr()}); }
Expression avg(const Expression& value) { return aggregate("avg", {value.expr()}); }
Expression min(const Expression& value) { return aggregate("min", {value.expr()}); }
Expression max(const Expression& value) { return aggregate("max", {value.expr()}); }

Frame Frame::filter(const Expression& predicate) const {
  if (const Expr* aggregate = first_aggregate(*predicate.expr()); aggregate != nullptr && mistake_ == nullptr) {
    const Error mistake{ErrorCode::kInvalidPlan,
                        fmt::format("filter() decides about single rows and takes no aggregate, found {}",
                                    headrace::to_text(*aggregate)),
                        "Frame::filter",
                        "aggregate first: .group_by(…).agg({….as(\"name\")}).filter(col(\"name\") > …)"};
    return Frame(session_, plan_, std::make_shared<const Error>(mistake));
  }
  return over(make_plan(Filter{plan_, predicate.expr()}));
}
Frame Frame::select(const std::vector<Expression>& columns) const {
  return over(make_plan(Project{plan_, named(columns)}));
}

Frame Frame::with_columns(const std::vector<Expression>& columns) const {
  std::vector<NamedExpr> all = named(columns);
  all.insert(all.begin(), {star(), ""});
  return over(make_plan(Project{plan_, std::move(all), true}));
}

GroupedFrame Frame::group_by(const std::vector<Expression>& keys) const {
  return GroupedFrame(session_, plan_, keys, mistake_);
}
Frame Frame::agg(const std::vector<Expression>& aggregates) const {
  return GroupedFrame(session_, plan_, {}, mistake_).agg(aggregates);
}

Frame GroupedFrame::agg(const std::vector<Expression>& aggregates) const {
  const PlanPtr grouped = make_plan(Aggregation{.input = plan_, .keys = named(keys_), .aggregates = {}});
  std::vector<NamedExpr> columns = named(keys_);
  for (NamedExpr& column : named(aggregates)) columns.push_back(std::move(column));
  return Frame(session_, make_plan(Project{grouped, std::move(columns)}), mistake_);
}

Frame Frame::join(const Frame& right, const std::vector<std::string>& on, JoinType type) const {
  const JoinKind kind = type == JoinType::kLeft ? JoinKind::kLeft : JoinKind::kInner;
  const PlanPtr left_side = make_plan(Alias{plan_, "left", {}});
  const PlanPtr right_side = make_plan(Alias{right.plan_, "right", {}});
  const PlanPtr joined = make_plan(Join{
      .left = left_side, .right = right_side, .kind = kind, .keys = {}, .condition = nullptr, .using_columns = on});
  return Frame(session_, make_plan(Project{joined, {{star(), ""}}}), mistake_ != nullptr ? mistake_ : right.mistake_);
}

Frame Frame::sort(const std::vector<Expression>& keys) const {
  std::vector<SortKey> sort_keys;
  for (const Expression& key : keys) sort_keys.push_back({.expr = key.expr(), .descending = key.is_descending()});
  return over(make_plan(Sort{plan_, std::move(sort_keys)}));
}

Frame Frame::limit(uint64_t rows_max, uint64_t offset) const { return over(make_plan(Limit{plan_, rows_max, offset})); }
Frame Frame::union_all(const Frame& other) const {
  return Frame(session_, make_plan(UnionAll{{plan_, other.plan_}}), mistake_ != nullptr ? mistake_ : other.mistake_);
}

Result<Rows> Frame::collect() const {
  if (mistake_ != nullptr) return *mistake_;
  TRY(rows, run_plan(*session_, *plan_));
  return Rows(rows);
}

Result<Rows> Frame::write(const std::string& path, const std::string& format) const {
  if (mistake_ != nullptr) return *mistake_;
  TRY(rows, run_plan(*session_, *make_plan(Write{plan_, path, format, {}})));
  return Rows(rows);
}

FrameOutput Frame::to(const std::string& path, const char* format, Session::FileOptions options) const {
  return FrameOutput(make_plan(Write{plan_, path, format, std::move(options)}), mistake_);
}
FrameOutput Frame::to_parquet(const std::string& path, Session::FileOptions options) const {
  return to(path, "parquet", std::move(options));
}
FrameOutput Frame::to_csv(const std::string& path, Session::FileOptions options) const {
  return to(path, "csv", std::move(options));
}
FrameOutput Frame::to_ndjson(const std::string& path, Session::FileOptions options) const {
  return to(path, "ndjson", std::move(options));
}
FrameOutput Frame::to_arrow(const std::string& path, Session::FileOptions options) const {
  return to(path, "arrow", std::move(options));
}

Result<std::string> Frame::explain(const ExplainOptions& options) const {
  if (mistake_ != nullptr) return *mistake_;
  return explain_plan(*session_, *plan_, options);
}

}  // namespace headrace
