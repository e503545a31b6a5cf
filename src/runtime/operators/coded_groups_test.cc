// Goal: rows get the groups of their keys, whatever dictionaries the keys come with.
#include "runtime/operators/coded_groups.h"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace headrace {
namespace {

struct Column {
  std::vector<int64_t> entries;
  std::vector<uint32_t> codes;
  std::vector<uint8_t> validity;
};

Vector vector_of(const std::shared_ptr<Column>& column, bool nullable) {
  return {.type = kInt64,
          .encoding = Encoding::kDictionary,
          .data = column->entries.data(),
          .validity = nullable ? column->validity.data() : nullptr,
          .codes = column->codes.data(),
          .dictionary_rows = static_cast<uint32_t>(column->entries.size()),
          .owner = column};
}

TEST(CodedGroups, GroupsAreThoseOfTheValues) {
  std::mt19937_64 random(1);
  CodedGroups coded;
  std::map<std::vector<int64_t>, std::unique_ptr<char>> groups;
  std::vector<std::shared_ptr<Column>> columns(2);
  for (int round = 0; round < 200; ++round) {
    const bool nullable = round % 3 == 0, fresh = round % 5 == 0;
    Batch batch{.rows = 500, .columns = {}};
    for (auto& column : columns) {
      auto next = std::make_shared<Column>();
      next->entries.reserve(64);
      for (uint32_t entry = 0; entry < 1 + random() % 20; ++entry)
        next->entries.push_back(static_cast<int64_t>(random() % 7));
      if (!fresh && column != nullptr) next = column;
      if (round % 4 == 0 && next->entries.size() < 64)  // a dictionary that grows where it lies
        next->entries.push_back(static_cast<int64_t>(random() % 7));
      next->codes.resize(500);
      next->validity.resize(500);
      for (uint32_t row = 0; row < 500; ++row) {
        next->codes[row] = static_cast<uint32_t>(random() % next->entries.size());
        next->validity[row] = random() % 4 != 0;
      }
      column = next;
      batch.columns.push_back(vector_of(column, nullable));
    }
    std::vector<uint16_t> selection;
    for (uint16_t row = 0; row < 500; ++row)
      if (round % 2 == 0 || random() % 2 == 0) selection.push_back(row);
    const auto key_of = [&](uint32_t row) {
      std::vector<int64_t> key;
      for (const Vector& column : batch.columns)
        key.push_back(column.is_valid(row) ? column.as<int64_t>()[column.codes[row]] : -1);
      return key;
    };
    if (round % 40 == 39) coded.forget();
    std::vector<char*> found(selection.size());
    ASSERT_TRUE(coded.take(batch, 2, selection.data(), static_cast<uint32_t>(selection.size()), found.data()));
    std::vector<char*> learned;
    for (const uint16_t row : coded.unknown()) {
      auto& group = groups[key_of(row)];
      if (group == nullptr) group = std::make_unique<char>();
      learned.push_back(group.get());
    }
    if (!learned.empty()) {
      coded.learn(learned.data());
      coded.look_up(found.data());
    }
    for (size_t i = 0; i < selection.size(); ++i) ASSERT_EQ(found[i], groups.at(key_of(selection[i])).get());
  }
}

TEST(CodedGroups, RefusesWhatHasNoCodesOrTooMany) {
  CodedGroups coded;
  auto large = std::make_shared<Column>();
  large->entries.resize(CodedGroups::kCombinationsMax);
  large->codes.resize(1);
  const int64_t value = 1;
  Vector flat;
  flat.type = kInt64;
  flat.data = &value;
  char* group = nullptr;
  EXPECT_FALSE(coded.take(Batch{.rows = 1, .columns = {vector_of(large, false)}}, 1, nullptr, 1, &group));
  EXPECT_FALSE(coded.take(Batch{.rows = 1, .columns = {flat}}, 1, nullptr, 1, &group));
}

}  // namespace
}  // namespace headrace
