// headrace/frame.h — queries built by calls: nothing runs before collect() or write().
//
//   session.scan_parquet("orders.parquet")
//       .filter(col("total") > 100)
//       .with_columns({(col("total") * lit(2)).as("double_total")})
//       .group_by({col("customer")})
//       .agg({sum(col("total")).as("spent"), count()})
//       .collect();
#pragma once

#include <headrace/session.h>

#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace headrace {

struct Expr;
struct Plan;

// A column, a literal or a function of them. Immutable; cheap to copy.
class Expression {
 public:
  Expression(std::shared_ptr<const Expr> expr, std::string name) : expr_(std::move(expr)), name_(std::move(name)) {}
  Expression(int32_t value);  // NOLINT(google-explicit-constructor): literals read like the plain value
  Expression(int64_t value);
  Expression(double value);
  Expression(bool value);
  Expression(const char* text);
  Expression(const std::string& text);
  // Other numbers become int64 or float64; unsigned ones of 64 bits do not compile, since they may not fit.
  template <class Number>
    requires(std::is_arithmetic_v<Number> && !std::is_same_v<Number, char> &&
             (std::is_floating_point_v<Number> || std::is_signed_v<Number> || sizeof(Number) < sizeof(int64_t)))
  Expression(Number value)
      : Expression(static_cast<std::conditional_t<std::is_floating_point_v<Number>, double, int64_t>>(value)) {}

  Expression as(std::string name) const;              // the name of the output column
  Expression cast(const std::string& type) const;  // "int64", "decimal(10,2)", …; an unknown type fails in collect()
  Expression is_null() const;
  Expression is_not_null() const;
  Expression ascending() const { return *this; }
  Expression descending() const;  // for sort()

  const std::shared_ptr<const Expr>& expr() const { return expr_; }
  const std::string& name() const { return name_; }  // empty: derived from the expression
  bool is_descending() const { return descending_; }

 private:
  std::shared_ptr<const Expr> expr_;
  std::string name_;
  bool descending_ = false;
};

Expression col(const std::string& name);
Expression lit(Expression value);
// A function by its catalogue name (docs/functions.md): call("upper", {col("name")}).
Expression call(const std::string& function, const std::vector<Expression>& arguments);
Expression when(const Expression& condition, const Expression& then, const Expression& otherwise);

Expression operator+(const Expression& left, const Expression& right);
Expression operator-(const Expression& left, const Expression& right);
Expression operator*(const Expression& left, const Expression& right);
Expression operator/(const Expression& left, const Expression& right);
Expression operator%(const Expression& left, const Expression& right);
Expression operator==(const Expression& left, const Expression& right);
Expression operator!=(const Expression& left, const Expression& right);
Expression operator<(const Expression& left, const Expression& right);
Expression operator<=(const Expression& left, const Expression& right);
Expression operator>(const Expression& left, const Expression& right);
Expression operator>=(const Expression& left, const Expression& right);
Expression operator&&(const Expression& left, const Expression& right);
Expression operator||(const Expression& left, const Expression& right);
Expression operator!(const Expression& value);

// Aggregates, for agg().
Expression count();
Expression count(const Expression& value);
Expression sum(const Expression& value);
Expression avg(const Expression& value);
Expression min(const Expression& value);
Expression max(const Expression& value);

class GroupedFrame;
class FrameOutput;

// A lazy query. Immutable; every method gives another one. Mistakes surface in collect().
class Frame {
 public:
  // `mistake`: what collect() is to report instead of running; nullptr: none.
  Frame(std::shared_ptr<SessionCore> session, std::shared_ptr<const Plan> plan,
        std::shared_ptr<const Error> mistake = nullptr)
      : session_(std::move(session)), plan_(std::move(plan)), mistake_(std::move(mistake)) {}

  Frame filter(const Expression& predicate) const;  // of rows: no aggregate in it, but after agg() their columns
  Frame select(const std::vector<Expression>& columns) const;
  // All columns and these: one that has the name of a column takes its place, the others follow.
  Frame with_columns(const std::vector<Expression>& columns) const;
  GroupedFrame group_by(const std::vector<Expression>& keys) const;
  Frame agg(const std::vector<Expression>& aggregates) const;  // over all rows
  enum class JoinType { kInner, kLeft };
  Frame join(const Frame& right, const std::vector<std::string>& on, JoinType type = JoinType::kInner) const;
  Frame sort(const std::vector<Expression>& keys) const;  // nulls last
  Frame limit(uint64_t rows_max, uint64_t offset = 0) const;
  Frame union_all(const Frame& other) const;

  Result<Rows> collect() const;
  Result<Rows> write(const std::string& path, const std::string& format) const;
  Result<std::string> explain(const ExplainOptions& options) const;

  // What Session::write_all() writes; options as in COPY … TO ("partition_by", "compression" …).
  FrameOutput to_parquet(const std::string& path, Session::FileOptions options = {}) const;
  FrameOutput to_csv(const std::string& path, Session::FileOptions options = {}) const;
  FrameOutput to_ndjson(const std::string& path, Session::FileOptions options = {}) const;
  FrameOutput to_arrow(const std::string& path, Session::FileOptions options = {}) const;

 private:
  FrameOutput to(const std::string& path, const char* format, Session::FileOptions options) const;
  Frame over(std::shared_ptr<const Plan> plan) const { return {session_, std::move(plan), mistake_}; }

  std::shared_ptr<SessionCore> session_;
  std::shared_ptr<const Plan> plan_;
  std::shared_ptr<const Error> mistake_;
};

// A frame on its way to a file or directory.
class FrameOutput {
 public:
  FrameOutput(std::shared_ptr<const Plan> write, std::shared_ptr<const Error> mistake)
      : write_(std::move(write)), mistake_(std::move(mistake)) {}

 private:
  friend class Session;
  std::shared_ptr<const Plan> write_;
  std::shared_ptr<const Error> mistake_;
};

class GroupedFrame {
 public:
  GroupedFrame(std::shared_ptr<SessionCore> session, std::shared_ptr<const Plan> plan, std::vector<Expression> keys,
               std::shared_ptr<const Error> mistake = nullptr)
      : session_(std::move(session)), plan_(std::move(plan)), keys_(std::move(keys)), mistake_(std::move(mistake)) {}
  Frame agg(const std::vector<Expression>& aggregates) const;  // output: keys, then aggregates

 private:
  std::shared_ptr<SessionCore> session_;
  std::shared_ptr<const Plan> plan_;
  std::vector<Expression> keys_;
  std::shared_ptr<const Error> mistake_;
};

}  // namespace headrace
