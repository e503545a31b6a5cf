// execute/compile/line_table.h — which step an address inside a loop's code belongs to.
#pragma once

#include <llvm/Support/MemoryBuffer.h>

#include <cstdint>
#include <vector>

namespace headrace {

struct LineEntry {
  uint64_t offset;  // from the loop's first instruction; valid up to the next entry
  uint32_t line;    // 0: no line
};

struct CodeMap {
  uint64_t bytes = 0;  // of the loop function
  std::vector<LineEntry> lines;  // by offset, each once, below `bytes`
};

// Reads the object file's debug lines for the loop function. Empty when there are none.
CodeMap read_code_map(llvm::MemoryBufferRef object);

// Bytes that the object's code and constants take in memory.
uint64_t loaded_bytes(llvm::MemoryBufferRef object);

}  // namespace headrace
