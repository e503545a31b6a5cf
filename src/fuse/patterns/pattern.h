// fuse/patterns/pattern.h — a known shape of steps that share a loop, memory or rows, or are better kept apart: what it takes for granted, what it
// promises and costs, an example, and where a program has it. A pattern is one file with one function and its line in list.def.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fuse/stage.h"

namespace headrace {

struct PatternPlace {
  std::string stage;  // "0"; "0.step.1": stage 1 in the step of the recursion that stage 0 reads
  std::string what;  // "#1 filter, #2 multiply_i64_i64": its steps, values or readers
  std::string cut = {};  // "0.1", as Edge::cut (fuse/edges.h); empty: it lies at no cut
};

// In texts {rows} is how many rows are read, {directory} a directory that may be written to.
struct PatternRun {
  std::string_view query;
  std::vector<std::pair<std::string_view, std::string_view>> settings;
};

// Both ways give the same answer; what they take is what the pattern is worth.
struct PatternExample {
  std::string_view prepare;  // a statement that makes what the queries read; empty: they need nothing
  uint64_t rows;
  PatternRun with, without;
};

struct Pattern {
  std::string_view name;
  std::string_view shape;  // one line
  std::string_view assumptions;  // in words of contracts; `find` asks for them
  std::string_view guarantee;
  std::string_view cost;
  PatternExample example;
  std::vector<PatternPlace> (*find)(const Program& program);
};

std::span<const Pattern> known_patterns();
const Pattern* find_pattern(std::string_view name);  // nullptr: there is none

// A line for each place: the pattern's name, stage, cut, what.
std::string places_text(const Program& program);

}  // namespace headrace
