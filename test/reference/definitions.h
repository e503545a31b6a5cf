// reference/definitions.h — functions of fixed argument types, one table a family: how they are typed and what they mean. The
// first definition of a name whose types the arguments convert to implicitly is the one that is called.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "reference/term.h"

namespace headrace::reference {

struct Definition {
  std::string name;
  std::vector<Type> arguments;
  Type result;
  Datum (*meaning)(const Term& call, const std::vector<Datum>& arguments);
};

std::span<const Definition> number_definitions();
std::span<const Definition> text_definitions();
std::span<const Definition> date_definitions();

// Every family's definitions of that name.
std::vector<const Definition*> definitions_of(const std::string& name);

}  // namespace headrace::reference
