#include "optimize/conjuncts.h"

#include <algorithm>
#include <optional>

#include "base/check.h"

namespace headrace {

namespace {

bool is_comparison(std::string_view name) {
  return name == "eq" || name == "ne" || name == "lt" || name == "le" || name == "gt" || name == "ge";
}

std::string_view mirrored(std::string_view name) {
  return name == "lt" ? "gt" : name == "le" ? "ge" : name == "gt" ? "lt" : name == "ge" ? "le" : name;
}

// Nested values compare element by element, which is not looked into here.
bool is_scalar(Type type) { return type.id <= TypeId::kBinary && type.id != TypeId::kNull; }

// A conjunct over one value.
struct Asked {
  ExprPtr subject;
  std::string_view kind;  // a comparison's name, "is_null" or "is_not_null"
  ExprPtr bound;  // a literal; of comparisons alone
  size_t conjunct;
};

std::optional<Asked> asked_of(const ExprPtr& conjunct, size_t index) {
  const auto* call = std::get_if<Call>(&conjunct->node);
  if (call == nullptr) return std::nullopt;
  if (call->function == "is_null" || call->function == "is_not_null")
    return Asked{call->arguments[0], call->function, nullptr, index};
  if (!is_comparison(call->function) || !is_scalar(call->arguments[0]->type)) return std::nullopt;
  const auto is_literal = [](const ExprPtr& expr) { return std::holds_alternative<Literal>(expr->node); };
  if (is_literal(call->arguments[1])) return Asked{call->arguments[0], call->function, call->arguments[1], index};
  if (is_literal(call->arguments[0]))
    return Asked{call->arguments[1], mirrored(call->function), call->arguments[0], index};
  return std::nullopt;
}

// A comparison of two literals; nothing: not known.
Result<std::optional<bool>> compare(std::string_view name, const ExprPtr& left, const ExprPtr& right,
                                    const EvaluateConstant& evaluate) {
  if (left->type != right->type) return std::optional<bool>();
  for (const Overload& overload : find_function(name)->overloads) {
    if (!overload.accepts(0, left->type.id) || !overload.accepts(1, right->type.id)) continue;
    TRY(value, evaluate(*resolved_call(overload, {left, right})));
    const bool* truth = value ? std::get_if<bool>(&value->data) : nullptr;
    if (truth != nullptr) return std::optional(*truth);
  }
  return std::optional<bool>();
}

// What is asked of one subject. Every conjunct that the others imply is marked as not kept.
class SubjectBounds {
 public:
  SubjectBounds(const EvaluateConstant& evaluate, std::vector<ExprPtr>& conjuncts, std::vector<bool>& kept)
      : evaluate_(evaluate), conjuncts_(conjuncts), kept_(kept) {}

  // False: no value is all of it.
  Result<bool> settle(const std::vector<Asked>& asked) {
    std::vector<Asked> comparisons;
    std::optional<size_t> null, not_null;
    for (const Asked& one : asked) {
      if (one.bound != nullptr)
        comparisons.push_back(one);
      else
        (one.kind == "is_null" ? null : not_null) = one.conjunct;
    }
    if (null && (not_null || !comparisons.empty())) return false;
    if (not_null && !comparisons.empty()) kept_[*not_null] = false;
    for (const Asked& one : comparisons)
      if (std::get<Literal>(one.bound->node).value.is_null()) return false;  // x = NULL is never true
    const auto equal =
        std::find_if(comparisons.begin(), comparisons.end(), [](const Asked& one) { return one.kind == "eq"; });
    return equal != comparisons.end() ? settle_equal(*equal, comparisons) : settle_bounds(comparisons);
  }

 private:
  // One value is left: it decides the others.
  Result<bool> settle_equal(const Asked& equal, const std::vector<Asked>& comparisons) {
    for (const Asked& one : comparisons) {
      if (one.conjunct == equal.conjunct) continue;
      TRY(truth, compare(one.kind, equal.bound, one.bound, evaluate_));
      if (truth && !*truth) return false;
      if (truth) kept_[one.conjunct] = false;
    }
    return true;
  }

  Result<bool> settle_bounds(const std::vector<Asked>& comparisons) {
    std::optional<Asked> low, high;
    for (const Asked& one : comparisons) {
      if (one.kind == "gt" || one.kind == "ge") TRY_STATUS(narrow(low, one, "gt"));
      if (one.kind == "lt" || one.kind == "le") TRY_STATUS(narrow(high, one, "lt"));
    }
    if (low && high) {
      TRY(crossed, compare("gt", low->bound, high->bound, evaluate_));
      TRY(met, compare("eq", low->bound, high->bound, evaluate_));
      const bool open = low->kind == "gt" || high->kind == "lt";
      if ((crossed && *crossed) || (met && *met && open)) return false;
      if (met && *met) return meet(*low, *high, comparisons);
    }
    for (const Asked& one : comparisons) {
      if (one.kind != "ne") continue;
      TRY(beyond_low, is_beyond(low, one, "lt"));
      TRY(beyond_high, is_beyond(high, one, "gt"));
      if (beyond_low || beyond_high) kept_[one.conjunct] = false;
    }
    return true;
  }

  // The tighter of a bound and another one; `inwards` says of two values which lies further in.
  Status narrow(std::optional<Asked>& bound, const Asked& one, std::string_view inwards) {
    if (!bound) {
      bound = one;
      return kDone;
    }
    TRY(closer, compare(inwards, one.bound, bound->bound, evaluate_));
    TRY(equal, compare("eq", one.bound, bound->bound, evaluate_));
    if (!closer || !equal) return kDone;
    const bool is_tighter = *closer || (*equal && one.kind == inwards && bound->kind != inwards);
    kept_[is_tighter ? bound->conjunct : one.conjunct] = false;
    if (is_tighter) bound = one;
    return kDone;
  }

  Result<bool> is_beyond(const std::optional<Asked>& bound, const Asked& one, std::string_view outwards) {
    if (!bound) return false;
    TRY(outside, compare(outwards, one.bound, bound->bound, evaluate_));
    TRY(equal, compare("eq", one.bound, bound->bound, evaluate_));
    const bool open = bound->kind == "gt" || bound->kind == "lt";
    return (outside && *outside) || (open && equal && *equal);
  }

  // low <= x <= low: an equality, in the place of the first bound.
  Result<bool> meet(const Asked& low, const Asked& high, const std::vector<Asked>& comparisons) {
    const size_t first = std::min(low.conjunct, high.conjunct), last = std::max(low.conjunct, high.conjunct);
    for (const Overload& overload : find_function("eq")->overloads)
      if (overload.accepts(0, low.subject->type.id) && overload.accepts(1, low.bound->type.id)) {
        conjuncts_[first] = resolved_call(overload, {low.subject, low.bound}, kBool, conjuncts_[first]->where);
        kept_[last] = false;
        Asked equal = low;
        equal.kind = "eq";
        equal.conjunct = first;
        std::vector<Asked> others = {equal};
        for (const Asked& one : comparisons)
          if (one.kind == "ne") others.push_back(one);
        return settle_equal(equal, others);
      }
    return true;
  }

  const EvaluateConstant& evaluate_;
  std::vector<ExprPtr>& conjuncts_;
  std::vector<bool>& kept_;
};

constexpr size_t kConjunctsMax = 256;  // all pairs are compared

// False: some conjunct is the opposite of another, or is never true.
bool drop_repeats(const std::vector<ExprPtr>& conjuncts, std::vector<bool>& kept) {
  for (size_t i = 0; i < conjuncts.size(); ++i) {
    const auto* node = std::get_if<Literal>(&conjuncts[i]->node);
    if (node != nullptr && node->value != Value{kBool, true}) return false;
    if (node != nullptr) kept[i] = false;
    const auto* call = std::get_if<Call>(&conjuncts[i]->node);
    const bool negated = call != nullptr && call->function == "not";
    for (size_t j = 0; j < conjuncts.size(); ++j) {
      if (j < i && kept[j] && same(*conjuncts[i], *conjuncts[j])) kept[i] = false;
      if (negated && same(*call->arguments[0], *conjuncts[j])) return false;
    }
  }
  return true;
}

}  // namespace

Result<std::vector<ExprPtr>> simplified_conjuncts(const std::vector<ExprPtr>& conjuncts,
                                                  const EvaluateConstant& evaluate) {
  if (conjuncts.size() > kConjunctsMax) return conjuncts;
  const std::vector<ExprPtr> never = {literal(Value{kBool, false})};
  std::vector<ExprPtr> result = conjuncts;
  std::vector<bool> kept(conjuncts.size(), true);
  if (!drop_repeats(conjuncts, kept)) return never;
  std::vector<std::vector<Asked>> subjects;
  for (size_t i = 0; i < conjuncts.size(); ++i) {
    const std::optional<Asked> asked = kept[i] ? asked_of(conjuncts[i], i) : std::nullopt;
    if (!asked) continue;
    const auto known = std::find_if(subjects.begin(), subjects.end(), [&](const std::vector<Asked>& list) {
      return same(*list[0].subject, *asked->subject);
    });
    if (known != subjects.end())
      known->push_back(*asked);
    else
      subjects.push_back({*asked});
  }
  for (const std::vector<Asked>& asked : subjects) {
    TRY(possible, SubjectBounds(evaluate, result, kept).settle(asked));
    if (!possible) return never;
  }
  std::vector<ExprPtr> left;
  for (size_t i = 0; i < result.size(); ++i)
    if (kept[i]) left.push_back(result[i]);
  return left;
}

}  // namespace headrace
