// runtime/operators/keep.h — one owner for a vector whose values and string bytes belong to different owners.
#pragma once

#include <memory>
#include <utility>

namespace headrace {

inline std::shared_ptr<const void> keep_both(std::shared_ptr<const void> one, std::shared_ptr<const void> other) {
  if (other == nullptr) return one;
  return std::make_shared<std::pair<std::shared_ptr<const void>, std::shared_ptr<const void>>>(std::move(one),
                                                                                               std::move(other));
}

}  // namespace headrace
