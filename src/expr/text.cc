#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/overloaded.h"
#include "expr/coerce.h"
#include "expr/expr.h"
#include "expr/text.h"

namespace headrace {

namespace {

struct Infix {
  std::string_view function, symbol;
};
constexpr std::array kInfix = std::to_array<Infix>({
    {"add", "+"},
    {"subtract", "-"},
    {"multiply", "*"},
    {"divide", "/"},
    {"integer_divide", "//"},
    {"modulo", "%"},
    {"eq", "="},
    {"ne", "<>"},
    {"lt", "<"},
    {"le", "<="},
    {"gt", ">"},
    {"ge", ">="},
    {"and", "and"},
    {"or", "or"},
    {"concat", "||"},
    {"like", "like"},
});

std::string join_texts(const std::vector<ExprPtr>& list) {
  std::string result;
  for (const ExprPtr& one : list) {
    if (!result.empty()) result += ", ";
    result += to_text(*one);
  }
  return result;
}

// Whether typing would make another type of the operands, which were widened to 128 bits.
bool says_digits(const Call& call, Type type) {
  if (call.overload == nullptr || type.id != TypeId::kDecimal128 || call.arguments.size() != 2) return false;
  const Type left = call.arguments[0]->type, right = call.arguments[1]->type;
  if (call.function == "multiply") return decimal_product_type(left, right) != type;
  return (call.function == "add" || call.function == "subtract") && decimal_sum_type(left, right) != type;
}

// Casts whose further arguments, digits and the texts of an enum, follow from the types.
bool is_written_cast(const Call& call, Type type) {
  if (call.overload == nullptr) return false;
  if (call.function == "text_to_enum") return type.id == TypeId::kEnum;
  if (call.function == "enum_to_text") return call.arguments[0]->type.id == TypeId::kEnum;
  return call.function.starts_with("cast_to_");
}

std::string call_text(const Call& call, Type type) {
  const auto& arguments = call.arguments;
  if (says_digits(call, type)) return fmt::format("{}({}, {})", call.function, join_texts(arguments), type.precision);
  for (const Infix& infix : kInfix)
    if (call.function == infix.function && arguments.size() == 2)
      return fmt::format("({} {} {})", to_text(*arguments[0]), infix.symbol, to_text(*arguments[1]));
  if (call.function == "not" && arguments.size() == 1) return fmt::format("(not {})", to_text(*arguments[0]));
  if (call.function == "is_null" && arguments.size() == 1) return fmt::format("({} is null)", to_text(*arguments[0]));
  if (call.function == "is_not_null" && arguments.size() == 1)
    return fmt::format("({} is not null)", to_text(*arguments[0]));
  if (is_written_cast(call, type)) return fmt::format("cast({} as {})", to_text(*arguments[0]), to_text(type));
  return fmt::format("{}({})", call.function, join_texts(arguments));
}

std::string case_text(const Case& node) {
  std::string result = "case";
  for (const auto& [condition, value] : node.arms)
    result += fmt::format(" when {} then {}", to_text(*condition), to_text(*value));
  if (node.otherwise != nullptr) result += fmt::format(" else {}", to_text(*node.otherwise));
  return result + " end";
}

std::string aggregate_text(const AggregateCall& node) {
  std::string result = node.arguments.empty() ? node.function + "(*"
                                              : fmt::format("{}({}{}", node.function, node.distinct ? "distinct " : "",
                                                            join_texts(node.arguments));
  if (!node.order.empty()) result += " order by " + to_text(node.order);
  result += ")";
  if (node.filter != nullptr) result += fmt::format(" filter (where {})", to_text(*node.filter));
  return result;
}

template <class List, class Write>
std::string clause_text(std::string_view word, const List& list, Write&& write) {
  std::string result;
  for (const auto& one : list) result += (result.empty() ? "" : ", ") + write(one);
  return result.empty() ? "" : fmt::format(" {} ({})", word, result);
}

std::string star_text(const Star& node) {
  std::string result = node.table.empty() ? "*" : identifier_text(node.table) + ".*";
  result += clause_text("exclude", node.exclude, [](const std::string& name) { return identifier_text(name); });
  result += clause_text("replace", node.replace,
                        [](const auto& one) { return to_text(*one.first) + " as " + identifier_text(one.second); });
  result += clause_text("rename", node.rename, [](const auto& one) {
    return identifier_text(one.first) + " as " + identifier_text(one.second);
  });
  if (!node.like.empty()) result += " like " + quoted_text(node.like, '\'');
  return node.inside ? "columns(" + result + ")" : result;
}

std::string_view infix_symbol(std::string_view function) {
  const auto* found = std::ranges::find(kInfix, function, &Infix::function);
  return found == kInfix.end() ? function : found->symbol;
}

std::string subquery_text(const Subquery& node) {
  if (node.form == Subquery::Form::kScalar) return "(" + node.text + ")";
  if (node.form == Subquery::Form::kExists) return "exists(" + node.text + ")";
  const std::string operands = join_texts(node.operands);
  return fmt::format("({} {} any({}))", node.operands.size() == 1 ? operands : "(" + operands + ")",
                     infix_symbol(node.comparison), node.text);
}

bool is_reserved(std::string_view lower) {
  constexpr std::array kReserved = std::to_array<std::string_view>(
      {"all",   "and",      "as",        "asc",      "between", "by",    "case",  "cast",   "copy",  "cross",  "date",
       "desc",  "distinct", "else",      "end",      "explain", "false", "first", "from",   "full",  "group",  "having",
       "ilike", "in",       "inner",     "interval", "into",    "is",    "join",  "last",   "left",  "like",   "limit",
       "not",   "null",     "nulls",     "offset",   "on",      "or",    "order", "outer",  "right", "select", "set",
       "show",  "then",     "timestamp", "to",       "true",    "union", "using", "values", "when",  "where",  "with"});
  return std::find(kReserved.begin(), kReserved.end(), lower) != kReserved.end();
}

}  // namespace

std::string to_text(const std::vector<SortKey>& keys) {
  std::string result;
  for (const SortKey& key : keys) {
    if (!result.empty()) result += ", ";
    result += to_text(*key.expr);
    if (key.descending) result += " desc";
    if (key.nulls_first) result += " nulls first";
  }
  return result;
}

std::string identifier_text(std::string_view name) {
  std::string lower;
  bool plain = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    plain = plain && byte < 128 && (std::isalnum(byte) != 0 || c == '_');
    lower += static_cast<char>(std::tolower(byte));
  }
  if (plain && !is_reserved(lower)) return std::string(name);
  return quoted_text(name, '"');
}

std::string to_text(const Expr& expr) {
  return std::visit(
      Overloaded{
          [](const ColumnName& n) {
            return n.table.empty() ? identifier_text(n.name) : identifier_text(n.table) + "." + identifier_text(n.name);
          },
          [](const Star& n) { return star_text(n); }, [](const Subquery& n) { return subquery_text(n); },
          [](const Parameter& n) { return "$" + n.name; },
          [](const CastTo& n) {
            return fmt::format("{}({} as {})", n.try_ ? "try_cast" : "cast", to_text(*n.input), to_text(n.to));
          },
          [](const Case& n) { return case_text(n); }, [](const AggregateCall& n) { return aggregate_text(n); },
          [](const Literal& n) { return to_literal(n.value); }, [&](const Call& n) { return call_text(n, expr.type); },
          [](const ColumnIndex& n) {
            return n.name.empty() ? fmt::format("#{}", n.index + 1)
                                  : fmt::format("{}#{}", identifier_text(n.name), n.index);
          }},
      expr.node);
}

}  // namespace headrace
