#include "expr/statement_facts.h"

#include <utility>

namespace headrace {

namespace {

thread_local const StatementFacts* current = nullptr;

}  // namespace

StatementScope::StatementScope(StatementFacts facts) : facts_(std::move(facts)) {
  if (current == nullptr) current = &facts_;
}
StatementScope::~StatementScope() {
  if (current == &facts_) current = nullptr;
}

const StatementFacts* statement_facts() { return current; }

}  // namespace headrace
