#include "app/cli/arguments.h"

#include <headrace/nearest_name.h>

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string_view>

namespace headrace {

const char kUsage[] =
    R"(headrace: fused dataflow over files, in SQL

  headrace [shell]                               the interactive shell, on a terminal
  headrace sql "SELECT … FROM 'flights.csv'"    run statements; the last one's rows are the output
  headrace sql --file F | headrace sql < F       the same, from a file or standard input
  headrace explain "SELECT …"                    the plan, its stages and loops
  headrace verify FILE.sql                       run under every fusion choice, tier, threads and vector size; compare bits
  headrace form NAME --file F                    read back what `explain --stage=NAME` printed, and run it
  headrace stage --file F < rows.arrow           run a form whose stage reads `source stream`, on rows from standard input
  headrace slt FILE…                             run sqllogictest files, and say what differs
  headrace calibrate                             measure this machine, for the cost model of fusion (some seconds)
  headrace history                               the last runs of every process, from the history store
  headrace fusion report                         what each rule and decision saved in them, predicted and measured
  headrace fusion measure "SELECT …"             run it with and without each of its rules by turns, for the report
  headrace patterns [NAME]                       the fusion patterns; of one its example, run with and without it
  headrace replay DIRECTORY                      run a loop that was quarantined, as machine code and interpreted
  headrace bisect "SELECT …"                     which rule or edge makes an answer wrong, or else what slows it
  headrace version | help

options of sql, form and stage
  --format table|csv|ndjson|parquet|arrow        default: table
  --output F                                     into a file, which appears when it is complete
  --max-rows N                                   rows of a table that are printed (40)
  --max-width N                                  columns of a line (0: any); the terminal's, if there is one
options of explain
  --stage=logical|optimized|stages|fused         that form of the query; `form` reads it back
  --fusion                                       every edge between two operators, its decision and the reason
  --analyze                                      run it, and add what was measured
  --patterns                                     the fusion patterns that it has, and where
  --format text|json
options of form
  --print                                        print the form again instead of running it
options of slt and patterns
  --json                                         the report as JSON
  --any-error                                    an expected error is any error, whatever its text
options of history and fusion
  --limit N                                      so many runs (20, of fusion 1000); also --format and --max-width
options of all
  --threads N   --set NAME=VALUE                 as SQL's SET; SHOW ALL lists the settings
  HEADRACE_SET_NAME=VALUE in the environment     the same; two underscores stand for a dot: HEADRACE_SET_FUSION__MODE=off
  HEADRACE_CALIBRATION=F in the environment      what `calibrate` wrote; otherwise the user's, in ~/.local/state/headrace
  HEADRACE_HISTORY=PATH.db|off                   the history store; else $XDG_STATE_HOME/headrace/history.db, or the same in
                                                 ~/.local/state
)";

namespace {

constexpr const char* kHelpHint = "headrace help lists the commands and options";

Error usage_error(std::string message, std::string hint = kHelpHint) {
  return {ErrorCode::kInvalidPlan, std::move(message), "command line", std::move(hint)};
}

constexpr std::string_view kCommands[] = {"sql",      "explain", "verify",    "form",    "stage",
                                          "slt",      "shell",   "calibrate", "history", "fusion",
                                          "patterns", "replay",  "bisect",    "version", "help"};
constexpr std::string_view kFusionActions[] = {"report", "measure"};
constexpr std::string_view kRowFormats[] = {"table", "csv", "ndjson", "parquet", "arrow"};
constexpr std::string_view kExplainFormats[] = {"text", "json"};
constexpr uint32_t kCountMax = 1'000'000;

// What may follow which command: kQueries run something, kRows print rows.
enum CommandSet : uint32_t {
  kSql = 1,
  kExplain = 2,
  kVerify = 4,
  kForm = 8,
  kStage = 16,
  kSlt = 32,
  kShell = 64,
  kCalibrate = 128,
  kHistory = 256,
  kFusion = 512,
  kPatterns = 1024,
  kOthers = 2048
};
constexpr uint32_t kRows = kSql | kForm | kStage;
constexpr uint32_t kQueries = kRows | kExplain | kVerify;
constexpr uint32_t kAll = kQueries | kSlt | kShell | kPatterns;

struct Option {
  std::string_view name;
  uint32_t commands;
  bool takes_value;
};
constexpr Option kOptions[] = {{"--file", kQueries | kOthers | kFusion, true},
                               {"--format", kRows | kExplain | kShell | kHistory | kFusion, true},
                               {"--output", kRows | kCalibrate, true},
                               {"--max-rows", kRows | kShell, true},
                               {"--max-width", kRows | kShell | kHistory | kFusion, true},
                               {"--limit", kHistory | kFusion, true},
                               {"--stage", kExplain, true},
                               {"--fusion", kExplain, false},
                               {"--analyze", kExplain, false},
                               {"--patterns", kExplain, false},
                               {"--print", kForm, false},
                               {"--threads", kAll | kFusion | kOthers, true},
                               {"--set", kAll | kFusion | kOthers, true},
                               {"--json", kSlt | kPatterns, false},
                               {"--any-error", kSlt, false}};

uint32_t command_bit(std::string_view command) {
  for (uint32_t i = 0; i < 11; ++i)
    if (kCommands[i] == command) return 1u << i;
  return kOthers;
}

// "--name", "--name=value" or "-x"; a statement that begins with a comment is none of these.
bool is_option(std::string_view argument) {
  const size_t dashes = argument.starts_with("--") ? 2 : argument.starts_with('-') ? 1 : 0;
  const std::string_view name = argument.substr(dashes, argument.substr(dashes).find('='));
  return dashes > 0 && !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos && name[0] != '-';
}

// A hint: the nearest name, else what there is.
template <size_t N>
std::string nearest_or_all(std::string_view name, const std::string_view (&known)[N]) {
  std::string hint = did_you_mean(name, known);
  if (!hint.empty()) return hint;
  for (const std::string_view one : known) hint += (hint.empty() ? "expected " : " | ") + std::string(one);
  return hint;
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

Result<const Option*> find_option(const std::string& name, const std::string& command) {
  std::vector<std::string_view> names;
  for (const Option& option : kOptions) {
    names.push_back(option.name);
    if (option.name != name) continue;
    if ((option.commands & command_bit(command)) == 0)
      return usage_error(std::string("headrace ").append(command).append(" takes no option ").append(name),
                         name == "--json" ? "--format says how it is printed" : kHelpHint);
    return &option;
  }
  std::string hint = did_you_mean(name, names);
  hint += hint.empty() ? "" : " ";
  return usage_error("unknown option " + name, hint + kHelpHint);
}

Status read_count(const std::string& name, const std::string& value, uint32_t low, uint32_t& count) {
  char* end = nullptr;
  const unsigned long given = std::strtoul(value.c_str(), &end, 10);
  if (value.empty() || value[0] < '0' || value[0] > '9' || *end != '\0' || given < low || given > kCountMax)
    return usage_error(name + " expects a number from " + std::to_string(low) + " to " + std::to_string(kCountMax) +
                       ", found '" + value + "'");
  count = static_cast<uint32_t>(given);
  return kDone;
}

Status read_option(const std::string& argument, Reader& reader, Arguments& arguments) {
  const std::string name = argument.substr(0, argument.find('='));
  TRY(option, find_option(name, arguments.command));
  if (!option->takes_value) {
    if (argument != name) return usage_error("option " + name + " takes no value, found '" + argument + "'");
    if (name == "--fusion") arguments.fusion = true;
    if (name == "--analyze") arguments.analyze = true;
    if (name == "--patterns") arguments.patterns = true;
    if (name == "--print") arguments.print = true;
    if (name == "--json") arguments.json = true;
    if (name == "--any-error") arguments.any_error = true;
    return kDone;
  }
  TRY(value, reader.value_of(argument, name));
  if (value.empty() && name != "--set") return usage_error("option " + name + " expects a value, found ''");
  if (name == "--file") arguments.file = value;
  if (name == "--output") arguments.output = value;
  if (name == "--stage") arguments.stage = value;
  if (name == "--threads") arguments.settings.emplace_back("threads", value);
  if (name == "--max-rows") return read_count(name, value, 1, arguments.rows_max);
  if (name == "--limit") return read_count(name, value, 1, arguments.limit.emplace());
  if (name == "--max-width") return read_count(name, value, 0, arguments.width_max.emplace());
  if (name == "--format") {
    arguments.format = value;
    const bool explain = arguments.command == "explain";
    const std::span<const std::string_view> known =
        explain ? std::span<const std::string_view>(kExplainFormats) : std::span<const std::string_view>(kRowFormats);
    if (std::find(known.begin(), known.end(), value) == known.end())
      return usage_error("headrace " + arguments.command + " prints no format '" + value + "'",
                         explain ? nearest_or_all(value, kExplainFormats) : nearest_or_all(value, kRowFormats));
  }
  if (name == "--set") {
    const size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0)
      return usage_error("--set expects NAME=VALUE, found '" + value + "'", "SHOW ALL lists the settings");
    arguments.settings.emplace_back(value.substr(0, equals), value.substr(equals + 1));
  }
  return kDone;
}

bool takes_text(const Arguments& arguments) {
  constexpr std::string_view kWithout[] = {"shell", "calibrate", "history", "version", "help"};
  if (arguments.command == "fusion") return arguments.action == "measure";
  return std::ranges::find(kWithout, arguments.command) == std::end(kWithout);
}

Status check_complete(const Arguments& arguments) {
  if (arguments.command == "replay" && !arguments.text.has_value())
    return usage_error("replay expects the directory that a quarantined loop was left in", "headrace replay DIRECTORY");
  if (arguments.command != "fusion") return kDone;
  if (arguments.action.empty()) return usage_error("fusion expects what to do", nearest_or_all("", kFusionActions));
  if (std::ranges::find(kFusionActions, arguments.action) == std::end(kFusionActions))
    return usage_error("fusion cannot do '" + arguments.action + "'", nearest_or_all(arguments.action, kFusionActions));
  return kDone;
}

}  // namespace

Result<Arguments> parse_arguments(int count, const char* const* values) {
  Arguments arguments;
  Reader reader(count, values);
  if (reader.at_end()) {
    arguments.command = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 ? "shell" : "help";
    return arguments;
  }
  const std::string_view first = values[1];
  const bool of_shell = first.starts_with("--") && first != "--help" && first != "--version";
  arguments.command = of_shell ? "shell" : reader.take();
  if (arguments.command == "--help" || arguments.command == "-h") arguments.command = "help";
  if (arguments.command == "--version") arguments.command = "version";
  if (std::find(std::begin(kCommands), std::end(kCommands), arguments.command) == std::end(kCommands))
    return usage_error("unknown command '" + arguments.command + "'", nearest_or_all(arguments.command, kCommands));
  while (!reader.at_end()) {
    const std::string argument = reader.take();
    if (argument == "--help" || argument == "-h") {
      arguments.command = "help";
      return arguments;
    }
    if (is_option(argument)) {
      TRY_STATUS(read_option(argument, reader, arguments));
    } else if (arguments.command == "slt") {
      arguments.files.push_back(argument);
    } else if (arguments.command == "fusion" && arguments.action.empty()) {
      arguments.action = argument;
    } else if (!arguments.text.has_value() && takes_text(arguments)) {
      arguments.text = argument;
    } else {
      return usage_error("unexpected argument '" + argument + "'",
                         takes_text(arguments) ? "quote the whole statement" : "headrace help lists the commands");
    }
  }
  TRY_STATUS(check_complete(arguments));
  const bool names_text = arguments.command == "sql" || arguments.command == "explain" ||
                          arguments.command == "verify" || arguments.command == "bisect";
  if (names_text && arguments.text.has_value() && !arguments.file.empty())
    return usage_error("found both a statement and --file " + arguments.file, "give one of them");
  return arguments;
}

}  // namespace headrace
