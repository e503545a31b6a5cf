#include "state/sort_key.h"

#include <gtest/gtest.h>

#include "state/test_rows.h"

namespace headrace {
namespace {

// Negative, zero or positive, by the rules of ORDER BY, ascending, nulls aside.
int order_of(const Value& left, const Value& right) {
  if (const auto* number = std::get_if<double>(&left.data)) {
    const double other = std::get<double>(right.data);
    if (std::isnan(*number) || std::isnan(other)) return std::isnan(*number) - std::isnan(other);
    return (*number > other) - (*number < other);
  }
  return left.data < right.data ? -1 : (right.data < left.data ? 1 : 0);
}

int order_of(const Row& left, const Row& right, const std::vector<SortKeyPart>& parts) {
  for (const SortKeyPart& part : parts) {
    const Value& a = left[part.column];
    const Value& b = right[part.column];
    int order = 0;
    if (a.is_null() || b.is_null()) {
      order = (a.is_null() - b.is_null()) * (part.nulls_first ? -1 : 1);
    } else {
      order = order_of(a, b) * (part.descending ? -1 : 1);
    }
    if (order != 0) return order;
  }
  for (size_t i = 0; i < left.size(); ++i) {
    const auto* a = std::get_if<double>(&left[i].data);
    const auto* b = std::get_if<double>(&right[i].data);
    if (a == nullptr || b == nullptr || *a != 0 || *b != 0) continue;
    if (std::signbit(*a) != std::signbit(*b)) return std::signbit(*a) ? -1 : 1;
  }
  return 0;
}

int sign(int value) { return (value > 0) - (value < 0); }

TEST(SortKey, OrdersAsTheRowsDo) {
  Random random(1);
  for (const Type type : {kBool, kInt32, kInt64, kFloat64, decimal(38, 2), kDate, kTimestamp, kUtf8}) {
    for (int variant = 0; variant < 8; ++variant) {
      const Schema schema = {{"a", type, (variant & 1) != 0}, {"b", kUtf8, true}};
      const std::vector<SortKeyPart> parts = {{0, (variant & 2) != 0, (variant & 4) != 0},
                                              {1, (variant & 4) != 0, false}};
      SortKeyEncoder encoder(schema, parts, /*with_ordinal=*/false);
      const std::vector<Row> rows = random_rows(schema, 60, 20, random);
      encoder.encode(0, make_batch(schema, rows, variant < 4 ? Encoding::kFlat : Encoding::kDictionary));
      for (uint32_t i = 0; i < rows.size(); ++i) {
        for (uint32_t j = 0; j < rows.size(); ++j) {
          const std::string_view left(encoder.key(i), encoder.size(i)), right(encoder.key(j), encoder.size(j));
          ASSERT_EQ(sign(left.compare(right)), sign(order_of(rows[i], rows[j], parts)))
              << row_text(rows[i]) << " against " << row_text(rows[j]) << " variant " << variant;
        }
      }
    }
  }
}

TEST(SortKey, ZerosTieUntilNothingElseDecides) {
  const Schema schema = {{"a", kFloat64, true}, {"b", kInt32, false}, {"c", kFloat64, true}};
  const auto row = [](double a, int32_t b, double c) { return Row{{kFloat64, a}, {kInt32, b}, {kFloat64, c}}; };
  const std::vector<Row> rows = {row(0.0, 1, 0.0), row(-0.0, 2, 0.0), row(0.0, 2, -0.0), row(0.0, 2, 0.0)};
  for (const bool descending : {false, true}) {
    SortKeyEncoder encoder(schema, {{0, descending, false}, {1, false, false}, {2, descending, false}}, false);
    encoder.encode(0, make_batch(schema, rows));
    for (uint32_t i = 0; i + 1 < rows.size(); ++i)
      EXPECT_LT(std::string(encoder.key(i), encoder.size(i)), std::string(encoder.key(i + 1), encoder.size(i + 1)))
          << i;
  }
}

TEST(SortKey, OrdinalBreaksTies) {
  const Schema schema = {{"a", kInt32, false}};
  SortKeyEncoder encoder(schema, {}, /*with_ordinal=*/true);
  Batch batch = make_batch(schema, std::vector<Row>(300, Row{{kInt32, 7}}));
  std::string last;
  for (const uint32_t input : {0u, 1u, 300u}) {
    for (const uint64_t morsel : {0ull, 255ull, 256ull, 1ull << 40}) {
      for (const uint64_t sequence : {0ull, 2'048ull, 65'536ull}) {
        batch.morsel = morsel;
        batch.sequence = sequence;
        encoder.encode(input, batch);
        for (uint32_t row = 0; row < batch.rows; ++row) {
          const std::string key(encoder.key(row), encoder.size(row));
          ASSERT_LT(last, key);
          last = key;
        }
      }
    }
  }
}

}  // namespace
}  // namespace headrace
