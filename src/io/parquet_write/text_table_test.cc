// Goal: a text has one number, wherever it lies and whatever lies around it.
#include "io/parquet_write/text_table.h"

#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(TextTable, ATextHasOneNumberWhereverItLies) {
  MemoryBudget budget(uint64_t{1} << 26);
  Reservation reservation(budget, "test");
  TextTable table(reservation);
  std::mt19937_64 random(1);
  std::map<std::string, uint32_t> numbers;
  std::vector<std::unique_ptr<std::string>> rooms;
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, 'a');
    if (!text.empty()) text[random() % text.size()] = static_cast<char>('a' + random() % 3);
    const std::string around(1 + random() % 3, static_cast<char>('0' + random() % 10));
    rooms.push_back(std::make_unique<std::string>(around + text + around));
    const StringRef there(rooms.back()->data() + around.size(), static_cast<uint32_t>(text.size()));
    ASSERT_TRUE(table.prepare(1).ok());
    const uint32_t number = table.find_or_add(there, [](const StringRef& fresh) { return fresh; });
    const auto [known, is_new] = numbers.emplace(text, number);
    ASSERT_EQ(known->second, number) << text;
    EXPECT_EQ(table.entries()[number].view(), text);
  }
  EXPECT_EQ(table.size(), numbers.size());
}

}  // namespace
}  // namespace headrace
