#include <headrace/patterns.h>

#include "fuse/patterns/pattern.h"

namespace headrace {

namespace {

std::string filled(std::string_view text, const std::string& directory, uint64_t rows) {
  std::string out(text);
  const auto fill = [&](std::string_view name, const std::string& value) {
    for (size_t at = 0; (at = out.find(name, at)) != std::string::npos; at += value.size())
      out.replace(at, name.size(), value);
  };
  fill("{rows}", std::to_string(rows));
  fill("{directory}", directory);
  return out;
}

}  // namespace

std::vector<FusionPattern> fusion_patterns(const std::string& directory) {
  std::vector<FusionPattern> all;
  for (const Pattern& one : known_patterns()) {
    const PatternExample& example = one.example;
    const auto run = [&](const PatternRun& of) {
      return FusionPattern::Run{filled(of.query, directory, example.rows), {of.settings.begin(), of.settings.end()}};
    };
    all.push_back({.name = std::string(one.name),
                   .shape = std::string(one.shape),
                   .assumptions = std::string(one.assumptions),
                   .guarantee = std::string(one.guarantee),
                   .cost = std::string(one.cost),
                   .prepare = filled(example.prepare, directory, example.rows),
                   .rows = example.rows,
                   .with = run(example.with),
                   .without = run(example.without)});
  }
  return all;
}

}  // namespace headrace
