// state/sort_key.h — rows' sort keys as byte strings whose memcmp order is the rows' order.
//
//   null byte        only for nullable columns: 1 valid; null is 0 (first) or 2 (last), and no value follows
//   integers, dates  big-endian, sign bit flipped          decimal, bool alike
//   floats           bits in total order: -0 = +0, NaN greatest
//   interval         its length
//   text layouts     bytes, 0x00 as 00 FF, ended by 00 00
//   descending       every value byte inverted
//   zero signs       only without an ordinal: a bit per float column of the parts, in the rows' order, 0 for -0 and 1 for
//                    everything else, so that only rows of equal bits tie
//   ordinal          input, morsel, sequence, row, each as a count of bytes and the bytes, big-endian
// Source of the idea: Graefe, "Implementing Sorting in Database Systems", ACM Computing Surveys 38(3), 2006, section 3.1.
#pragma once

#include <cstdint>
#include <vector>

#include "types/batch.h"
#include "types/schema.h"

namespace headrace {

struct SortKeyPart {
  uint32_t column;
  bool descending;
  bool nulls_first;
};

class SortKeyEncoder {
 public:
  // With an ordinal every key is distinct. Without one, `parts` should name every column.
  // Without zero signs -0 and +0 tie.
  SortKeyEncoder(const Schema& schema, const std::vector<SortKeyPart>& parts, bool with_ordinal,
                 bool with_zero_signs = true);

  // Encodes every row of the batch; valid until the next call.
  void encode(uint32_t input, const Batch& batch);
  const char* key(uint32_t row) const { return bytes_.data() + begins_[row]; }
  uint32_t size(uint32_t row) const { return begins_[row + 1] - begins_[row]; }

 private:
  struct Part {
    SortKeyPart part;
    Type type;
    bool nullable;
  };
  void add_sizes(const Part& part, const Vector& column, uint32_t rows);
  void append(const Part& part, const Vector& column, uint32_t rows);
  void append_zero_signs(const Batch& batch);

  std::vector<Part> parts_;
  const bool with_ordinal_;
  std::vector<uint32_t> floats_;  // columns whose zeros have signs to tell apart; none with an ordinal
  std::vector<uint32_t> begins_;  // [rows + 1]
  std::vector<uint32_t> ends_;  // [rows]: where the next byte of each key goes
  std::vector<char> bytes_;
};

}  // namespace headrace
