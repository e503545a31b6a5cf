// reference/bind.h — names and types of written expressions: the rules of docs/types.md, said a second time.
// A query that does not fit them throws an Error; reference.h catches it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "expr/expr.h"
#include "reference/term.h"

namespace headrace::reference {

struct ScopeColumn {
  std::string qualifier, name;
  Type type;
  bool merged = false;  // the second of a USING pair: only found with its qualifier, not part of *
  std::string other_name = {};  // found when no column has the name
};
using Scope = std::vector<ScopeColumn>;

[[noreturn]] void refuse(const std::string& message);  // throws an Error of code kInvalidPlan
bool same_name(const std::string& left, const std::string& right);  // without regard to case
std::optional<uint32_t> find_column(const ColumnName& name, const Scope& scope);  // throws when ambiguous

// What a part of an expression stands for, before term_of looks at it; nullopt: nothing special.
using Substitute = std::function<std::optional<Term>(const Expr&)>;

// An untyped NULL keeps the type kNull.
Term term_of(const Expr& written, const Scope& scope, const Substitute& substitute = {});
Term with_type(Term term);                          // an untyped NULL becomes an int32
Term bind_predicate(const Expr& written, const Scope& scope, const Substitute& substitute = {});
Term bind_call(std::string name, std::vector<Term> arguments);
// To a type that both share: literals adapt. nullopt: none.
std::optional<Type> common_type(const Term& left, const Term& right);
std::optional<Type> common_type(Type left, Type right);
std::optional<Type> common_type(const std::vector<Term>& values);  // each meets what those before it became
Term convert(Term input, Type to);                  // CAST; exact casts of number literals give literals

}  // namespace headrace::reference
