#include "fuse/constant_index.h"

#include "base/hash.h"

namespace headrace {

Operand ConstantIndex::operand(const Value& value, bool structural, std::vector<StageConstant>& constants) {
  const ExprPtr wanted = literal(value);
  const uint64_t key = combine_hashes(hash(*wanted), structural ? 1 : 0);
  const auto [first, last] = by_hash_.equal_range(key);
  for (auto found = first; found != last; ++found) {
    const StageConstant& known = constants[found->second];
    if (known.structural == structural && same(*literal(known.value), *wanted)) return {true, found->second};
  }
  const auto index = static_cast<uint32_t>(constants.size());
  constants.push_back({value, structural});
  by_hash_.emplace(key, index);
  return {true, index};
}

}  // namespace headrace
