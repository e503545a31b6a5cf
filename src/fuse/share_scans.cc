#include "fuse/share_scans.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "expr/fold.h"
#include "expr/same.h"
#include "fuse/fan_out.h"
#include "fuse/rename_values.h"
#include "fuse/shared_steps.h"
#include "optimize/disjunctions.h"

namespace headrace {

namespace {

bool reads_same(const TableSource& left, const TableSource& right) {
  if (left.checked != right.checked || left.fields != right.fields) return false;
  if (left.table == right.table) return true;
  return !left.file.path.empty() && left.file.reads_as(right.file) && left.table->schema() == right.table->schema();
}

const TableSource* shareable_source(const Stage& stage) {
  const auto* source = std::get_if<TableSource>(&stage.source);
  return source == nullptr || source->table->unbounded() ? nullptr : source;
}

// By stage: the first of those that are to share a scan; itself, where none does.
std::vector<uint32_t> groups_of(const Program& program) {
  std::vector<uint32_t> group(program.stages.size());
  for (uint32_t stage = 0; stage < group.size(); ++stage) group[stage] = stage;
  for (uint32_t stage = 0; stage < group.size(); ++stage) {
    const TableSource* source = shareable_source(program.stages[stage]);
    if (source == nullptr) continue;
    for (uint32_t first = 0; first < stage && group[stage] == stage; ++first) {
      const TableSource* other = shareable_source(program.stages[first]);
      if (group[first] != first || other == nullptr || !reads_same(*source, *other)) continue;
      bool same_sink = false;
      for (uint32_t member = first; member < stage; ++member)
        same_sink |= group[member] == first && program.stages[member].sink == program.stages[stage].sink;
      if (same_sink) continue;
      std::vector<uint32_t> together = group;
      together[stage] = first;
      if (!would_wait_for_itself(program, together)) group = std::move(together);
    }
  }
  return group;
}

// What each stage's conjuncts say of the columns that all read together.
std::vector<ExprPtr> pruning_over(const TableSource& source, const std::vector<ValueId>& columns,
                                  const TableSource& all) {
  std::vector<ExprPtr> conjuncts;
  for (const ExprPtr& conjunct : source.pruning)
    conjuncts.push_back(map_columns(conjunct, [&](uint32_t index) {
      const ValueId place = columns[index];
      const Column& column = all.table->schema()[all.columns[place]];
      return column_index(place, column.name, column.type, column.nullable);
    }));
  return conjuncts;
}

bool holds(const std::vector<ExprPtr>& conjuncts, const Expr& wanted) {
  return std::ranges::any_of(conjuncts, [&](const ExprPtr& one) { return same(*one, wanted); });
}

// Conjuncts that hold for every row that some stage wants: those that all ask for, and an OR of what else each asks for.
std::vector<ExprPtr> wanted_by_any(const std::vector<std::vector<ExprPtr>>& by_stage) {
  std::vector<ExprPtr> common, alternatives;
  for (const ExprPtr& conjunct : by_stage[0])
    if (std::ranges::all_of(by_stage, [&](const auto& other) { return holds(other, *conjunct); }))
      common.push_back(conjunct);
  for (const std::vector<ExprPtr>& conjuncts : by_stage) {
    std::vector<ExprPtr> own;
    for (const ExprPtr& conjunct : conjuncts)
      if (!holds(common, *conjunct)) own.push_back(conjunct);
    if (own.empty()) return common;
    const ExprPtr alternative = conjunction_of(own);
    if (!holds(alternatives, *alternative)) alternatives.push_back(alternative);
  }
  common.push_back(disjunction_of(alternatives));
  return common;
}

// The stage that scans for all of `members`, still without steps; by member: where its columns lie in it.
std::pair<Stage, std::vector<std::vector<ValueId>>> joint_scan(const Program& program,
                                                               const std::vector<uint32_t>& members) {
  TableSource source = std::get<TableSource>(program.stages[members[0]].source);
  std::map<uint32_t, StageValue> read;  // by column of the table
  for (const uint32_t member : members) {
    const Stage& stage = program.stages[member];
    const auto& columns = std::get<TableSource>(stage.source).columns;
    for (size_t i = 0; i < columns.size(); ++i) read.emplace(columns[i], stage.values[i]);
  }
  Stage scan;
  source.columns.clear();
  for (const auto& [column, value] : read) {
    source.columns.push_back(column);
    scan.values.push_back(value);
  }
  scan.source_values = static_cast<uint32_t>(scan.values.size());
  std::vector<std::vector<ValueId>> places;
  std::vector<std::vector<ExprPtr>> pruning;
  for (const uint32_t member : members) {
    const auto& own = std::get<TableSource>(program.stages[member].source);
    places.emplace_back();
    for (const uint32_t column : own.columns)
      places.back().push_back(
          static_cast<ValueId>(std::ranges::lower_bound(source.columns, column) - source.columns.begin()));
    pruning.push_back(pruning_over(own, places.back(), source));
  }
  source.pruning = wanted_by_any(pruning);
  scan.source = std::move(source);
  return {std::move(scan), std::move(places)};
}

// The stages that take the place of `members`: the scan's, then theirs.
std::vector<Stage> shared(Program& program, const std::vector<uint32_t>& members, const Machine& machine) {
  auto [scan, places] = joint_scan(program, members);
  std::vector<const Stage*> stages;
  for (const uint32_t member : members) stages.push_back(&program.stages[member]);
  SharedSteps steps = share_steps(std::move(scan), stages, places, machine);
  const auto sink = static_cast<uint32_t>(program.sinks.size());
  program.sinks.push_back({FanOutSink{}, steps.columns, steps.columns, 1});
  steps.trunk.sink = sink;
  std::vector<Stage> all;
  all.push_back(std::move(steps.trunk));
  for (Stage& reader : steps.readers) {
    reader.source = SinkSource{sink};
    all.push_back(std::move(reader));
  }
  return all;
}

// Columns that the scan gives at once need no Decode behind it.
void drop_idle_decodes(Program& program) {
  for (uint32_t index = 0; index < program.stages.size(); ++index) {
    if (!std::holds_alternative<FanOutSink>(program.sinks[program.stages[index].sink].node)) continue;
    const std::vector<uint32_t> late = late_columns(program, index);
    for (const uint32_t reader : readers_of(program, program.stages[index].sink)) {
      Stage& stage = program.stages[reader];
      ValueNames names(stage.values.size());
      for (ValueId value = 0; value < stage.source_values; ++value) names.give(value, value);
      Stage kept = stage;
      kept.values.resize(stage.source_values);
      kept.steps.clear();
      for (uint32_t at = 0; at < stage.steps.size(); ++at) {
        const auto comes_late = [&](ValueId value) {
          return std::ranges::binary_search(late, program.stages[index].outputs[value].index);
        };
        const auto* decode = std::get_if<Decode>(&stage.steps[at].node);
        if (decode != nullptr && !comes_late(decode->value)) continue;
        if (auto* probe = std::get_if<Probe>(&stage.steps[at].node))
          std::erase_if(probe->decoded, [&](ValueId value) { return !comes_late(value); });
        kept.steps.push_back(names.renamed(stage, at, static_cast<uint32_t>(kept.steps.size()), kept));
      }
      for (Operand& output : kept.outputs) output = names.renamed(output);
      kept.cuts.assign(kept.steps.size(), Cut{});
      stage = std::move(kept);
    }
  }
}

}  // namespace

void note_shareable_scans(Program& program) {
  const std::vector<uint32_t> group = groups_of(program);
  for (uint32_t stage = 0; stage < group.size(); ++stage)
    if (std::ranges::count(group, group[stage]) > 1) program.stages[stage].scans_alone = true;
}

void share_scans(Program& program, const Machine& machine) {
  const std::vector<uint32_t> group = groups_of(program);
  std::map<uint32_t, std::vector<uint32_t>> members;
  for (uint32_t stage = 0; stage < group.size(); ++stage) members[group[stage]].push_back(stage);
  std::map<uint32_t, std::vector<Stage>> instead;  // by the stage whose place they take
  for (const auto& [first, all] : members) {
    if (all.size() < 2) continue;
    std::vector<Stage> stages = shared(program, all, machine);
    for (size_t i = 0; i < all.size(); ++i) instead[all[i]].push_back(std::move(stages[i + 1]));
    instead[first].insert(instead[first].begin(), std::move(stages[0]));
  }
  if (instead.empty()) return;
  std::vector<Stage> stages;
  for (uint32_t stage = 0; stage < group.size(); ++stage) {
    const auto at = instead.find(stage);
    if (at == instead.end())
      stages.push_back(std::move(program.stages[stage]));
    else
      std::ranges::move(at->second, std::back_inserter(stages));
  }
  program.stages = std::move(stages);
  drop_idle_decodes(program);
}

}  // namespace headrace
