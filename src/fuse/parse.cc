#include "fuse/parse.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/limits.h"
#include "expr/parse.h"
#include "expr/token_cursor.h"
#include "expr/typing.h"
#include "fuse/constant_index.h"
#include "fuse/legality.h"

namespace headrace {

namespace {

// Reads one program; every method leaves the cursor behind what it read.
class ProgramParser {
 public:
  ProgramParser(TokenCursor cursor, Catalog& catalog) : cursor_(std::move(cursor)), catalog_(catalog) {}

  Result<Program> parse() {
    TRY(program, parse_body());
    TRY_STATUS(cursor_.expect_end());
    TRY_STATUS(verify(program));
    return std::move(program);
  }

 private:
  Result<Program> parse_body() {
    Program program;
    TRY_STATUS(words({"program", "result"}));
    TRY(result, number<uint32_t>());
    program.result = result;
    while (cursor_.at_word("sink")) {
      TRY(sink, parse_sink(program.sinks.size()));
      program.sinks.push_back(std::move(sink));
    }
    while (cursor_.at_word("stage")) {
      TRY(stage, parse_stage(program.stages.size()));
      program.stages.push_back(std::move(stage));
    }
    return program;
  }

  Status words(std::initializer_list<std::string_view> expected) {
    for (const std::string_view word : expected) TRY_STATUS(cursor_.expect_word(word));
    return kDone;
  }
  Status symbol(std::string_view text) { return cursor_.expect_symbol(text); }

  template <class T>
  Result<T> number() {
    const bool negative = cursor_.accept_symbol("-");
    const std::string digits = (negative ? "-" : "") + std::string(cursor_.peek().text);
    T value{};
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) return cursor_.expected("a number");
    cursor_.take();
    return value;
  }
  Result<std::string> string() {
    if (cursor_.peek().kind != TokenKind::kString) return cursor_.expected("a string");
    return unquoted(cursor_.take());
  }

  // "(" item, item … ")"
  template <class Item>
  Status list(Item&& item) {
    TRY_STATUS(symbol("("));
    if (cursor_.accept_symbol(")")) return kDone;
    do {
      TRY_STATUS(item());
    } while (cursor_.accept_symbol(","));
    return symbol(")");
  }

  Result<Schema> schema() {
    Schema schema;
    TRY_STATUS(list([&]() -> Status {
      TRY(name, cursor_.take_name("a column name"));
      TRY(type, parse_type(cursor_));
      schema.push_back({name, type, cursor_.accept_symbol("?")});
      return kDone;
    }));
    return schema;
  }

  Result<Options> options() {
    Options options;
    TRY_STATUS(cursor_.expect_word("options"));
    TRY_STATUS(list([&]() -> Status {
      TRY(name, string());
      TRY_STATUS(symbol("="));
      TRY(value, string());
      options.emplace_back(name, value);
      return kDone;
    }));
    return options;
  }

  Result<const AggregateOverload*> aggregate_symbol() {
    const TextPosition where = cursor_.where();
    TRY(name, cursor_.take_name("an aggregate"));
    const AggregateOverload* overload = find_aggregate_overload(name);
    if (overload == nullptr) return cursor_.error(where, fmt::format("unknown aggregate '{}'", name));
    return overload;
  }

  Result<std::vector<GroupAggregate>> aggregates() {
    std::vector<GroupAggregate> aggregates;
    TRY_STATUS(list([&]() -> Status {
      TRY(overload, aggregate_symbol());
      TRY_STATUS(symbol("("));
      GroupAggregate one{overload, {}, kNullType};
      if (!cursor_.accept_symbol("*")) {
        do {
          TRY(index, number<uint32_t>());
          one.columns.push_back(index);
        } while (cursor_.accept_symbol(","));
      }
      TRY_STATUS(symbol(")"));
      TRY(type, parse_type(cursor_));
      one.result = type;
      TRY_STATUS(aggregate_clauses(one));
      aggregates.push_back(std::move(one));
      return kDone;
    }));
    return aggregates;
  }

  Status aggregate_clauses(GroupAggregate& one) {
    one.faults_become_null = cursor_.accept_word("or");
    if (one.faults_become_null) TRY_STATUS(cursor_.expect_word("null"));
    one.distinct = cursor_.accept_word("distinct");
    if (cursor_.accept_word("filter")) {
      TRY(column, number<uint32_t>());
      one.filter = column;
    }
    if (cursor_.accept_word("order")) {
      TRY(keys, sort_columns());
      one.order = std::move(keys);
    }
    one.by_input = cursor_.accept_word("by_input");
    return kDone;
  }

  Result<SinkSpec> parse_sink(size_t index) {
    TRY_STATUS(cursor_.expect_word("sink"));
    TRY_STATUS(in_order(index));
    TRY(node, sink_node());
    TRY_STATUS(cursor_.expect_word("inputs"));
    TRY(inputs, number<uint32_t>());
    TRY_STATUS(cursor_.expect_word("in"));
    TRY(input, schema());
    TRY_STATUS(cursor_.expect_word("out"));
    TRY(output, schema());
    return SinkSpec{std::move(node), std::move(input), std::move(output), inputs};
  }

  Status in_order(size_t index) {
    const TextPosition where = cursor_.where();
    TRY(found, number<uint64_t>());
    if (found != index) return cursor_.error(where, fmt::format("expected number {}, found {}", index, found));
    return kDone;
  }

  Result<SinkNode> sink_node() {
    if (cursor_.accept_word("collect")) return SinkNode(CollectSink{cursor_.accept_word("ordered")});
    if (cursor_.accept_word("limit")) {
      TRY(rows, number<uint64_t>());
      TRY_STATUS(cursor_.expect_word("offset"));
      TRY(offset, number<uint64_t>());
      return SinkNode(LimitSink{rows, offset, cursor_.accept_word("ordered")});
    }
    if (cursor_.accept_word("sample")) {
      TRY(spec, parse_sample(cursor_));
      return SinkNode(SampleSink{spec});
    }
    if (cursor_.accept_word("sort")) return sort_sink();
    if (cursor_.accept_word("aggregate")) {
      TRY_STATUS(cursor_.expect_word("keys"));
      TRY(keys, number<uint32_t>());
      TRY_STATUS(cursor_.expect_word("window"));
      TRY(window_us, number<int64_t>());
      const bool one_group = cursor_.accept_word("one_group");
      TRY(list, aggregates());
      return SinkNode(AggregateSink{keys, list, window_us, one_group});
    }
    if (cursor_.accept_word("aggregate_all")) {
      TRY(list, aggregates());
      return SinkNode(AggregateAllSink{list});
    }
    if (cursor_.accept_word("repeat")) {
      TRY_STATUS(cursor_.expect_word("by"));
      TRY(count, number<uint32_t>());
      return SinkNode(RepeatSink{count});
    }
    if (cursor_.accept_word("only_row")) return SinkNode(OnlyRowSink{});
    if (cursor_.accept_word("join_build")) {
      TRY_STATUS(cursor_.expect_word("keys"));
      return join_build_sink();
    }
    if (cursor_.accept_word("fan_out")) return SinkNode(FanOutSink{});
    TRY_STATUS(cursor_.expect_word("write"));
    TRY(path, string());
    TRY_STATUS(cursor_.expect_word("format"));
    TRY(format, string());
    TRY(given, options());
    return SinkNode(WriteSink{path, format, given, cursor_.accept_word("ordered")});
  }

  static constexpr uint32_t kKeysMax = 1u << 16;

  Result<SinkNode> join_build_sink() {
    JoinBuildSink build;
    TRY(keys, number<uint32_t>());
    build.key_columns = keys;
    if (cursor_.accept_word("nulls_equal")) {
      TRY_STATUS(list([&]() -> Status {
        TRY(key, number<uint32_t>());
        if (key >= keys || keys > kKeysMax) return cursor_.expected("one of the keys");
        build.nulls_equal.resize(keys, false);
        build.nulls_equal[key] = true;
        return kDone;
      }));
    }
    build.gives_unmatched = cursor_.accept_word("unmatched");
    return SinkNode(std::move(build));
  }

  Result<std::vector<SortColumn>> sort_columns() {
    std::vector<SortColumn> keys;
    TRY_STATUS(list([&]() -> Status {
      TRY(column, number<uint32_t>());
      const bool descending = cursor_.accept_word("desc");
      keys.push_back({column, descending, cursor_.accept_word("nulls_first")});
      return kDone;
    }));
    return keys;
  }

  Result<SinkNode> sort_sink() {
    SortSink sort;
    TRY(keys, sort_columns());
    sort.keys = std::move(keys);
    if (cursor_.accept_word("rows")) {
      TRY(rows, number<uint64_t>());
      TRY_STATUS(cursor_.expect_word("offset"));
      TRY(offset, number<uint64_t>());
      sort.rows_max = rows;
      sort.offset = offset;
    }
    sort.ordered = cursor_.accept_word("ordered");
    return SinkNode(std::move(sort));
  }

  // The schema, then the rows: ((1, 'a'), (2, 'b')).
  Result<SourceSpec> values_source() {
    ValuesSource values;
    TRY(columns, schema());
    values.columns = std::move(columns);
    TRY_STATUS(list([&]() -> Status {
      std::vector<Value> row;
      TRY_STATUS(list([&]() -> Status {
        TRY(written, parse_expression(cursor_));
        TRY(resolved, resolve_expression(*written, {}));
        const auto* literal = std::get_if<Literal>(&resolved->node);
        if (literal == nullptr) return cursor_.expected("a literal");
        row.push_back(literal->value);
        return kDone;
      }));
      values.rows.push_back(std::move(row));
      return kDone;
    }));
    return SourceSpec(std::move(values));
  }

  Result<SourceSpec> source() {
    TRY_STATUS(cursor_.expect_word("source"));
    if (cursor_.accept_word("one_row")) return SourceSpec(OneRowSource{});
    if (cursor_.accept_word("values")) return values_source();
    if (cursor_.accept_word("stream")) return SourceSpec(StreamSource{});
    if (cursor_.accept_word("recursion")) return recursion_source();
    if (cursor_.accept_word("working")) {
      TRY(id, number<uint32_t>());
      TRY(columns, schema());
      return SourceSpec(WorkingSource{id, std::move(columns)});
    }
    if (cursor_.accept_word("sink")) {
      TRY(sink, number<uint32_t>());
      return SourceSpec(SinkSource{sink});
    }
    if (cursor_.accept_word("range")) {
      TRY_STATUS(symbol("("));
      TRY(begin, number<int64_t>());
      TRY_STATUS(symbol(","));
      TRY(end, number<int64_t>());
      TRY_STATUS(symbol(")"));
      return SourceSpec(RangeSource{begin, end});
    }
    return table_source();
  }

  Result<std::shared_ptr<const Program>> inner_program(std::string_view word) {
    TRY_STATUS(cursor_.expect_word(word));
    TRY_STATUS(symbol("("));
    if (++depth_ > limits::kQueryDepthMax)
      return cursor_.error(cursor_.where(), "programs are nested too deeply", "", ErrorCode::kLimit);
    ConstantIndex around = std::exchange(constants_, {});
    TRY(program, parse_body());
    constants_ = std::move(around);
    --depth_;
    TRY_STATUS(symbol(")"));
    return std::make_shared<const Program>(std::move(program));
  }

  Result<SourceSpec> recursion_source() {
    TRY(id, number<uint32_t>());
    const bool distinct = cursor_.accept_word("distinct");
    TRY(columns, schema());
    TRY(base, inner_program("base"));
    TRY(step, inner_program("step"));
    return SourceSpec(RecursionSource{id, distinct, std::move(columns), std::move(base), std::move(step)});
  }

  Result<SourceSpec> table_source() {
    TableSource source;
    const TextPosition where = cursor_.where();
    if (cursor_.accept_word("file")) {
      TRY(path, string());
      TRY_STATUS(cursor_.expect_word("format"));
      TRY(format, string());
      TRY(given, options());
      source.file = {path, format, given, where};
      TRY(table, catalog_.open_file(source.file));
      source.table = table;
    } else {
      TRY_STATUS(cursor_.expect_word("table"));
      TRY(name, cursor_.take_name("a table name"));
      source.name = name;
      source.table = catalog_.find_table(name);
      if (source.table == nullptr) return cursor_.error(where, fmt::format("unknown table '{}'", name));
    }
    TRY_STATUS(cursor_.expect_word("columns"));
    Scope scope;
    TRY_STATUS(list([&]() -> Status {
      TRY(column, number<uint32_t>());
      if (column >= source.table->schema().size()) return cursor_.expected("a column of the table");
      source.columns.push_back(column);
      scope.push_back({"", source.table->schema()[column]});
      return kDone;
    }));
    if (cursor_.accept_word("pruning")) {
      TRY_STATUS(list([&]() -> Status {
        TRY(written, parse_expression(cursor_));
        TRY(resolved, resolve_expression(*written, scope));
        source.pruning.push_back(resolved);
        return kDone;
      }));
    }
    if (cursor_.accept_word("checked")) {
      source.checked.emplace();
      TRY_STATUS(list([&]() -> Status {
        TRY(column, number<uint32_t>());
        if (column >= source.table->schema().size()) return cursor_.expected("a column of the table");
        source.checked->push_back(column);
        return kDone;
      }));
    }
    if (cursor_.accept_word("fields")) {
      TRY_STATUS(list([&]() -> Status {
        TRY(text, string());
        TRY(path, parse_path(source.table->schema(), text));
        source.fields.push_back(std::move(path));
        return kDone;
      }));
    }
    return SourceSpec(std::move(source));
  }

  // "v12": the value's number.
  Result<ValueId> value_id() {
    const std::string_view text = cursor_.peek().text;
    ValueId id = 0;
    const auto [end, error] = std::from_chars(text.data() + (text.empty() ? 0 : 1), text.data() + text.size(), id);
    if (text.size() < 2 || text[0] != 'v' || error != std::errc() || end != text.data() + text.size())
      return cursor_.expected("a value such as v3");
    cursor_.take();
    return id;
  }

  Result<ValueId> declaration(Stage& stage) {
    const TextPosition where = cursor_.where();
    TRY(id, value_id());
    if (id != stage.values.size())
      return cursor_.error(where, fmt::format("expected v{}, found v{}", stage.values.size(), id));
    TRY(name, cursor_.take_name("a value's name"));
    TRY(type, parse_type(cursor_));
    const bool nullable = cursor_.accept_symbol("?");
    stage.values.push_back({name, type, nullable, accept_faulting()});
    if (cursor_.accept_word("in")) TRY_STATUS(range(stage, id));
    return id;
  }
  // "(-5, 1023)": calls were proven harmless with it, so the source must still keep to it.
  Status range(Stage& stage, ValueId id) {
    TRY_STATUS(symbol("("));
    TRY(low, number<int64_t>());
    TRY_STATUS(symbol(","));
    TRY(high, number<int64_t>());
    TRY_STATUS(symbol(")"));
    stage.values[id].range = ValueRange{low, high};
    return kDone;
  }
  bool accept_faulting() { return cursor_.accept_word("faults"); }

  Result<Operand> operand(Stage& stage, bool structural) {
    const Token& token = cursor_.peek();
    if (token.kind == TokenKind::kWord && token.text.size() > 1 && token.text[0] == 'v' && token.text[1] >= '0' &&
        token.text[1] <= '9') {
      TRY(id, value_id());
      return Operand{false, id};
    }
    TRY(written, parse_expression(cursor_));
    TRY(resolved, resolve_expression(*written, {}));
    const auto* constant = std::get_if<Literal>(&resolved->node);
    if (constant == nullptr) return cursor_.expected("a value or a literal");
    return constants_.operand(constant->value, structural, stage.constants);
  }

  Result<std::vector<Operand>> operands(Stage& stage, bool structural) {
    std::vector<Operand> all;
    TRY_STATUS(list([&]() -> Status {
      TRY(one, operand(stage, structural));
      all.push_back(one);
      return kDone;
    }));
    return all;
  }

  Result<Step> step(Stage& stage) {
    if (cursor_.accept_word("filter")) {
      TRY(predicate, operand(stage, false));
      return Step{FilterRows{predicate}, {}};
    }
    if (cursor_.accept_word("decode")) {
      TRY(value, value_id());
      return Step{Decode{value}, {}};
    }
    if (cursor_.accept_word("probe")) return probe(stage);
    if (cursor_.accept_word("match")) return match(stage);
    if (cursor_.accept_word("expand")) return expand(stage);
    if (cursor_.accept_word("accumulate")) {
      TRY(slot, number<uint32_t>());
      TRY_STATUS(symbol("="));
      TRY(overload, aggregate_symbol());
      TRY_STATUS(symbol("("));
      std::vector<Operand> arguments;
      if (!cursor_.accept_symbol("*")) {
        do {
          TRY(one, operand(stage, false));
          arguments.push_back(one);
        } while (cursor_.accept_symbol(","));
      }
      TRY_STATUS(symbol(")"));
      return Step{Accumulate{overload, std::move(arguments), slot}, {}};
    }
    TRY_STATUS(cursor_.expect_word("compute"));
    TRY(out, declaration(stage));
    TRY_STATUS(symbol("="));
    const TextPosition where = cursor_.where();
    TRY(name, cursor_.take_name("a kernel"));
    const Overload* kernel = find_overload(name);
    if (kernel == nullptr) return cursor_.error(where, fmt::format("unknown kernel '{}'", name));
    TRY(arguments, operands(stage, kernel->function->literals_shape_code));
    return Step{Compute{kernel, arguments, out}, {}};
  }

  Result<Step> probe(Stage& stage) {
    Probe probe{};
    TRY_STATUS(cursor_.expect_word("sink"));
    TRY(table, number<uint32_t>());
    probe.table = table;
    TRY(name, cursor_.take_name("the kind of join"));
    const std::optional<JoinKind> kind = join_kind_of(name);
    if (!kind) return cursor_.expected("the kind of join");
    probe.kind = *kind;
    TRY_STATUS(cursor_.expect_word("keys"));
    TRY(keys, operands(stage, false));
    probe.keys = keys;
    if (cursor_.accept_word("decodes"))
      TRY_STATUS(list([&]() -> Status {
        TRY(value, value_id());
        probe.decoded.push_back(value);
        return kDone;
      }));
    TRY_STATUS(crossing(stage, probe));
    return Step{std::move(probe), {}};
  }

  Result<Step> match(Stage& stage) {
    Match match{};
    TRY_STATUS(cursor_.expect_word("step"));
    TRY(step, number<uint32_t>());
    match.probe = step;
    if (cursor_.accept_word("verdict")) {
      TRY(verdict, operand(stage, false));
      match.verdict = verdict;
    }
    TRY_STATUS(crossing(stage, match));
    return Step{std::move(match), {}};
  }

  Result<Step> expand(Stage& stage) {
    Expand expand{};
    TRY_STATUS(cursor_.expect_word("by"));
    TRY(count, operand(stage, false));
    expand.count = count;
    TRY_STATUS(carrying(stage, expand.carried));
    TRY_STATUS(cursor_.expect_word("number"));
    TRY(number, declaration(stage));
    expand.number = number;
    return Step{std::move(expand), {}};
  }

  Status carrying(Stage& stage, std::vector<std::pair<ValueId, ValueId>>& carried) {
    TRY_STATUS(cursor_.expect_word("carried"));
    return list([&]() -> Status {
      TRY(before, value_id());
      TRY_STATUS(cursor_.expect_word("as"));
      TRY(after, declaration(stage));
      carried.emplace_back(before, after);
      return kDone;
    });
  }

  template <class Node>
  Status crossing(Stage& stage, Node& node) {
    TRY_STATUS(carrying(stage, node.carried));
    TRY_STATUS(cursor_.expect_word("fetched"));
    TRY_STATUS(list([&]() -> Status {
      TRY(column, number<uint32_t>());
      TRY_STATUS(cursor_.expect_word("as"));
      TRY(after, declaration(stage));
      node.fetched.emplace_back(column, after);
      return kDone;
    }));
    if (!cursor_.accept_word("mark")) return kDone;
    TRY(mark, declaration(stage));
    node.mark = mark;
    return kDone;
  }

  Result<Cut> cut() {
    TRY_STATUS(cursor_.expect_word("cut"));
    Cut cut;
    if (cursor_.accept_word("register")) {
      cut.decision = Decision::kRegister;
    } else if (cursor_.accept_word("materialized")) {
      cut.decision = Decision::kMaterialized;
    } else {
      TRY_STATUS(cursor_.expect_word("staged"));
    }
    TRY(name, cursor_.take_name("a reason"));
    TRY(reason, parse_reason(name));
    cut.reason = reason;
    cut.pinned = cursor_.accept_word("pinned");
    if (cut.decision == Decision::kStaged) cut.barriers = barrier_of(reason);
    return cut;
  }

  Result<Stage> parse_stage(size_t index) {
    Stage stage;
    constants_ = {};
    TRY_STATUS(cursor_.expect_word("stage"));
    TRY_STATUS(in_order(index));
    TRY_STATUS(words({"to", "sink"}));
    TRY(sink, number<uint32_t>());
    TRY_STATUS(cursor_.expect_word("input"));
    TRY(input, number<uint32_t>());
    stage.sink = sink;
    stage.sink_input = input;
    TRY(from, source());
    stage.source = std::move(from);
    while (cursor_.accept_word("value")) TRY_STATUS(ignore(declaration(stage)));
    stage.source_values = static_cast<uint32_t>(stage.values.size());
    while (!cursor_.at_word("output")) {
      TRY(one, step(stage));
      if (cursor_.accept_symbol("@")) {
        TRY(line, number<uint32_t>());
        TRY_STATUS(symbol(":"));
        TRY(column, number<uint32_t>());
        one.where = {line, column};
      }
      stage.steps.push_back(std::move(one));
      TRY(behind, cut());
      stage.cuts.push_back(behind);
    }
    TRY_STATUS(cursor_.expect_word("output"));
    TRY(outputs, operands(stage, false));
    stage.outputs = outputs;
    return stage;
  }

  template <class T>
  static Status ignore(const Result<T>& result) {
    if (!result.ok()) return result.error();
    return kDone;
  }

  TokenCursor cursor_;
  Catalog& catalog_;
  ConstantIndex constants_;  // of the stage being read
  uint32_t depth_ = 0;  // programs around the one being read
};

}  // namespace

Result<Program> parse_program(std::string_view text, Catalog& catalog) {
  TRY(cursor, TokenCursor::over(text));
  return ProgramParser(std::move(cursor), catalog).parse();
}

}  // namespace headrace
