#include "app/cli/arguments.h"

#include <cstdlib>

namespace headrace {

const char kUsage[] =
    R"(headrace: fused dataflow over files, in SQL

  headrace sql "SELECT … FROM 'flights.csv'"    run statements; the last one's rows are the output
  headrace sql --file F | headrace sql < F       the same, from a file or standard input
  headrace explain "SELECT …"                    the plan, its stages and loops
  headrace verify FILE.sql                       run under every fusion choice, tier, threads and vector size; compare bits
  headrace form NAME --file F                    read back what `explain --stage=NAME` printed, and run it
  headrace stage --file F < rows.arrow           run a form whose stage reads `source stream`, on rows from standard input
  headrace version | help

options of sql, form and stage
  --format table|csv|ndjson|parquet|arrow        default: table
  --output F                                     into a file, which appears when it is complete
  --max-rows N                                   rows of a table that are printed (40)
options of explain
  --stage=logical|optimized|stages|fused         that form of the query; `form` reads it back
  --fusion                                       every edge between two operators, its decision and the reason
  --analyze                                      run it, and add what was measured
  --format text|json
options of form
  --print                                        print the form again instead of running it
options of all
  --threads N   --set NAME=VALUE                 as SQL's SET; SHOW ALL lists the settings
)";

namespace {

Error usage_error(std::string message, std::string hint = "headrace help lists the commands and options") {
  return {ErrorCode::kInvalidPlan, std::move(message), "command line", std::move(hint)};
}

// Reads --name value and --name=value.
class Reader {
 public:
  Reader(int count, const char* const* values) : count_(count), values_(values) {}
  bool at_end() const { return at_ >= count_; }
  std::string take() { return values_[at_++]; }

  // The value of an option written as `argument`.
  Result<std::string> value_of(const std::string& argument, const std::string& name) {
    if (argument.size() > name.size() && argument[name.size()] == '=') return argument.substr(name.size() + 1);
    if (at_end()) return usage_error("option " + name + " expects a value");
    return take();
  }

 private:
  const int count_;
  const char* const* values_;
  int at_ = 1;
};

Status read_option(const std::string& argument, Reader& reader, Arguments& arguments) {
  const std::string name = argument.substr(0, argument.find('='));
  if (name == "--fusion" || name == "--analyze" || name == "--print") {
    (name == "--fusion" ? arguments.fusion : name == "--analyze" ? arguments.analyze : arguments.print) = true;
    return kDone;
  }
  static constexpr const char* kWithValue[] = {"--file",    "--format", "--output",  "--stage",
                                               "--threads", "--set",    "--max-rows"};
  bool known = false;
  for (const char* option : kWithValue) known |= name == option;
  if (!known) return usage_error("unknown option " + name);
  TRY(value, reader.value_of(argument, name));
  if (name == "--file") arguments.file = value;
  if (name == "--format") arguments.format = value;
  if (name == "--output") arguments.output = value;
  if (name == "--stage") arguments.stage = value;
  if (name == "--threads") arguments.settings.emplace_back("threads", value);
  if (name == "--max-rows") {
    char* end = nullptr;
    const unsigned long rows = std::strtoul(value.c_str(), &end, 10);
    if (value.empty() || *end != '\0' || rows == 0 || rows > 1'000'000)
      return usage_error("--max-rows expects a number from 1 to 1000000, found " + value);
    arguments.rows_max = static_cast<uint32_t>(rows);
  }
  if (name == "--set") {
    const size_t equals = value.find('=');
    if (equals == std::string::npos) return usage_error("--set expects NAME=VALUE, found " + value);
    arguments.settings.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return kDone;
}

}  // namespace

Result<Arguments> parse_arguments(int count, const char* const* values) {
  Arguments arguments;
  Reader reader(count, values);
  if (reader.at_end()) {
    arguments.command = "help";
    return arguments;
  }
  arguments.command = reader.take();
  if (arguments.command == "--help" || arguments.command == "-h") arguments.command = "help";
  if (arguments.command == "--version") arguments.command = "version";
  while (!reader.at_end()) {
    const std::string argument = reader.take();
    if (argument.starts_with("--")) {
      TRY_STATUS(read_option(argument, reader, arguments));
    } else if (!arguments.text.has_value()) {
      arguments.text = argument;
    } else {
      return usage_error("unexpected argument '" + argument + "'", "quote the whole statement");
    }
  }
  return arguments;
}

}  // namespace headrace
