// GROUP BY: keys, ALL, and sets of keys: ROLLUP, CUBE, GROUPING SETS.
#include <algorithm>

#include <fmt/format.h>

#include "base/limits.h"
#include "frontend/sql/query_parser.h"

namespace headrace {

namespace {

KeySet joined(KeySet left, const KeySet& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

// (a, b): {a, b}, {a}, {}.
KeySets rollup(const KeySets& groups) {
  KeySets sets{{}};
  for (const KeySet& group : groups) sets.insert(sets.begin(), joined(sets.front(), group));
  return sets;
}

// Every choice of groups, those with the first ones first.
KeySets cube(const KeySets& groups) {
  KeySets sets;
  for (size_t left_out = 0; left_out < size_t{1} << groups.size(); ++left_out) {
    KeySet set;
    for (size_t i = 0; i < groups.size(); ++i)
      if ((left_out >> (groups.size() - 1 - i) & 1) == 0) set = joined(std::move(set), groups[i]);
    sets.push_back(std::move(set));
  }
  return sets;
}

// The keys of all sets together stay few enough to be compared with each other.
constexpr size_t kKeysOfSetsMax = 65'536;

}  // namespace

// a or (a, b): keys that stand or fall together.
Result<KeySet> QueryParser::parse_group(Select& select) {
  TRY(key, parse_predicate("GROUP BY"));
  const auto* row = std::get_if<Call>(&key->node);
  const std::vector<ExprPtr> parts =
      row != nullptr && row->function == "row" ? row->arguments : std::vector<ExprPtr>{key};
  KeySet group;
  for (const ExprPtr& part : parts) {
    group.push_back(static_cast<uint32_t>(select.keys.size()));
    select.keys.push_back({part, ""});
  }
  return group;
}

// The sets that one item of GROUP BY stands for.
Result<KeySets> QueryParser::parse_grouping(Select& select, uint32_t depth) {
  const TextPosition where = cursor_.where();
  if (depth > limits::kQueryDepthMax)
    return cursor_.error(where, fmt::format("GROUPING SETS are nested deeper than {}", limits::kQueryDepthMax), "",
                         ErrorCode::kLimit);
  const bool is_sets = cursor_.at_word("grouping") && cursor_.at_word("sets", 1);
  const bool is_rollup = cursor_.at_word("rollup") && cursor_.at_symbol("(", 1);
  const bool is_cube = cursor_.at_word("cube") && cursor_.at_symbol("(", 1);
  if (cursor_.at_symbol("(") && cursor_.at_symbol(")", 1)) {
    cursor_.take();
    cursor_.take();
    return KeySets{{}};
  }
  if (!is_sets && !is_rollup && !is_cube) {
    TRY(group, parse_group(select));
    return KeySets{group};
  }
  cursor_.take();
  if (is_sets) cursor_.take();
  TRY_STATUS(cursor_.expect_symbol("("));
  KeySets groups;
  do {
    if (is_sets) {
      TRY(sets, parse_grouping(select, depth + 1));
      groups.insert(groups.end(), sets.begin(), sets.end());
    } else {
      TRY(group, parse_group(select));
      groups.push_back(group);
    }
  } while (cursor_.accept_symbol(","));
  TRY_STATUS(cursor_.expect_symbol(")"));
  const size_t cube_sets =
      groups.size() < kGroupingSetsMax ? size_t{1} << std::min<size_t>(groups.size(), 32) : SIZE_MAX;
  TRY_STATUS(check_sets(select, is_cube ? cube_sets : groups.size(), where));
  if (is_rollup) return rollup(groups);
  return is_cube ? cube(groups) : groups;
}

Status QueryParser::check_sets(const Select& select, size_t sets, TextPosition where) const {
  if (sets <= kGroupingSetsMax && (sets == 1 || sets * select.keys.size() <= kKeysOfSetsMax)) return kDone;
  return cursor_.error(
      where,
      fmt::format("GROUP BY has more than {} sets of keys, or {} keys in them", kGroupingSetsMax, kKeysOfSetsMax),
      "join several queries with UNION ALL", ErrorCode::kLimit);
}

// All items: each set of one with each set of the next.
Result<KeySets> QueryParser::parse_groupings(Select& select) {
  KeySets all{{}};
  do {
    const TextPosition where = cursor_.where();
    TRY(sets, parse_grouping(select, 0));
    TRY_STATUS(check_sets(select, all.size() * sets.size(), where));
    KeySets both;
    for (const KeySet& left : all)
      for (const KeySet& right : sets) both.push_back(joined(left, right));
    all = std::move(both);
  } while (cursor_.accept_symbol(","));
  return all;
}

Status QueryParser::parse_group_by(Select& select) {
  select.grouped = true;
  if (cursor_.accept_word("all") || cursor_.accept_symbol("*")) {
    select.group_all = true;
    return kDone;
  }
  TRY(sets, parse_groupings(select));
  if (sets.size() > 1 || sets[0].size() < select.keys.size()) select.sets = std::move(sets);
  return kDone;
}

}  // namespace headrace
