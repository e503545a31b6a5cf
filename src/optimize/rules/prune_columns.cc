// Two passes over one walk from the root down, which knows the columns that are read above each node.
//   drop_unread_columns  projections do not compute, aggregations do not aggregate, scans do not read what nobody reads
//   prune_columns        also puts a projection where a join, sort, limit or union would carry such a column along
// What is not read never faults.
#include <algorithm>
#include <iterator>
#include <map>

#include "base/check.h"
#include "base/overloaded.h"
#include "optimize/passes.h"
#include "optimize/read_fields.h"
#include "optimize/rewrite.h"
#include "optimize/rules/rules.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

using Needed = std::vector<ReadFields>;  // by output column

Needed all_of(size_t columns) { return Needed(columns, ReadFields::whole()); }

void add_columns(const ExprPtr& expr, Needed& needed) {
  if (expr != nullptr) add_reads(expr, ReadFields::whole(), needed);
}

// A plan that gives at least the needed columns; where each of the former columns lies in it now.
struct Pruned {
  PlanPtr plan;
  std::vector<uint32_t> place;  // UINT32_MAX: gone
};

// Columns of files that are read, by what the scan says of its file.
using ReadColumns = std::map<std::string, std::map<uint32_t, ReadFields>>;

std::string file_key(const FileRef& file) {
  std::string key;
  const auto append = [&key](const std::string& part) { key += std::to_string(part.size()) + ":" + part; };
  append(file.path);
  append(file.format);
  for (const auto& [name, value] : file.options) append(name), append(value);
  return key;
}

class Pruner {
 public:
  // `read`: where the columns go that the scans are asked for; may be nullptr.
  explicit Pruner(bool tight, ReadColumns* read = nullptr) : tight_(tight), read_(read) {}

  Pruned prune(const PlanPtr& plan, const Needed& needed) {
    CHECK(needed.size() == plan->schema.size());
    return std::visit(
        Overloaded{
            [&](const ScanFile& n) { return prune_scan(n, needed); },
            [&](const ScanTable& n) { return prune_scan(n, needed); },
            [&](const Range&) { return kept(plan); },
            [&](const OneRow&) { return kept(plan); },
            [&](const Values&) { return kept(plan); },
            [&](const SetOperation&) { return kept(plan); },
            [&](const WorkingRows&) { return kept(plan); },
            [&](const Recursion& n) {
              return kept(make_resolved(Recursion{whole(n.base), whole(n.step), n.id, n.distinct, n.where}));
            },
            [&](const Repeat& n) { return prune_repeat(n, needed); },
            [&](const Unnest& n) { return prune_unnest(n, needed); },
            [&](const ScalarRow& n) { return prune_scalar(n, needed); },
            [&](const Filter& n) { return prune_filter(n, needed); },
            [&](const Project& n) { return prune_project(n, needed); },
            [&](const Aggregation& n) { return prune_aggregation(n, needed); },
            [&](const Join& n) { return prune_join(n, needed); },
            [&](const Sort& n) { return prune_sort(n, needed); },
            [&](const TopN& n) { return prune_sort(n, needed); },
            [&](const Limit& n) { return prune_limit(n, needed); },
            [&](const Sample& n) { return prune_sample(n, needed); },
            [&](const UnionAll& n) { return prune_union(n, needed); },
            [&](const Alias&) { return kept(plan); },
            [&](const Write& n) { return kept(make_resolved(Write{whole(n.input), n.path, n.format, n.options})); },
            [&](const WriteAll& n) {
              WriteAll all;
              for (const PlanPtr& write : n.inputs)
                all.inputs.push_back(prune(write, all_of(write->schema.size())).plan);
              return kept(make_resolved(std::move(all)));
            }},
        plan->node);
  }

 private:
  // With all its columns, as whoever keeps or writes whole rows reads them.
  PlanPtr whole(const PlanPtr& plan) {
    const Pruned all = prune(plan, all_of(plan->schema.size()));
    return projected(all.plan, all.place);
  }

  static Pruned kept(PlanPtr plan) {
    std::vector<uint32_t> place(plan->schema.size());
    for (uint32_t i = 0; i < place.size(); ++i) place[i] = i;
    return {std::move(plan), std::move(place)};
  }

  static ExprPtr moved(const ExprPtr& expr, const Pruned& input) {
    if (expr == nullptr) return nullptr;
    return map_columns(expr, [&](uint32_t index) {
      CHECK(input.place[index] != UINT32_MAX);
      return column_of(input.plan->schema, input.place[index]);
    });
  }

  // The input for an operator that keeps its rows: exactly the needed columns, when the pass is tight.
  Pruned prune_carried(const PlanPtr& plan, const Needed& needed) {
    Pruned input = prune(plan, needed);
    if (!tight_) return input;
    return exactly(std::move(input), needed);
  }

  static Pruned exactly(Pruned input, const Needed& needed) {
    std::vector<uint32_t> columns;
    std::vector<uint32_t> place(needed.size(), UINT32_MAX);
    for (uint32_t i = 0; i < needed.size(); ++i) {
      if (!needed[i].any()) continue;
      place[i] = static_cast<uint32_t>(columns.size());
      columns.push_back(input.place[i]);
    }
    return {projected(input.plan, columns), std::move(place)};
  }

  // At least one column stays, the narrowest, where the table does not count rows without reading any.
  template <class Scan>
  Pruned prune_scan(const Scan& node, Needed needed) {
    const Schema schema = derive_schema(Plan{node, {}});
    if constexpr (std::is_same_v<Scan, ScanFile>)
      if (read_ != nullptr) {
        std::map<uint32_t, ReadFields>& of_file = (*read_)[file_key(node.file)];
        for (uint32_t i = 0; i < schema.size(); ++i)
          if (needed[i].any()) of_file[node.columns[i]].add(needed[i]);
      }
    if constexpr (std::is_same_v<Scan, ScanFile>)
      for (const ExprPtr& conjunct : node.pruning) add_columns(conjunct, needed);
    if (std::ranges::none_of(needed, &ReadFields::any) && !schema.empty() && !node.table->counts_rows()) {
      const auto narrower = [](const Column& left, const Column& right) {
        return width_bytes(left.type.id) < width_bytes(right.type.id);
      };
      needed[static_cast<size_t>(std::min_element(schema.begin(), schema.end(), narrower) - schema.begin())] =
          ReadFields::whole();
    }
    Scan scan = node;
    scan.columns.clear();
    Pruned result{nullptr, std::vector<uint32_t>(schema.size(), UINT32_MAX)};
    for (uint32_t i = 0; i < schema.size(); ++i) {
      if (!needed[i].any()) continue;
      result.place[i] = static_cast<uint32_t>(scan.columns.size());
      scan.columns.push_back(node.columns[i]);
    }
    if constexpr (std::is_same_v<Scan, ScanFile>)
      for (ExprPtr& conjunct : scan.pruning)
        conjunct = map_columns(conjunct, [&](uint32_t index) {
          return column_index(result.place[index], schema[index].name, schema[index].type, schema[index].nullable);
        });
    result.plan = make_resolved(std::move(scan));
    return result;
  }

  Pruned prune_filter(const Filter& node, Needed needed) {
    add_columns(node.predicate, needed);
    Pruned input = prune(node.input, needed);
    const ExprPtr predicate = moved(node.predicate, input);
    return {make_resolved(Filter{input.plan, predicate}), input.place};
  }

  Pruned prune_project(const Project& node, const Needed& needed) {
    Needed below(node.input->schema.size());
    for (size_t i = 0; i < needed.size(); ++i)
      if (needed[i].any()) add_reads(node.columns[i].expr, needed[i], below);
    const Pruned input = prune(node.input, below);
    Project project{input.plan, {}};
    std::vector<uint32_t> place(needed.size(), UINT32_MAX);
    for (size_t i = 0; i < needed.size(); ++i) {
      if (!needed[i].any()) continue;
      place[i] = static_cast<uint32_t>(project.columns.size());
      project.columns.push_back({moved(node.columns[i].expr, input), node.columns[i].name});
    }
    return {make_resolved(std::move(project)), std::move(place)};
  }

  static void add_aggregate_columns(const NamedAggregate& aggregate, Needed& needed) {
    for (const ExprPtr& argument : aggregate.arguments) add_columns(argument, needed);
    if (aggregate.filter != nullptr) add_columns(aggregate.filter, needed);
    for (const SortKey& key : aggregate.order) add_columns(key.expr, needed);
  }

  // Keys make the groups and stay. Without keys one aggregate stays, so that the row has a column.
  Pruned prune_aggregation(const Aggregation& node, Needed needed) {
    const size_t key_count = node.keys.size();
    if (key_count == 0 && !needed.empty() && std::ranges::none_of(needed, &ReadFields::any))
      needed[0] = ReadFields::whole();
    Needed below(node.input->schema.size());
    for (const NamedExpr& key : node.keys) add_columns(key.expr, below);
    for (size_t i = 0; i < node.aggregates.size(); ++i)
      if (needed[key_count + i].any()) add_aggregate_columns(node.aggregates[i], below);
    const Pruned input = prune(node.input, below);
    Aggregation result{input.plan, {}, {}, node.window_us};
    std::vector<uint32_t> place(needed.size(), UINT32_MAX);
    for (uint32_t i = 0; i < key_count; ++i) {
      place[i] = i;
      result.keys.push_back({moved(node.keys[i].expr, input), node.keys[i].name});
    }
    for (size_t i = 0; i < node.aggregates.size(); ++i) {
      if (!needed[key_count + i].any()) continue;
      place[key_count + i] = static_cast<uint32_t>(key_count + result.aggregates.size());
      NamedAggregate aggregate = node.aggregates[i];
      for (ExprPtr& argument : aggregate.arguments) argument = moved(argument, input);
      if (aggregate.filter != nullptr) aggregate.filter = moved(aggregate.filter, input);
      for (SortKey& key : aggregate.order) key.expr = moved(key.expr, input);
      result.aggregates.push_back(std::move(aggregate));
    }
    return {make_resolved(std::move(result)), std::move(place)};
  }

  Pruned prune_join(const Join& node, Needed needed) {
    const size_t left_count = node.left->schema.size();
    const bool gives_right = gives_right_columns(node.kind);
    needed.resize(gives_right ? needed.size() : left_count);  // a mark is always made
    needed.resize(left_count + node.right->schema.size());
    add_columns(node.condition, needed);
    Needed left(needed.begin(), needed.begin() + static_cast<ptrdiff_t>(left_count));
    Needed right(needed.begin() + static_cast<ptrdiff_t>(left_count), needed.end());
    for (const JoinKey& key : node.keys) {
      add_columns(key.left, left);
      add_columns(key.right, right);
    }
    const Pruned left_input = prune_carried(node.left, left);
    const Pruned right_input = prune_carried(node.right, right);
    Join join{left_input.plan, right_input.plan, node.kind, {}, nullptr, {}};
    for (const JoinKey& key : node.keys)
      join.keys.push_back({moved(key.left, left_input), moved(key.right, right_input), key.nulls_equal});
    Pruned result{nullptr, left_input.place};
    const auto shift = static_cast<uint32_t>(left_input.plan->schema.size());
    for (const uint32_t place : right_input.place)
      result.place.push_back(place == UINT32_MAX ? UINT32_MAX : place + shift);
    const Schema pairs = pair_schema(join);
    if (node.condition != nullptr)
      join.condition =
          map_columns(node.condition, [&](uint32_t index) { return column_of(pairs, result.place[index]); });
    if (!gives_right) result.place.resize(left_count);
    if (node.kind == JoinKind::kMark) result.place.push_back(shift);
    result.plan = make_resolved(std::move(join));
    return result;
  }

  // Rows without an order are sorted by all their columns behind the keys: then all of them are read.
  template <class Sorted>
  Pruned prune_sort(const Sorted& node, Needed needed) {
    if (!is_ordered(*node.input)) needed = all_of(needed.size());
    for (const SortKey& key : node.keys) add_columns(key.expr, needed);
    Pruned input = prune_carried(node.input, needed);
    Sorted result = node;
    result.input = input.plan;
    for (SortKey& key : result.keys) key.expr = moved(key.expr, input);
    return {make_resolved(std::move(result)), std::move(input.place)};
  }

  // A limit over rows without an order takes the first by all their columns: then all of them are read.
  Pruned prune_limit(const Limit& node, const Needed& needed) {
    const Needed all = all_of(needed.size());
    Pruned input = is_ordered(*node.input) ? prune_carried(node.input, needed) : prune(node.input, all);
    return {make_resolved(Limit{input.plan, node.rows_max, node.offset}), std::move(input.place)};
  }

  // A sample of rows without an order counts them by all their columns: then all of them are read.
  Pruned prune_sample(const Sample& node, const Needed& needed) {
    const Needed all = all_of(needed.size());
    Pruned input = is_ordered(*node.input) ? prune_carried(node.input, needed) : prune(node.input, all);
    return {make_resolved(Sample{input.plan, node.spec}), std::move(input.place)};
  }

  Pruned prune_repeat(const Repeat& node, const Needed& needed) {
    Needed below = needed;
    below.insert(below.begin() + node.count, ReadFields::whole());
    Pruned input = prune_carried(node.input, below);
    const uint32_t count = input.place[node.count];
    Pruned result{make_resolved(Repeat{input.plan, count}), std::move(input.place)};
    result.place.erase(result.place.begin() + node.count);
    for (uint32_t& place : result.place)
      if (place != UINT32_MAX && place > count) --place;
    return result;
  }

  Pruned prune_unnest(const Unnest& node, const Needed& needed) {
    Needed below(needed.begin(), needed.end() - 1);
    add_columns(node.count, below);
    Pruned input = prune_carried(node.input, below);
    Pruned result{make_resolved(Unnest{input.plan, moved(node.count, input)}), std::move(input.place)};
    result.place.push_back(static_cast<uint32_t>(result.plan->schema.size()) - 1);
    return result;
  }

  // Its rows are counted even where nobody reads them.
  Pruned prune_scalar(const ScalarRow& node, const Needed& needed) {
    Pruned input = prune_carried(node.input, needed);
    return {make_resolved(ScalarRow{input.plan}), std::move(input.place)};
  }

  Pruned prune_union(const UnionAll& node, const Needed& needed) {
    UnionAll result;
    Pruned last;
    for (const PlanPtr& input : node.inputs) {
      last = exactly(prune(input, needed), needed);
      result.inputs.push_back(last.plan);
    }
    return {make_resolved(std::move(result)), std::move(last.place)};
  }

  const bool tight_;
  ReadColumns* const read_;
};

PlanPtr pruned(const PlanPtr& plan, bool tight) {
  const Pruned result = Pruner(tight).prune(plan, all_of(plan->schema.size()));
  // The root's columns are all read, so that they kept their number; a scan below may hold more.
  return projected(result.plan, result.place);
}

}  // namespace

Result<PlanPtr> mark_read_columns(const PlanPtr& plan) {
  ReadColumns read;
  Pruner(false, &read).prune(plan, all_of(plan->schema.size()));
  return rewrite_up(plan, [&](const PlanPtr& node) -> Result<PlanPtr> {
    const auto* scan = std::get_if<ScanFile>(&node->node);
    if (scan == nullptr) return node;
    ScanFile marked = *scan;
    marked.fields.clear();
    const bool checks = scan->table->checks_values();
    if (checks) marked.checked.emplace();
    for (const auto& [column, fields] : read[file_key(scan->file)]) {
      if (checks) marked.checked->push_back(column);
      FieldPath to = {column};
      std::vector<FieldPath> paths;
      fields.append_paths(to, paths);
      if (paths != std::vector<FieldPath>{to}) std::ranges::move(paths, std::back_inserter(marked.fields));
    }
    return make_resolved(std::move(marked));
  });
}

Result<PlanPtr> drop_unread_columns(const PlanPtr& plan, const OptimizeContext&) { return pruned(plan, false); }
Result<PlanPtr> prune_columns(const PlanPtr& plan, const OptimizeContext&) { return pruned(plan, true); }

}  // namespace headrace
