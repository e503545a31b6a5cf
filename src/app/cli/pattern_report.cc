#include "app/cli/pattern_report.h"

#include <algorithm>
#include <cstdio>

#include "app/json.h"

namespace headrace {

namespace {

constexpr size_t kWidth = 110;

// Words of `text` in lines, behind a title of 12 columns.
std::string paragraph(const std::string& title, const std::string& text) {
  std::string out = title + std::string(12 - title.size(), ' ');
  size_t column = 12;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(' ', begin), text.size());
    if (column + (end - begin) > kWidth) {
      out.back() = '\n';
      out.append(12, ' ');
      column = 12;
    }
    out.append(text, begin, end - begin).append(" ");
    column += end - begin + 1;
    begin = end + 1;
  }
  out.back() = '\n';
  return out;
}

std::string number(double value, int decimals) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.*f", decimals, value);
  return buffer;
}

std::string run_text(const std::string& title, const FusionPattern::Run& run, const MeasuredRun& measured) {
  std::string out = "\n" + title + "\n";
  for (const auto& [name, value] : run.settings)
    out += paragraph("", std::string("SET ").append(name).append(" = ").append(value).append(";"));
  out += paragraph("", run.query) + "  found     ";
  if (measured.places.empty()) out += "nowhere\n";
  for (size_t i = 0; i < measured.places.size(); ++i)
    out.append(i > 0 ? "            " : "").append(measured.places[i]).append("\n");
  return out + "  takes     " + number(measured.ns_per_row, 3) + " ns a row\n";
}

std::string run_json(const FusionPattern::Run& run, const MeasuredRun& measured) {
  std::string settings, places;
  for (const auto& [name, value] : run.settings)
    settings += (settings.empty() ? "" : ", ") + json_string(name) + ": " + json_string(value);
  for (const std::string& place : measured.places) places += (places.empty() ? "" : ", ") + json_string(place);
  return "{\"query\": " + json_string(run.query) + ", \"settings\": {" + settings + "}, \"found\": [" + places +
         "], \"ns_per_row\": " + number(measured.ns_per_row, 4) + "}";
}

}  // namespace

std::string to_text(const FusionPattern& pattern, const MeasuredRun& with, const MeasuredRun& without, uint32_t runs) {
  std::string out = pattern.name + ": " + pattern.shape + "\n\n";
  out += paragraph("assumes", pattern.assumptions) + paragraph("guarantees", pattern.guarantee) +
         paragraph("costs", pattern.cost) + paragraph("rows", std::to_string(pattern.rows));
  if (!pattern.prepare.empty()) out += paragraph("before", pattern.prepare);
  out += run_text("with it", pattern.with, with) + run_text("without", pattern.without, without);
  return out + "\nratio       " + number(with.ns_per_row / without.ns_per_row, 2) + ", measured now: the fastest of " +
         std::to_string(runs) + " runs each, by turns; the answers are the same\n";
}

std::string to_json(const FusionPattern& pattern, const MeasuredRun& with, const MeasuredRun& without) {
  std::string out = "{";
  for (const auto& [name, text] :
       {std::pair("name", pattern.name), std::pair("shape", pattern.shape),
        std::pair("assumptions", pattern.assumptions), std::pair("guarantee", pattern.guarantee),
        std::pair("cost", pattern.cost), std::pair("prepare", pattern.prepare)})
    out += json_string(name) + ": " + json_string(text) + ",\n ";
  return out + "\"rows\": " + std::to_string(pattern.rows) + ",\n \"with\": " + run_json(pattern.with, with) +
         ",\n \"without\": " + run_json(pattern.without, without) +
         ",\n \"ratio\": " + number(with.ns_per_row / without.ns_per_row, 4) + "}\n";
}

}  // namespace headrace
