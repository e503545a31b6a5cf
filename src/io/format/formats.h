// io/format/formats.h — every file format that can be read. Adding one is one file and one line in formats.cc.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/world.h"
#include "plan/catalog.h"
#include "runtime/scannable.h"

namespace headrace {

class ParquetFooters;

// What opening a file may use; outlives the tables.
struct OpenContext {
  World& world;
  MemoryBudget& budget;
  ParquetFooters* footers = nullptr;  // those that are kept; nullptr: none are
};

struct ReadFormat {
  std::string_view name;                        // as in FORMAT
  std::span<const std::string_view> endings;    // ".csv"
  // `like`: the first table of a set of this format, for one whose types are guesses; nullptr: there is none.
  Result<std::shared_ptr<const ScannableTable>> (*open)(const OpenContext& context, const FileRef& file,
                                                        const ScannableTable* like);
};

std::span<const ReadFormat> read_formats();

// kUnsupported with the nearest name, or the list of what is read.
Result<const ReadFormat*> find_read_format(const FileRef& file);

}  // namespace headrace
