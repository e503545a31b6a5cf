#include <fmt/format.h>

#include "base/overloaded.h"
#include "fuse/stage.h"

namespace headrace {

namespace {

template <class Range, class Print>
std::string joined(const Range& range, Print&& print) {
  std::string text;
  for (const auto& item : range) text += (text.empty() ? "" : ", ") + print(item);
  return text;
}

std::string schema_text(const Schema& schema) {
  return "(" +
         joined(schema,
                [](const Column& c) {
                  return fmt::format("{} {}{}", quoted_text(c.name, '"'), to_text(c.type), c.nullable ? " ?" : "");
                }) +
         ")";
}

std::string numbers_text(const std::vector<uint32_t>& numbers) {
  return joined(numbers, [](uint32_t n) { return std::to_string(n); });
}

std::string sort_columns_text(const std::vector<SortColumn>& keys) {
  return joined(keys, [](const SortColumn& k) {
    return fmt::format("{}{}{}", k.column, k.descending ? " desc" : "", k.nulls_first ? " nulls_first" : "");
  });
}

std::string aggregates_text(const std::vector<GroupAggregate>& aggregates) {
  return joined(aggregates, [](const GroupAggregate& a) {
    std::string text = fmt::format("{}({}) {}", a.overload->symbol, a.columns.empty() ? "*" : numbers_text(a.columns),
                                   to_text(a.result));
    if (a.faults_become_null) text += " or null";
    if (a.distinct) text += " distinct";
    if (a.filter.has_value()) text += fmt::format(" filter {}", *a.filter);
    if (!a.order.empty()) text += " order (" + sort_columns_text(a.order) + ")";
    if (a.by_input) text += " by_input";
    return text;
  });
}

std::string options_text(const Options& options) {
  return joined(options, [](const auto& o) {
    return fmt::format("{} = {}", quoted_text(o.first, '\''), quoted_text(o.second, '\''));
  });
}

std::string sink_text(const SinkNode& node) {
  return std::visit(
      Overloaded{
          [](const CollectSink& s) { return fmt::format("collect{}", s.ordered ? " ordered" : ""); },
          [](const LimitSink& s) {
            return fmt::format("limit {} offset {}{}", s.rows_max, s.offset, s.ordered ? " ordered" : "");
          },
          [](const SampleSink& s) { return "sample " + to_text(s.spec); },
          [](const SortSink& s) {
            std::string text = "sort (" + sort_columns_text(s.keys) + ")";
            if (s.rows_max.has_value()) text += fmt::format(" rows {} offset {}", *s.rows_max, s.offset);
            return text + (s.ordered ? " ordered" : "");
          },
          [](const AggregateSink& s) {
            return fmt::format("aggregate keys {} window {}{} ({})", s.key_columns, s.window_us,
                               s.one_group ? " one_group" : "", aggregates_text(s.aggregates));
          },
          [](const AggregateAllSink& s) { return fmt::format("aggregate_all ({})", aggregates_text(s.aggregates)); },
          [](const RepeatSink& s) { return fmt::format("repeat by {}", s.count); },
          [](const OnlyRowSink&) { return std::string("only_row"); },
          [](const JoinBuildSink& s) {
            std::string text = fmt::format("join_build keys {}", s.key_columns);
            std::vector<uint32_t> equal;
            for (uint32_t key = 0; key < s.nulls_equal.size(); ++key)
              if (s.nulls_equal[key]) equal.push_back(key);
            if (!equal.empty()) text += fmt::format(" nulls_equal ({})", numbers_text(equal));
            return text + (s.gives_unmatched ? " unmatched" : "");
          },
          [](const WriteSink& s) {
            return fmt::format("write {} format {} options ({}){}", quoted_text(s.path, '\''),
                               quoted_text(s.format, '\''), options_text(s.options), s.ordered ? " ordered" : "");
          },
          [](const FanOutSink&) { return std::string("fan_out"); }},
      node);
}

// A program inside another, in parentheses.
std::string inner_text(const Program& program) {
  const std::string text = to_text(program);
  std::string inner = "(\n";
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = text.find('\n', begin) + 1;
    inner += "    " + text.substr(begin, end - begin);
    begin = end;
  }
  return inner + "  )";
}

std::string source_text(const SourceSpec& source) {
  return std::visit(
      Overloaded{
          [](const TableSource& s) {
            std::string text = s.file.path.empty()
                                   ? fmt::format("table {}", quoted_text(s.name, '"'))
                                   : fmt::format("file {} format {} options ({})", quoted_text(s.file.path, '\''),
                                                 quoted_text(s.file.format, '\''), options_text(s.file.options));
            text += fmt::format(" columns ({})", numbers_text(s.columns));
            if (!s.pruning.empty())
              text += fmt::format(" pruning ({})", joined(s.pruning, [](const ExprPtr& e) { return to_text(*e); }));
            if (s.checked.has_value()) text += fmt::format(" checked ({})", numbers_text(*s.checked));
            const Schema& schema = s.table->schema();
            if (!s.fields.empty())
              text += fmt::format(" fields ({})", joined(s.fields, [&](const FieldPath& path) {
                                    return quoted_text(path_text(schema, path), '\'');
                                  }));
            return text;
          },
          [](const RangeSource& s) { return fmt::format("range ({}, {})", s.begin, s.end); },
          [](const OneRowSource&) { return std::string("one_row"); },
          [](const ValuesSource& s) {
            return fmt::format(
                "values {} ({})", schema_text(s.columns),
                joined(s.rows, [](const std::vector<Value>& row) { return "(" + joined(row, to_literal) + ")"; }));
          },
          [](const SinkSource& s) { return fmt::format("sink {}", s.sink); },
          [](const RecursionSource& s) {
            return fmt::format("recursion {}{} {} base {} step {}", s.id, s.distinct ? " distinct" : "",
                               schema_text(s.columns), inner_text(*s.base), inner_text(*s.step));
          },
          [](const WorkingSource& s) { return fmt::format("working {} {}", s.id, schema_text(s.columns)); },
          [](const StreamSource&) { return std::string("stream"); }},
      source);
}

class StageText {
 public:
  explicit StageText(const Stage& stage) : stage_(stage) {}

  std::string operand(Operand o) const {
    return o.constant ? to_literal(stage_.constants[o.index].value) : fmt::format("v{}", o.index);
  }
  std::string declaration(ValueId id) const {
    const StageValue& value = stage_.values[id];
    std::string text = fmt::format("v{} {} {}{}{}", id, quoted_text(value.name, '"'), to_text(value.type),
                                   value.nullable ? " ?" : "", value.may_fault ? " faults" : "");
    if (value.range.has_value()) text += fmt::format(" in ({}, {})", value.range->low, value.range->high);
    return text;
  }
  std::string operands(const std::vector<Operand>& list) const {
    return joined(list, [&](Operand o) { return operand(o); });
  }
  static std::string values_text(const std::vector<ValueId>& list) {
    return joined(list, [](ValueId value) { return fmt::format("v{}", value); });
  }
  std::string step(const Step& step) const {
    return std::visit(
        Overloaded{[&](const Compute& s) {
                     return fmt::format("compute {} = {}({})", declaration(s.out), s.kernel->symbol,
                                        operands(s.arguments));
                   },
                   [&](const FilterRows& s) { return fmt::format("filter {}", operand(s.predicate)); },
                   [&](const Decode& s) { return fmt::format("decode v{}", s.value); },
                   [&](const Probe& s) {
                     return fmt::format(
                         "probe sink {} {} keys ({}) {}{}", s.table, join_kind_name(s.kind), operands(s.keys),
                         s.decoded.empty() ? "" : fmt::format("decodes ({}) ", values_text(s.decoded)), crossing(s));
                   },
                   [&](const Match& s) {
                     const std::string verdict = s.verdict.has_value() ? "verdict " + operand(*s.verdict) + " " : "";
                     return fmt::format("match step {} {}{}", s.probe, verdict, crossing(s));
                   },
                   [&](const Expand& s) {
                     return fmt::format("expand by {} {} number {}", operand(s.count), carrying(s.carried),
                                        declaration(s.number));
                   },
                   [&](const Accumulate& s) {
                     return fmt::format("accumulate {} = {}({})", s.slot, s.aggregate->symbol,
                                        s.arguments.empty() ? "*" : operands(s.arguments));
                   }},
        step.node);
  }

 private:
  std::string carrying(const std::vector<std::pair<ValueId, ValueId>>& carried) const {
    return fmt::format("carried ({})", joined(carried, [&](const auto& c) {
                         return fmt::format("v{} as {}", c.first, declaration(c.second));
                       }));
  }

  template <class Node>
  std::string crossing(const Node& s) const {
    return fmt::format(
        "{} fetched ({}){}", carrying(s.carried),
        joined(s.fetched, [&](const auto& f) { return fmt::format("{} as {}", f.first, declaration(f.second)); }),
        s.mark.has_value() ? " mark " + declaration(*s.mark) : "");
  }

  const Stage& stage_;
};

std::string stage_text(const Stage& stage, uint32_t index) {
  const StageText text(stage);
  std::string out = fmt::format("stage {} to sink {} input {}\n  source {}\n", index, stage.sink, stage.sink_input,
                                source_text(stage.source));
  for (ValueId value = 0; value < stage.source_values; ++value)
    out += fmt::format("  value {}\n", text.declaration(value));
  for (size_t i = 0; i < stage.steps.size(); ++i) {
    const Step& step = stage.steps[i];
    out += fmt::format("  {}", text.step(step));
    if (step.where.line > 0) out += fmt::format(" @ {} : {}", step.where.line, step.where.column);
    const Cut& cut = stage.cuts[i];
    out += fmt::format("\n  cut {} {}{}\n", decision_name(cut.decision), reason_name(cut.reason),
                       cut.pinned ? " pinned" : "");
  }
  return out + fmt::format("  output ({})\n", text.operands(stage.outputs));
}

}  // namespace

std::string to_text(const Program& program) {
  std::string text = fmt::format("program result {}\n", program.result);
  for (size_t i = 0; i < program.sinks.size(); ++i) {
    const SinkSpec& sink = program.sinks[i];
    text += fmt::format("sink {} {}\n  inputs {} in {} out {}\n", i, sink_text(sink.node), sink.inputs,
                        schema_text(sink.input), schema_text(sink.output));
  }
  for (size_t i = 0; i < program.stages.size(); ++i) text += stage_text(program.stages[i], static_cast<uint32_t>(i));
  return text;
}

}  // namespace headrace
