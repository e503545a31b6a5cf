#include "fuse/cut_stages.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/overloaded.h"
#include "expr/fold.h"
#include "fuse/contracts.h"
#include "fuse/filter_parts.h"
#include "fuse/legality.h"
#include "fuse/share_scans.h"
#include "fuse/stage_builder.h"
#include "optimize/rewrite.h"
#include "plan/join_keys.h"

namespace headrace {

namespace {

// A pipeline that still grows: where each column of the plan node lies.
struct Open {
  StageBuilder builder;
  std::vector<Operand> columns;
};
// The branches of one plan node (several under UNION ALL), and whether their rows have an order worth keeping.
struct Branches {
  std::vector<Open> open;
  bool ordered;
};

class StageCutter {
 public:
  explicit StageCutter(const CutOptions& options) : options_(options) {}

  // A part of a recursion.
  Result<std::shared_ptr<const Program>> cut_in_order(const Plan& plan) {
    TRY(branches, lower_in_order(plan));
    program_.result = close(std::move(branches), plan.schema, CollectSink{true}, plan.schema);
    return std::make_shared<const Program>(std::move(program_));
  }

  Result<Program> cut(const Plan& plan) {
    if (const auto* all = std::get_if<WriteAll>(&plan.node)) {
      TRY_STATUS(cut_all(*all, plan));
    } else if (std::holds_alternative<Write>(plan.node)) {
      TRY(written, write(plan));
      program_.result = written;
    } else {
      TRY(branches, lower(plan));
      const CollectSink sink{branches.ordered};
      program_.result = close(std::move(branches), plan.schema, sink, plan.schema);
    }
    return std::move(program_);
  }

 private:
  Result<uint32_t> write(const Plan& plan) {
    const Write& node = std::get<Write>(plan.node);
    TRY(branches, lower(*node.input));
    const WriteSink sink{node.path, node.format, node.options, branches.ordered};
    return close(std::move(branches), node.input->schema, sink, plan.schema);
  }

  // The result: of each output, in order, its path and rows.
  Status cut_all(const WriteAll& node, const Plan& plan) {
    Branches counts{{}, true};
    for (const PlanPtr& input : node.inputs) {
      TRY(sink, write(*input));
      TRY(count, start(SinkSource{sink}, program_.sinks[sink].output, true));
      Open& open = count.open[0];
      const Value path{kUtf8, std::get<Write>(input->node).path};
      open.columns.insert(open.columns.begin(), open.builder.append(*literal(path), {}));
      counts.open.push_back(std::move(open));
    }
    program_.result = close(std::move(counts), plan.schema, CollectSink{true}, plan.schema);
    if (!options_.share_scans)
      note_shareable_scans(program_);
    else
      share_scans(program_, options_.machine != nullptr ? *options_.machine : usual_machine());
    return kDone;
  }

  Result<Branches> lower(const Plan& plan) {
    return std::visit(
        Overloaded{[&](const ScanFile& n) { return scan(source_of(n), plan); },
                   [&](const ScanTable& n) { return scan({n.table, {}, n.name, n.columns, {}}, plan); },
                   [&](const Range& n) { return start(RangeSource{n.begin, n.end}, plan.schema, true); },
                   [&](const OneRow&) { return start(OneRowSource{}, plan.schema, true); },
                   [&](const Values& n) { return start(values_source(n), plan.schema, true); },
                   [&](const Repeat& n) { return repeat(n); },
                   [&](const ScalarRow& n) { return only_row(n, plan); },
                   [&](const Unnest& n) { return unnest(n); },
                   [&](const Recursion& n) { return recursion(n, plan); },
                   [&](const WorkingRows& n) { return start(WorkingSource{n.id, n.columns}, plan.schema, true); },
                   [&](const SetOperation&) -> Result<Branches> {
                     CHECK(!"a set operation is gone once a plan is resolved");
                     return Branches{};
                   },
                   [&](const Filter& n) { return filter(n); },
                   [&](const Project& n) { return project(n); },
                   [&](const Aggregation& n) { return aggregate(n, plan); },
                   [&](const Join& n) { return join(n); },
                   [&](const Sort& n) { return sort(*n.input, n.keys, std::nullopt, 0); },
                   [&](const TopN& n) { return sort(*n.input, n.keys, n.rows_max, n.offset); },
                   [&](const Limit& n) { return limit(n); },
                   [&](const Sample& n) { return sample(n); },
                   [&](const UnionAll& n) { return unite(n); },
                   [&](const Alias&) -> Result<Branches> {
                     CHECK(!"an Alias is gone once a plan is resolved");
                     return Branches{};
                   },
                   [&](const Write&) { return not_the_whole(); },
                   [&](const WriteAll&) { return not_the_whole(); }},
        plan.node);
  }

  static Result<Branches> not_the_whole() {
    return Error{ErrorCode::kUnsupported, "COPY … TO must be the whole statement", "", ""};
  }

  Result<Branches> start(SourceSpec source, const Schema& schema, bool ordered) {
    Open open{StageBuilder(std::move(source), schema, options_), {}};
    for (uint32_t index = 0; index < schema.size(); ++index) open.columns.push_back({false, index});
    Branches branches{{}, ordered};
    branches.open.push_back(std::move(open));
    return branches;
  }

  TableSource source_of(const ScanFile& n) const {
    const std::vector<ExprPtr> none;
    return {n.table, n.file, "", n.columns, options_.prune_scans ? n.pruning : none, n.checked, n.fields};
  }

  Result<Branches> scan(TableSource source, const Plan& plan) {
    const bool ordered = source.table->ordered();
    return start(std::move(source), plan.schema, ordered);
  }

  Result<Branches> filter(const Filter& node) {
    TRY(branches, lower(*node.input));
    for (Open& open : branches.open) {
      const auto parts =
          open.builder.decodes_late() ? filter_parts(node.predicate) : std::vector<ExprPtr>{node.predicate};
      for (const ExprPtr& part : parts) open.builder.append_filter(*part, open.columns);
    }
    return std::move(branches);
  }

  Result<Branches> unnest(const Unnest& node) {
    TRY(branches, lower(*node.input));
    for (Open& open : branches.open) {
      const Operand count = open.builder.append(*node.count, open.columns);
      open.columns = open.builder.append_expand(count, open.columns, node.count->where);
    }
    return std::move(branches);
  }

  Result<Branches> project(const Project& node) {
    TRY(branches, lower(*node.input));
    for (Open& open : branches.open) {
      std::vector<Operand> columns;
      for (const NamedExpr& column : node.columns) columns.push_back(open.builder.append(*column.expr, open.columns));
      open.columns = std::move(columns);
    }
    return std::move(branches);
  }

  // What an aggregation's sink is given: keys, then the columns that its aggregates read, each once.
  struct AggregateInput {
    std::vector<ExprPtr> columns;
    std::vector<GroupAggregate> aggregates;

    uint32_t add(const ExprPtr& expr, uint32_t shared_from) {
      for (uint32_t i = shared_from; i < columns.size(); ++i)
        if (same(*columns[i], *expr)) return i;
      columns.push_back(expr);
      return static_cast<uint32_t>(columns.size() - 1);
    }
  };

  AggregateInput aggregate_input(const Aggregation& node, bool one_group, bool ordered) const {
    AggregateInput input;
    if (one_group) input.columns.push_back(literal(Value{kInt32, int32_t{0}}));
    for (const NamedExpr& key : node.keys) input.columns.push_back(key.expr);
    const auto first = static_cast<uint32_t>(input.columns.size());
    for (const NamedAggregate& aggregate : node.aggregates) {
      GroupAggregate one{aggregate.overload, {}, aggregate.type, options_.faults_become_null, aggregate.distinct};
      for (const ExprPtr& argument : aggregate.arguments) one.columns.push_back(input.add(argument, first));
      if (aggregate.filter != nullptr) one.filter = input.add(aggregate.filter, first);
      for (const SortKey& key : aggregate.order)
        one.order.push_back({input.add(key.expr, first), key.descending, key.nulls_first});
      one.by_input = ordered && !one.distinct && aggregate.overload->aggregate->contract.order == RowOrder::kNeeded;
      input.aggregates.push_back(std::move(one));
    }
    return input;
  }

  // Without keys the states lie in the loops, unless rows must be kept: then all rows are one group of a literal key. A view
  // or WITH query that is read twice aggregates once: its groups are kept anyway, and each reader begins a stage of its own.
  Result<Branches> aggregate(const Aggregation& node, const Plan& plan) {
    for (const auto& [other, sink] : aggregations_)
      if (same(*other, plan)) return read_aggregate(node, sink);
    TRY(branches, lower(*node.input));
    const bool one_group = is_one_group(node);
    const bool in_loops = node.keys.empty() && !one_group;
    const AggregateInput wanted = aggregate_input(node, one_group, branches.ordered);
    for (Open& open : branches.open) {
      std::vector<Operand> columns;
      for (const ExprPtr& column : wanted.columns) columns.push_back(open.builder.append(*column, open.columns));
      if (in_loops) append_accumulates(node, wanted.aggregates, columns, open.builder);
      open.columns = std::move(columns);
    }
    const auto key_count = static_cast<uint32_t>(node.keys.size() + (one_group ? 1 : 0));
    const Schema input = input_schema(branches, plan.schema);
    SinkNode sink = AggregateSink{key_count, wanted.aggregates, node.window_us, one_group};
    if (in_loops) sink = AggregateAllSink{wanted.aggregates};
    Schema output = plan.schema;
    if (one_group) output.insert(output.begin(), {"", kInt32, false});
    for (uint32_t key = 0; key < key_count; ++key) output[key].nullable = input[key].nullable;
    for (uint32_t i = key_count; i < output.size(); ++i)
      output[i].nullable |= node.aggregates[i - key_count].overload->result_nullable;
    const uint32_t index = close_with(std::move(branches), input, std::move(sink), output);
    const bool lasts = outlasts_its_stages(contract_of(program_.sinks[index].node));
    if (options_.share_aggregations && lasts && node.window_us == 0) aggregations_.push_back({&plan, index});
    return read_aggregate(node, index);
  }

  static bool is_one_group(const Aggregation& node) {
    return node.keys.empty() &&
           std::any_of(node.aggregates.begin(), node.aggregates.end(), [](const NamedAggregate& a) {
             return a.distinct || a.filter != nullptr || a.overload->order != StateOrder::kFree;
           });
  }

  Result<Branches> read_aggregate(const Aggregation& node, uint32_t sink) {
    TRY(result, start(SinkSource{sink}, program_.sinks[sink].output, node.keys.empty()));  // one row is in order
    if (is_one_group(node)) result.open[0].columns.erase(result.open[0].columns.begin());
    return std::move(result);
  }

  static void append_accumulates(const Aggregation& node, const std::vector<GroupAggregate>& aggregates,
                                 const std::vector<Operand>& columns, StageBuilder& builder) {
    for (uint32_t slot = 0; slot < aggregates.size(); ++slot) {
      std::vector<Operand> arguments;
      for (const uint32_t column : aggregates[slot].columns) arguments.push_back(columns[column]);
      const std::vector<ExprPtr>& written = node.aggregates[slot].arguments;
      builder.append_accumulate(*aggregates[slot].overload, std::move(arguments), slot,
                                written.empty() ? TextPosition{} : written[0]->where);
    }
  }

  struct BuildSide {
    uint32_t sink;
    std::vector<uint32_t> columns;  // where each column of the right input lies in the sink
    Schema schema;  // of the right input
    bool ordered;
  };

  Result<Branches> join(const Join& node) {
    if (node.kind == JoinKind::kMark) return join_pairs(with_exact_keys(node));
    return join_pairs(node);
  }

  Result<Branches> join_pairs(const Join& node) {
    if (node.keys.empty()) return join_pairs(with_constant_key(node));
    TRY(built, build_side(node));
    TRY(branches, lower(*node.left));
    const bool gives_right = gives_right_columns(node.kind);
    Schema fetched_schema;
    for (Column column : built.schema) {
      column.nullable |= keeps_left_rows(node.kind);
      fetched_schema.push_back(std::move(column));
    }
    if (!gives_right) fetched_schema.clear();
    const std::vector<uint32_t> fetched = gives_right ? built.columns : std::vector<uint32_t>{};
    for (Open& open : branches.open) {
      Probe probe{built.sink, node.kind, {}, {}, {}};
      for (const JoinKey& key : node.keys) probe.keys.push_back(open.builder.append(*key.left, open.columns));
      const TextPosition where = node.keys[0].left->where;
      if (node.condition != nullptr && node.kind != JoinKind::kInner) {
        const auto probe_step = static_cast<uint32_t>(open.builder.stage().steps.size());
        const std::optional<Operand> verdict = append_pairs(open, std::move(probe), built, *node.condition, where);
        open.columns = open.builder.append_match(probe_step, verdict, open.columns, fetched, fetched_schema, where);
        continue;
      }
      open.columns = open.builder.append_probe(std::move(probe), open.columns, fetched, fetched_schema, where);
      if (node.condition != nullptr) open.builder.append_filter(*node.condition, open.columns);
    }
    if (gives_right) branches.ordered = branches.ordered && built.ordered;
    if (keeps_right_rows(node.kind)) branches.open.push_back(unmatched(node, built));
    return std::move(branches);
  }

  // The branch of the right rows that nobody matched.
  Open unmatched(const Join& node, const BuildSide& built) const {
    Open open{StageBuilder(SinkSource{built.sink}, program_.sinks[built.sink].output, options_), {}};
    for (const Column& column : node.left->schema)
      open.columns.push_back(open.builder.append(*literal(null_value(column.type)), {}));
    for (const uint32_t column : built.columns) open.columns.push_back({false, column});
    return open;
  }

  // The probe and the filter of its pairs, which need only the columns that the condition reads. Of a mark join the condition
  // decides itself: its value for each pair, which may be null, is returned.
  static std::optional<Operand> append_pairs(Open& open, Probe probe, const BuildSide& built, const Expr& condition,
                                             TextPosition where) {
    const bool marks = probe.kind == JoinKind::kMark;
    const size_t left_columns = open.columns.size();
    std::set<uint32_t> read;
    for_each_column(condition, [&](uint32_t index) { read.insert(index); });
    std::vector<Operand> left;
    std::vector<uint32_t> fetched;
    Schema fetched_schema;
    for (const uint32_t index : read) {
      if (index < left_columns) {
        left.push_back(open.columns[index]);
      } else {
        fetched.push_back(built.columns[index - left_columns]);
        fetched_schema.push_back(built.schema[index - left_columns]);
      }
    }
    const std::vector<Operand> found =
        open.builder.append_probe(std::move(probe), left, fetched, fetched_schema, where, /*match_follows=*/true);
    std::vector<Operand> columns(left_columns + built.schema.size());
    size_t next = 0;
    for (const uint32_t index : read) columns[index] = found[next++];
    if (marks) return open.builder.append(condition, columns);
    open.builder.append_filter(condition, columns);
    return std::nullopt;
  }

  // A mark is null for some pairs that are not equal. One key without more: the table knows whether it has nulls. Else keys
  // that may be null become part of the condition, which is then read for each pair that the other keys allow.
  Join with_exact_keys(Join node) const {
    const auto exact = [&](const JoinKey& key) {
      return key.nulls_equal || (!options_.faults_become_null && !key.left->nullable && !key.right->nullable);
    };
    if (node.condition == nullptr && node.keys.size() == 1) return node;
    std::vector<JoinKey> keys;
    std::vector<ExprPtr> condition;
    const Schema pairs = pair_schema(node);
    const auto left_columns = static_cast<int64_t>(node.left->schema.size());
    for (JoinKey& key : node.keys) {
      if (exact(key))
        keys.push_back(std::move(key));
      else
        condition.push_back(equality_of(key.left, shift_columns(key.right, left_columns, pairs)));
    }
    if (node.condition != nullptr) condition.push_back(node.condition);
    node.keys = std::move(keys);
    node.condition = condition.empty() ? nullptr : conjunction_of(condition);
    return node;
  }

  // Without an equality every row matches every row: all have the same key.
  static Join with_constant_key(Join node) {
    const ExprPtr one = literal({kInt32, int32_t{1}});
    const ExprPtr typed =
        std::make_shared<const Expr>(Expr{.node = one->node, .type = kInt32, .nullable = false, .where = {}});
    node.keys.push_back({typed, typed});
    return node;
  }

  // Keys first, then the columns of the right input that are not themselves a key. A float key is stored in its canonical
  // form (-0 is +0), so its column is stored again.
  Result<BuildSide> build_side(const Join& node) {
    TRY(branches, lower(*node.right));
    const Schema& right = node.right->schema;
    BuildSide side{0, std::vector<uint32_t>(right.size(), UINT32_MAX), right, branches.ordered};
    const auto key_count = static_cast<uint32_t>(node.keys.size());
    for (uint32_t key = 0; key < key_count; ++key) {
      const Expr& expr = *node.keys[key].right;
      const auto* column = std::get_if<ColumnIndex>(&expr.node);
      if (column != nullptr && expr.type.id != TypeId::kFloat64 && expr.type.id != TypeId::kFloat32)
        side.columns[column->index] = key;
    }
    uint32_t next = key_count;
    for (uint32_t& place : side.columns)
      if (place == UINT32_MAX) place = next++;
    Schema names(next);
    for (uint32_t key = 0; key < key_count; ++key) names[key].name = fmt::format("key{}", key);
    for (uint32_t i = 0; i < right.size(); ++i) names[side.columns[i]].name = right[i].name;
    for (Open& open : branches.open) {
      std::vector<Operand> columns(next);
      for (uint32_t key = 0; key < key_count; ++key)
        columns[key] = open.builder.append(*node.keys[key].right, open.columns);
      for (uint32_t i = 0; i < right.size(); ++i)
        if (side.columns[i] >= key_count) columns[side.columns[i]] = open.columns[i];
      open.columns = std::move(columns);
    }
    const Schema input = input_schema(branches, names);
    for (uint32_t i = 0; i < right.size(); ++i) side.schema[i].nullable = input[side.columns[i]].nullable;
    JoinBuildSink sink{key_count, {}, keeps_right_rows(node.kind)};
    for (const JoinKey& key : node.keys) sink.nulls_equal.push_back(key.nulls_equal);
    if (std::find(sink.nulls_equal.begin(), sink.nulls_equal.end(), true) == sink.nulls_equal.end())
      sink.nulls_equal.clear();
    side.sink = close_with(std::move(branches), input, std::move(sink), input);
    return side;
  }

  Result<Branches> sort(const Plan& input_plan, const std::vector<SortKey>& keys, std::optional<uint64_t> rows_max,
                        uint64_t offset) {
    TRY(branches, lower(input_plan));
    const Schema& visible = input_plan.schema;
    std::vector<SortColumn> columns;
    Schema names = visible;
    for (const SortKey& key : keys) {
      const auto* column = std::get_if<ColumnIndex>(&key.expr->node);
      if (column == nullptr) names.push_back({"sort key", key.expr->type, true});
      columns.push_back({column != nullptr ? column->index : static_cast<uint32_t>(names.size() - 1), key.descending,
                         key.nulls_first});
    }
    for (Open& open : branches.open) {
      std::vector<Operand> all = open.columns;
      for (const SortKey& key : keys)
        if (!std::holds_alternative<ColumnIndex>(key.expr->node))
          all.push_back(open.builder.append(*key.expr, open.columns));
      open.columns = std::move(all);
    }
    const Schema input = input_schema(branches, names);
    const bool ordered = branches.ordered;
    const uint32_t index = close_with(std::move(branches), input, SortSink{columns, rows_max, offset, ordered}, input);
    TRY(sorted, start(SinkSource{index}, input, true));
    sorted.open[0].columns.resize(visible.size());
    return std::move(sorted);
  }

  Result<Branches> limit(const Limit& node) {
    TRY(branches, lower(*node.input));
    const bool ordered = branches.ordered;
    const Schema input = input_schema(branches, node.input->schema);
    const uint32_t index =
        close_with(std::move(branches), input, LimitSink{node.rows_max, node.offset, ordered}, input);
    return start(SinkSource{index}, input, true);
  }

  // The rows of a plan in an order that is the same in every run: their own, or that of all columns.
  Result<Branches> lower_in_order(const Plan& plan) {
    TRY(branches, lower(plan));
    if (branches.ordered) return std::move(branches);
    const Schema input = input_schema(branches, plan.schema);
    const SortSink total{{}, std::nullopt, 0, /*ordered=*/false};
    return start(SinkSource{close_with(std::move(branches), input, total, input)}, input, true);
  }

  // Ordinals count rows in order.
  Result<Branches> sample(const Sample& node) {
    TRY(branches, lower_in_order(*node.input));
    const Schema input = input_schema(branches, node.input->schema);
    const uint32_t index = close_with(std::move(branches), input, SampleSink{node.spec}, input);
    return start(SinkSource{index}, input, true);
  }

  static ValuesSource values_source(const Values& node) {
    ValuesSource source{node.columns, {}};
    for (const auto& row : node.rows) {
      std::vector<Value> values;
      for (const ExprPtr& value : row) values.push_back(std::get<Literal>(value->node).value);
      source.rows.push_back(std::move(values));
    }
    return source;
  }

  // The sink passes the column of counts on, which ends here.
  Result<Branches> repeat(const Repeat& node) {
    TRY(branches, lower(*node.input));
    const Schema input = input_schema(branches, node.input->schema);
    const uint32_t index = close_with(std::move(branches), input, RepeatSink{node.count}, input);
    TRY(repeated, start(SinkSource{index}, input, false));
    repeated.open[0].columns.erase(repeated.open[0].columns.begin() + node.count);
    return std::move(repeated);
  }

  Result<Branches> only_row(const ScalarRow& node, const Plan& plan) {
    TRY(branches, lower(*node.input));
    const Schema input = input_schema(branches, node.input->schema);
    Schema output = input;
    for (size_t i = 0; i < output.size(); ++i) output[i].nullable = plan.schema[i].nullable;
    const uint32_t index = close_with(std::move(branches), input, OnlyRowSink{}, output);
    return start(SinkSource{index}, output, true);
  }

  Result<Branches> recursion(const Recursion& node, const Plan& plan) {
    TRY(base, StageCutter(options_).cut_in_order(*node.base));
    TRY(step, StageCutter(options_).cut_in_order(*node.step));
    return start(RecursionSource{node.id, node.distinct, plan.schema, std::move(base), std::move(step)}, plan.schema,
                 true);
  }

  Result<Branches> unite(const UnionAll& node) {
    Branches all{{}, true};
    for (const PlanPtr& input : node.inputs) {
      TRY(branches, lower(*input));
      all.ordered = all.ordered && branches.ordered;
      for (Open& open : branches.open) all.open.push_back(std::move(open));
    }
    return all;
  }

  // Types and nullability as the branches deliver them, names as given.
  static Schema input_schema(const Branches& branches, const Schema& names) {
    Schema schema;
    for (size_t i = 0; i < branches.open[0].columns.size(); ++i) {
      Column column{i < names.size() ? names[i].name : "",
                    branches.open[0].builder.type_of(branches.open[0].columns[i]), false};
      for (const Open& open : branches.open) column.nullable |= open.builder.nullable(open.columns[i]);
      schema.push_back(std::move(column));
    }
    return schema;
  }

  uint32_t close(Branches branches, const Schema& names, SinkNode node, const Schema& output) {
    const Schema input = input_schema(branches, names);
    const bool passes_rows = std::holds_alternative<CollectSink>(node);
    return close_with(std::move(branches), input, std::move(node), passes_rows ? input : output);
  }

  uint32_t close_with(Branches branches, Schema input, SinkNode node, Schema output) {
    const auto index = static_cast<uint32_t>(program_.sinks.size());
    const auto inputs = static_cast<uint32_t>(branches.open.size());
    const bool takes_states = std::holds_alternative<AggregateAllSink>(node);
    program_.sinks.push_back({std::move(node), std::move(input), std::move(output), inputs});
    for (uint32_t i = 0; i < inputs; ++i) {
      Open& open = branches.open[i];
      program_.stages.push_back(
          open.builder.finish(takes_states ? std::vector<Operand>{} : std::move(open.columns), index, i));
    }
    return index;
  }

  CutOptions options_;
  Program program_;
  std::vector<std::pair<const Plan*, uint32_t>> aggregations_;  // those that may be read again, and their sinks
};

}  // namespace

Result<Program> cut_stages(const Plan& plan, const CutOptions& options) { return StageCutter(options).cut(plan); }

}  // namespace headrace
