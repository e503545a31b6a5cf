#include "execute/compile/line_table.h"

#include <llvm/DebugInfo/DWARF/DWARFContext.h>
#include <llvm/Object/ELFObjectFile.h>
#include <llvm/Object/ObjectFile.h>
#include <llvm/Object/SymbolSize.h>

#include "execute/compile/loop_emitter.h"

namespace headrace {

namespace {

using llvm::object::ObjectFile;

// Drops the error of a malformed object: we made it, and lines are only for profiles.
template <class T>
T value_or(llvm::Expected<T> expected, T otherwise) {
  if (expected) return std::move(*expected);
  llvm::consumeError(expected.takeError());
  return otherwise;
}

}  // namespace

CodeMap read_code_map(llvm::MemoryBufferRef buffer) {
  CodeMap map;
  auto object = ObjectFile::createObjectFile(buffer);
  if (!object) {
    llvm::consumeError(object.takeError());
    return map;
  }
  std::unique_ptr<llvm::DWARFContext> lines = llvm::DWARFContext::create(**object);
  for (const auto& [symbol, bytes] : llvm::object::computeSymbolSizes(**object)) {
    if (value_or<llvm::StringRef>(symbol.getName(), "") != kLoopSymbol) continue;
    map.bytes = bytes;
    const uint64_t begin = value_or<uint64_t>(symbol.getAddress(), 0);
    const auto section = value_or<llvm::object::section_iterator>(symbol.getSection(), (*object)->section_end());
    if (section == (*object)->section_end()) break;
    const llvm::object::SectionedAddress address{begin, section->getIndex()};
    for (const auto& [at, info] : lines->getLineInfoForAddressRange(address, bytes)) {
      const uint64_t offset = at - begin;
      if (offset >= bytes) break;
      if (!map.lines.empty() && map.lines.back().offset == offset) map.lines.pop_back();  // it has no instruction
      if (map.lines.empty() || map.lines.back().line != info.Line) map.lines.push_back({offset, info.Line});
    }
  }
  return map;
}

uint64_t loaded_bytes(llvm::MemoryBufferRef buffer) {
  auto object = ObjectFile::createObjectFile(buffer);
  if (!object) {
    llvm::consumeError(object.takeError());
    return buffer.getBufferSize();
  }
  uint64_t bytes = 0;
  for (const auto& section : (*object)->sections()) {
    if (section.isText() || section.isData()) bytes += section.getSize();
  }
  return bytes;
}

}  // namespace headrace
