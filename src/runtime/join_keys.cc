#include "runtime/join_keys.h"

#include <algorithm>
#include <map>
#include <optional>

#include "expr/calls.h"
#include "expr/fold.h"
#include "types/batch.h"
#include "types/with_layout.h"

namespace headrace {

namespace {

// Types of which = is equality of values, and whose order bounds in files follow.
bool has_bounds(Type type) {
  return is_integer(type) || is_decimal(type) || type == kDate || type == kTimestamp || type == kUtf8;
}

// Where the least and the greatest key lie, and the distinct ones while they are few; rows of the table's segments.
struct Keys {
  std::optional<Value> least, greatest;
  std::vector<Value> list;  // ascending; empty: too many
};

template <class T>
class KeySurvey {
 public:
  void look_at(const Vector& vector, uint32_t rows) {
    const T* values = vector.as<T>();
    uint32_t least = rows, greatest = rows;  // rows: none yet
    for (uint32_t row = 0; row < rows; ++row) {
      if (!vector.is_valid(row)) continue;
      if (least == rows) least = greatest = row;
      if (less(values[row], values[least])) least = row;
      if (less(values[greatest], values[row])) greatest = row;
      if (few_) list(values[row], vector, row);
    }
    if (least == rows) return;
    if (!any_ || less(values[least], least_)) least_ = values[least], least_value_ = value_at(vector, least);
    if (!any_ || less(greatest_, values[greatest]))
      greatest_ = values[greatest], greatest_value_ = value_at(vector, greatest);
    any_ = true;
  }

  Keys keys() const {
    Keys found;
    if (!any_) return found;
    found.least = least_value_;
    found.greatest = greatest_value_;
    if (few_) found.list = listed_values_;
    return found;
  }

 private:
  static bool less(const T& a, const T& b) {
    if constexpr (std::is_same_v<T, StringRef>)
      return a.view() < b.view();
    else
      return a < b;
  }

  void list(const T& value, const Vector& vector, uint32_t row) {
    const auto at = std::lower_bound(listed_.begin(), listed_.end(), value, less);
    if (at != listed_.end() && !less(value, *at)) return;
    few_ = listed_.size() < kListedKeysMax;
    if (!few_) return;
    listed_values_.insert(listed_values_.begin() + (at - listed_.begin()), value_at(vector, row));
    listed_.insert(at, value);
  }

  bool any_ = false, few_ = true;
  T least_{}, greatest_{};
  Value least_value_, greatest_value_;
  std::vector<T> listed_;
  std::vector<Value> listed_values_;
};

Keys keys_of(const JoinTable& table, uint32_t key) {
  return with_layout(table.key_type(key).id, [&]<class T>(T) {
    KeySurvey<T> survey;
    for (const RowSegment& segment : table.segments()) {
      const Status status = segment.for_each_piece([&](uint32_t chunk, uint32_t first, uint32_t rows) -> Status {
        survey.look_at(segment.store->slice(chunk, first, rows).columns[key], rows);
        return kDone;
      });
      CHECK(status.ok());
    }
    return survey.keys();
  });
}

ExprPtr called(const char* function, std::vector<ExprPtr> arguments) {
  auto call = resolve_call(function, std::move(arguments), {});
  CHECK(call.ok());
  return std::move(call.value());
}

ExprPtr compared(const char* function, const ExprPtr& column, const Value& value) {
  return called(function, {column, literal(value)});
}

void append_conditions(const JoinTable& table, uint32_t key, const ExprPtr& column, std::vector<ExprPtr>& conditions) {
  const Keys keys = keys_of(table, key);
  if (!keys.least.has_value()) {
    conditions.push_back(literal(Value{kBool, false}));
  } else if (keys.list.empty()) {
    conditions.push_back(compared("ge", column, *keys.least));
    conditions.push_back(compared("le", column, *keys.greatest));
  } else {
    ExprPtr any;
    for (const Value& value : keys.list) {
      const ExprPtr equal = compared("eq", column, value);
      any = any == nullptr ? equal : called("or", {any, equal});
    }
    conditions.push_back(any);
  }
}

// By value: the column of the source that it is, in the row domain of the steps that are looked at.
using Origins = std::map<ValueId, ValueId>;

Origins carried_over(const Origins& before, const std::vector<std::pair<ValueId, ValueId>>& carried) {
  Origins behind;
  for (const auto& [from, to] : carried)
    if (const auto at = before.find(from); at != before.end()) behind[to] = at->second;
  return behind;
}

}  // namespace

std::vector<ExprPtr> conditions_of_joins(const Stage& stage, const std::vector<const JoinTable*>& tables) {
  std::vector<ExprPtr> conditions;
  Origins origins, in_front;  // in_front: of the last probe
  for (ValueId value = 0; value < stage.source_values; ++value) origins[value] = value;
  for (const Step& step : stage.steps) {
    if (const auto* compute = std::get_if<Compute>(&step.node)) {
      if (stage.values[compute->out].may_fault || compute->kernel->function->contract.purity == Purity::kImpure) break;
    } else if (std::holds_alternative<Accumulate>(step.node)) {
      break;
    } else if (const auto* expand = std::get_if<Expand>(&step.node)) {
      origins = carried_over(origins, expand->carried);
    } else if (const auto* match = std::get_if<Match>(&step.node)) {
      origins = carried_over(in_front, match->carried);
    } else if (const auto* probe = std::get_if<Probe>(&step.node)) {
      const JoinTable& table = *tables[probe->table];
      const bool drops =
          probe->kind == JoinKind::kInner || probe->kind == JoinKind::kRight || probe->kind == JoinKind::kSemi;
      for (uint32_t key = 0; drops && key < probe->keys.size(); ++key) {
        const auto at = probe->keys[key].constant ? origins.end() : origins.find(probe->keys[key].index);
        if (at == origins.end() || !has_bounds(table.key_type(key)) || table.matches_null(key)) continue;
        const StageValue& value = stage.values[at->second];
        append_conditions(table, key, column_index(at->second, value.name, value.type, value.nullable), conditions);
      }
      if (keeps_right_rows(probe->kind)) break;  // rows that meet this table are remembered, whatever comes behind
      in_front = std::exchange(origins, carried_over(origins, probe->carried));
    }
  }
  return conditions;
}

}  // namespace headrace
