// Goal: a stage gives the same rows whether its columns come flat, with codes or constant, at once or late; and what is decoded late
// is asked for the rows that are left alone.
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "execute/loop_shapes.h"
#include "fuse/parse.h"
#include "plan/declared_tables.h"
#include "runtime/stage_runner.h"
#include "runtime/test_context.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

// `cut`: "register" or "staged", behind the first filter. With a second filter or without it.
Program filter_program(const char* cut, bool filters_numbers) {
  const char* second = R"(  compute v5 "gt" bool ? = gt_I64_I64(v1, 3::int64)
  cut register fused
  filter v5
  cut staged fused
)";
  DeclaredTables tables;
  auto program = parse_program(fmt::format(R"(program result 0
sink 0 collect ordered
  inputs 1 in ("s" utf8 ?, "n" int64 ?) out ("s" utf8 ?, "n" int64 ?)
stage 0 to sink 0 input 0
  source stream
  value v0 "s" utf8 ?
  value v1 "n" int64 ?
  compute v2 "lt" bool ? = lt_STR_STR(v0, 'f')
  cut register fused
  compute v3 "is_null" bool = is_null_STR(v0)
  cut register fused
  compute v4 "or" bool ? = or_b_b(v2, v3)
  cut register fused
  filter v4
  cut {} fused
  decode v1
  cut register fused
{}  output (v0, v1)
)",
                                           cut, filters_numbers ? second : ""),
                               tables);
  if (!program.ok()) ADD_FAILURE() << to_text(program.error());
  CHECK(program.ok());
  return std::move(program.value());
}

struct Rows {
  std::vector<std::optional<std::string>> texts;
  std::vector<std::optional<int64_t>> numbers;
};

// A column in one encoding, with an owner that the vector keeps.
template <class T, class Value>
Vector vector_of(Type type, const std::vector<std::optional<Value>>& values, Encoding encoding,
                 const std::vector<bool>& wanted) {
  struct Owned {
    std::vector<std::string> texts;
    std::vector<T> values;
    std::vector<uint32_t> codes;
    std::vector<uint8_t> validity;
  };
  auto owned = std::make_shared<Owned>();
  owned->texts.reserve(values.size());
  std::map<Value, uint32_t> places;
  const auto put = [&](const Value& value) {
    if constexpr (std::is_same_v<T, StringRef>) {
      owned->texts.push_back(value);
      owned->values.push_back(StringRef(std::string_view(owned->texts.back())));
    } else {
      owned->values.push_back(value);
    }
  };
  for (size_t row = 0; row < values.size(); ++row) {
    owned->validity.push_back(values[row].has_value() ? 1 : 0);
    const Value value = values[row].has_value() && wanted[row] ? *values[row] : Value{};
    if (encoding == Encoding::kFlat) {
      put(value);
      continue;
    }
    const auto [place, fresh] = places.emplace(value, static_cast<uint32_t>(places.size()));
    if (fresh) put(value);
    owned->codes.push_back(place->second);
  }
  return {.type = type,
          .encoding = encoding,
          .data = owned->values.data(),
          .validity = owned->validity.data(),
          .codes = encoding == Encoding::kDictionary ? owned->codes.data() : nullptr,
          .dictionary_rows = encoding == Encoding::kDictionary ? static_cast<uint32_t>(owned->values.size()) : 0,
          .owner = owned};
}

// Gives the numbers late, for the wanted rows alone.
class LateReader final : public MorselReader {
 public:
  LateReader(const Rows& rows, Encoding encoding) : rows_(rows), encoding_(encoding) {}
  uint64_t morsel() const override { return 0; }
  Result<bool> next(uint32_t, Batch&) override { return false; }
  Result<Vector> decode_column(uint32_t column, const uint16_t* selection, uint32_t selected) override {
    EXPECT_EQ(column, 1u);
    std::vector<bool> wanted(rows_.numbers.size(), selection == nullptr);
    for (uint32_t i = 0; selection != nullptr && i < selected; ++i) wanted[selection[i]] = true;
    asked_ += static_cast<uint32_t>(std::count(wanted.begin(), wanted.end(), true));
    return vector_of<int64_t>(kInt64, rows_.numbers, encoding_, wanted);
  }
  uint32_t asked() const { return asked_; }

 private:
  const Rows& rows_;
  const Encoding encoding_;
  uint32_t asked_ = 0;
};

std::string text_of(const std::optional<std::string>& text, const std::optional<int64_t>& number) {
  return fmt::format("{} {}", text.value_or("NULL"), number.has_value() ? std::to_string(*number) : "NULL");
}

TEST(StageEntries, EveryEncodingGivesTheSameRows) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 120; ++round) {
    const bool filters_numbers = round % 8 < 4;
    const Program program = filter_program(round % 2 == 0 ? "staged" : "register", filters_numbers);
    ASSERT_TRUE(verify(program).ok()) << verify(program).error().message;
    const Stage& stage = program.stages[0];
    std::vector<StageLoop> loops;
    for (LoopShape& shape : loop_shapes(stage, false)) loops.push_back({std::move(shape), nullptr});
    TestContext test(64 << 20, 1);
    StageCounters counters;
    const std::vector<const JoinTable*> tables(program.sinks.size(), nullptr);
    const Encoding texts = round % 3 == 0 ? Encoding::kFlat : Encoding::kDictionary;
    const Encoding numbers = round % 5 < 2 ? Encoding::kFlat : Encoding::kDictionary;
    StageRunner runner(stage, loops, tables, round % 4 == 0 ? RowsGo::kOut : RowsGo::kIn, test.context, counters);
    for (uint64_t sequence = 0; sequence < 4; ++sequence) {
      Rows rows;
      std::vector<std::string> expected;
      uint32_t passing = 0;
      for (int row = 0; row < 700; ++row) {
        const bool null_text = round % 7 != 0 && random() % 5 == 0;
        rows.texts.push_back(
            null_text ? std::nullopt
                      : std::optional(std::string(1 + random() % 20, static_cast<char>('a' + random() % 12))));
        rows.numbers.push_back(random() % 6 == 0 ? std::nullopt : std::optional<int64_t>(random() % 8));
        const bool passes = null_text || *rows.texts.back() < "f";
        passing += passes ? 1 : 0;
        if (passes && (!filters_numbers || rows.numbers.back().value_or(0) > 3))
          expected.push_back(text_of(rows.texts.back(), rows.numbers.back()));
      }
      LateReader reader(rows, numbers);
      Batch batch{.rows = 700, .columns = {}, .morsel = 0, .sequence = sequence};
      batch.columns = {vector_of<StringRef>(kUtf8, rows.texts, texts, std::vector<bool>(700, true)), Vector{}};
      std::vector<std::string> found;
      WorkerStates states;
      const auto fault = runner.run(
          batch, &reader,
          [&](const Batch& out) -> Status {
            for (uint32_t row = 0; row < out.rows; ++row) {
              const Value text = value_at(out.columns[0], row), number = value_at(out.columns[1], row);
              found.push_back(text_of(text.is_null() ? std::nullopt : std::optional(std::get<std::string>(text.data)),
                                      number.is_null() ? std::nullopt : std::optional(std::get<int64_t>(number.data))));
            }
            return kDone;
          },
          states);
      ASSERT_TRUE(fault.ok());
      EXPECT_EQ(found, expected) << "round " << round;
      // The interpreter filters before it decodes, whatever the cut.
      EXPECT_EQ(reader.asked(), passing) << "round " << round;
    }
  }
}

}  // namespace
}  // namespace headrace
