// A web server's log as CSV and as NDJSON, the same records in both: eleven fields, long agents with commas and quotes, names with
// quotes and letters beyond ASCII, few hosts that have most requests. One record in a hundred is broken, in one of six ways.
//
//   bench_generate_weblog ROWS SEED csv|ndjson|clean-ndjson PATH      prints {"rows": …, "broken": [six counts]}
#include <array>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "generated_text.h"

namespace headrace::bench {
namespace {

enum class Break { kFewFields, kManyFields, kStatus, kBytes, kTime, kDuration, kNone };
enum class Form { kCsv, kNdjson, kCleanNdjson };

struct Record {
  std::string time, host, address, user, method, path, status, bytes, duration_ms, referrer, agent;
};
constexpr std::string_view kNames[] = {"time",   "host",  "address",     "user",     "method", "path",
                                       "status", "bytes", "duration_ms", "referrer", "agent"};
constexpr std::string_view kMethods[] = {"GET", "GET", "GET", "GET", "GET", "GET", "POST", "POST", "PUT", "HEAD"};
constexpr std::string_view kStatuses[] = {"200", "200", "200", "200", "200", "200", "200", "200",
                                          "200", "201", "204", "301", "302", "304", "304", "304",
                                          "400", "401", "403", "404", "404", "429", "500", "503"};
constexpr std::string_view kSections[] = {"shop",   "blog", "api",  "static", "account",
                                          "search", "help", "cart", "media",  "admin"};

// What a day's people visit.
class Site {
 public:
  explicit Site(Random& random) {
    for (int i = 0; i < 2'000; ++i) {
      std::string host =
          random_name(random) + (random.one_in(3) ? "-" + std::to_string(random.below(40)) : "") + ".example.com";
      host[0] = static_cast<char>(host[0] - 'A' + 'a');
      hosts_.push_back(std::move(host));
    }
    for (int i = 0; i < 30'000; ++i) users_.push_back(user_name(random));
    for (int i = 0; i < 5'000; ++i) agents_.push_back(agent(random));
    for (int i = 0; i < 800; ++i) words_.push_back(random_name(random));
  }

  void fill(Record& record, uint64_t& time_ms, Random& random) const {
    time_ms += random.below(1'000);
    record.time.clear();
    append_time(record.time, time_ms);
    record.host = hosts_[random.skewed_below(hosts_.size())];
    record.address.clear();
    for (int part = 0; part < 4; ++part) {
      if (part > 0) record.address += '.';
      append_number(record.address, part == 0 ? 1 + random.skewed_below(222) : random.below(256));
    }
    record.user = random.one_in(3) ? users_[random.skewed_below(users_.size())] : "-";
    record.method = kMethods[random.below(std::size(kMethods))];
    fill_path(record.path, random);
    record.status = kStatuses[random.below(std::size(kStatuses))];
    record.bytes.clear();
    append_number(record.bytes, random.skewed_below(2'000'000));
    record.duration_ms.clear();
    append_number(record.duration_ms, random.skewed_below(30'000));
    record.duration_ms += '.';
    append_padded(record.duration_ms, 1 + random.below(999), 3);
    record.referrer = "-";
    if (random.one_in(2)) {
      record.referrer = "https://" + hosts_[random.skewed_below(hosts_.size())] + "/";
      record.referrer += kSections[random.below(std::size(kSections))];
    }
    record.agent = agents_[random.skewed_below(agents_.size())];
  }

 private:
  static std::string user_name(Random& random) {
    std::string name = random_name(random);
    if (random.one_in(8)) return "O'" + name + ", " + random_name(random);
    if (random.one_in(12)) return random_name(random) + " \"" + name + "\" " + random_name(random);
    return name;
  }

  static std::string agent(Random& random) {
    const std::string major = std::to_string(60 + random.below(70)), minor = std::to_string(random.below(6'000));
    static constexpr std::string_view kSystems[] = {"Windows NT 10.0; Win64; x64", "Macintosh; Intel Mac OS X 10_15_7",
                                                    "X11; Linux x86_64", "Linux; Android 14; Pixel 8 Pro"};
    const std::string begin = "Mozilla/5.0 (" + std::string(kSystems[random.below(std::size(kSystems))]) + ") ";
    const std::string chrome =
        begin + "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/" + major + ".0." + minor + ".75 ";
    switch (random.below(9)) {
      case 0: return begin + "Gecko/20100101 Firefox/" + major + ".0";
      case 1: return chrome + "Safari/537.36 Edg/" + major + ".0." + minor + ".51";
      case 2: return begin + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15";
      case 3: return "Mozilla/5.0 (compatible; Examplebot/2.1; +https://bot.example.com/" + major + ")";
      case 4: return "curl/8." + major + "." + minor;
      case 5: return chrome + "Mobile Safari/537.36 \"in-app\" build/" + minor;
      default: return chrome + "Safari/537.36";
    }
  }

  void fill_path(std::string& path, Random& random) const {
    path = "/";
    path += kSections[random.skewed_below(std::size(kSections))];
    path += '/';
    path += words_[random.skewed_below(words_.size())];
    path += '/';
    append_number(path, random.skewed_below(100'000));
    if (!random.one_in(3)) return;
    path += "?q=" + words_[random.below(words_.size())];
    if (random.one_in(2)) {
      path += "&page=";
      append_number(path, random.skewed_below(100));
    }
  }

  // Days of March 2024, one after the other; the log is at most 31 days long and then begins again.
  static void append_time(std::string& text, uint64_t time_ms) {
    text += "2024-03-";
    append_padded(text, 1 + time_ms / 86'400'000 % 31, 2);
    text += ' ';
    append_padded(text, time_ms / 3'600'000 % 24, 2);
    text += ':';
    append_padded(text, time_ms / 60'000 % 60, 2);
    text += ':';
    append_padded(text, time_ms / 1'000 % 60, 2);
    text += '.';
    append_padded(text, time_ms % 1'000, 3);
  }

  std::vector<std::string> hosts_, users_, agents_, words_;
};

std::array<std::string*, 11> fields_of(Record& r) {
  return {&r.time,   &r.host,  &r.address,     &r.user,     &r.method, &r.path,
          &r.status, &r.bytes, &r.duration_ms, &r.referrer, &r.agent};
}

void break_value(Record& record, Break kind) {
  if (kind == Break::kStatus) record.status = "OK";
  if (kind == Break::kBytes) record.bytes += "kB";
  if (kind == Break::kTime) record.time = "2024-13-41 25:61:00.000";
  if (kind == Break::kDuration) record.duration_ms = "fast";
}

void append_quoted(std::string& text, std::string_view value) {
  text += '"';
  for (const char letter : value) {
    if (letter == '"') text += '"';
    text += letter;
  }
  text += '"';
}

void append_csv(std::string& text, Record& record, Break kind) {
  const auto fields = fields_of(record);
  const size_t count = kind == Break::kFewFields ? 6 : fields.size();
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += ',';
    const std::string& value = *fields[i];
    if (value.find_first_of(",\"") != std::string::npos || i == 10)
      append_quoted(text, value);
    else
      text += value;
  }
  if (kind == Break::kManyFields) text += ",like Gecko";
  text += '\n';
}

void append_ndjson(std::string& text, Record& record, Break kind) {
  const auto fields = fields_of(record);
  const size_t count = kind == Break::kFewFields ? 6 : fields.size();
  for (size_t i = 0; i < count; ++i) {
    text += i == 0 ? "{\"" : ", \"";
    text += kNames[i];
    text += "\": ";
    const bool number =
        (i == 6 && kind != Break::kStatus) || (i == 7 && kind != Break::kBytes) || (i == 8 && kind != Break::kDuration);
    if (number) {
      text += *fields[i];
      continue;
    }
    text += '"';
    for (const char letter : *fields[i]) {
      if (letter == '"' || letter == '\\') text += '\\';
      text += letter;
    }
    text += '"';
  }
  if (kind != Break::kFewFields) text += '}';
  if (kind == Break::kManyFields) text += ", like Gecko";
  text += '\n';
}

void write(uint64_t rows, uint64_t seed, Form form, const char* path) {
  Random random(seed);
  const Site site(random);
  TextFile file(path);
  std::array<uint64_t, 7> counts{};
  if (form == Form::kCsv)
    for (const std::string_view name : kNames) file.text.append(name) += name == "agent" ? '\n' : ',';
  Record record;
  uint64_t time_ms = 0;
  for (uint64_t row = 0; row < rows; ++row) {
    site.fill(record, time_ms, random);
    const Break kind = random.one_in(100) ? static_cast<Break>(random.below(6)) : Break::kNone;
    ++counts[static_cast<size_t>(kind)];
    if (form == Form::kCleanNdjson && kind != Break::kNone) continue;
    break_value(record, kind);
    form == Form::kCsv ? append_csv(file.text, record, kind) : append_ndjson(file.text, record, kind);
    file.line_done();
  }
  std::printf("{\"rows\": %llu, \"broken\": [", static_cast<unsigned long long>(rows));
  for (size_t kind = 0; kind < 6; ++kind)
    std::printf("%s%llu", kind == 0 ? "" : ", ", static_cast<unsigned long long>(counts[kind]));
  std::printf("]}\n");
}

}  // namespace
}  // namespace headrace::bench

int main(int count, char** arguments) {
  using headrace::bench::Form;
  const std::string_view form = count == 5 ? arguments[3] : "";
  if (form != "csv" && form != "ndjson" && form != "clean-ndjson") {
    std::fprintf(stderr, "usage: bench_generate_weblog ROWS SEED csv|ndjson|clean-ndjson PATH\n");
    return 2;
  }
  headrace::bench::write(std::strtoull(arguments[1], nullptr, 10), std::strtoull(arguments[2], nullptr, 10),
                         form == "csv"      ? Form::kCsv
                         : form == "ndjson" ? Form::kNdjson
                                            : Form::kCleanNdjson,
                         arguments[4]);
  return 0;
}
