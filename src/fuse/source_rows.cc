#include "fuse/source_rows.h"

#include "base/overloaded.h"

namespace headrace {

std::optional<uint64_t> known_rows(const SourceSpec& source) {
  using Rows = std::optional<uint64_t>;
  return std::visit(Overloaded{[](const TableSource& s) { return s.table != nullptr ? s.table->row_count() : Rows(); },
                               [](const RangeSource& s) -> Rows {
                                 if (s.end <= s.begin) return 0;
                                 return static_cast<uint64_t>(s.end) - static_cast<uint64_t>(s.begin);
                               },
                               [](const OneRowSource&) -> Rows { return 1; },
                               [](const ValuesSource& s) -> Rows { return s.rows.size(); },
                               [](const auto&) -> Rows { return std::nullopt; }},
                    source);
}

}  // namespace headrace
