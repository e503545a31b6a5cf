#include "runtime/operators/coded_groups.h"

#include <algorithm>
#include <bit>

namespace headrace {

namespace {

bool has_codes(const Vector& vector) { return vector.encoding == Encoding::kDictionary; }

}  // namespace

bool CodedGroups::same_dictionaries(const Batch& batch, uint32_t key_columns) const {
  if (group_of_.empty() || keys_.size() != key_columns) return false;
  for (uint32_t key = 0; key < key_columns; ++key)
    if (batch.columns[key].data != keys_[key].dictionary || batch.columns[key].dictionary_rows >= keys_[key].radix)
      return false;
  return true;
}

// Forgets what is known of other dictionaries.
bool CodedGroups::begin(const Batch& batch, uint32_t key_columns) {
  keys_.clear();
  group_of_.clear();
  uint64_t combinations = 1, roomy = 1;
  for (uint32_t key = 0; key < key_columns && combinations <= kCombinationsMax; ++key) {
    const uint64_t radix = uint64_t{batch.columns[key].dictionary_rows} + 1;
    combinations *= radix;
    roomy *= std::bit_ceil(radix);
  }
  if (combinations > kCombinationsMax) return false;
  const bool is_roomy = roomy <= kCombinationsMax;
  for (uint32_t key = 0; key < key_columns; ++key) {
    const Vector& column = batch.columns[key];
    const uint32_t radix = column.dictionary_rows + 1;
    keys_.push_back({column.data, is_roomy ? std::bit_ceil(radix) : radix, column.owner});
  }
  group_of_.assign(is_roomy ? roomy : combinations, nullptr);
  return true;
}

bool CodedGroups::take(const Batch& batch, uint32_t key_columns, const uint16_t* selection, uint32_t rows,
                       char** groups) {
  if (!std::all_of(batch.columns.begin(), batch.columns.begin() + key_columns, has_codes)) return false;
  if (!same_dictionaries(batch, key_columns) && !begin(batch, key_columns)) return false;
  rows_ = rows;
  for (uint32_t key = 0; key < key_columns; ++key) {
    const Vector& column = batch.columns[key];
    const auto radix = static_cast<uint16_t>(keys_[key].radix);
    for (uint32_t i = 0; i < rows; ++i) {
      const uint32_t row = selection == nullptr ? i : selection[i];
      const bool null = column.validity != nullptr && column.validity[row] == 0;
      const auto code = static_cast<uint16_t>(null ? radix - 1u : column.codes[row]);
      combinations_[i] = static_cast<uint16_t>(key == 0 ? code : combinations_[i] * radix + code);
    }
  }
  unknown_count_ = 0;
  static char claimed;  // any address: the combination's first row is on the list
  for (uint32_t i = 0; i < rows; ++i) {
    char*& group = group_of_[combinations_[i]];
    groups[i] = group;
    if (group != nullptr) continue;
    group = &claimed;
    unknown_[unknown_count_++] = static_cast<uint16_t>(selection == nullptr ? i : selection[i]);
    first_[unknown_count_ - 1] = combinations_[i];
  }
  return true;
}

void CodedGroups::learn(char* const* groups) {
  for (uint32_t i = 0; i < unknown_count_; ++i) group_of_[first_[i]] = groups[i];
}

void CodedGroups::look_up(char** groups) const {
  for (uint32_t i = 0; i < rows_; ++i) groups[i] = group_of_[combinations_[i]];
}

}  // namespace headrace
