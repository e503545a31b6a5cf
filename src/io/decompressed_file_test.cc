#include "io/decompressed_file.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/fake_world.h"
#include "io/format/csv_source.h"
#include "io/test_tables.h"

namespace headrace {
namespace {

std::string compressed(const std::string& text, arrow::Compression::type type) {
  const auto codec = arrow::util::Codec::Create(type).ValueOrDie();
  const auto* from = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int64_t>(text.size());
  std::string to(static_cast<size_t>(codec->MaxCompressedLen(size, from)), '\0');
  const int64_t used =
      codec->Compress(size, from, static_cast<int64_t>(to.size()), reinterpret_cast<uint8_t*>(to.data())).ValueOrDie();
  to.resize(static_cast<size_t>(used));
  return to;
}

std::string numbers(int count) {
  std::string text = "n\n";
  for (int i = 0; i < count; ++i) text += std::to_string(i) + "\n";
  return text;
}

struct Opened {
  FakeWorld world;
  std::shared_ptr<ReadableFile> file;
  Opened(const std::string& bytes, const std::string& compression) {
    world.put("x", bytes);
    auto stored = world.open("x");
    file = decompressed_file(std::move(stored.value()), "x", compression);
  }
  std::string read(uint64_t offset, uint64_t bytes) {
    std::string to(bytes, '?');
    const auto got = file->read_at(offset, to);
    return got.ok() ? to.substr(0, got.value()) : to_text(got.error());
  }
};

TEST(DecompressedFile, ReadsStreamsBehindEachOtherFromAnywhere) {
  const std::string text = numbers(100'000);
  for (const auto& [name, type] : {std::pair{"gzip", arrow::Compression::GZIP}, {"zstd", arrow::Compression::ZSTD}}) {
    Opened opened(compressed(text, type) + compressed("end", type), name);
    const std::string whole = text + "end";
    EXPECT_EQ(opened.read(0, 10), whole.substr(0, 10)) << name;
    EXPECT_EQ(opened.read(300'000, 100'000), whole.substr(300'000, 100'000)) << name;
    EXPECT_EQ(opened.read(5, 100), whole.substr(5, 100)) << name;
    EXPECT_GT(opened.file->size_bytes(), whole.size()) << name;
    EXPECT_EQ(opened.read(0, whole.size() + 1), whole) << name;
    EXPECT_EQ(opened.file->size_bytes(), whole.size()) << name;
    EXPECT_EQ(opened.read(whole.size() + 7, 5), "") << name;
  }
}

TEST(DecompressedFile, DamageIsAnErrorWithThePath) {
  for (const auto& [name, type] : {std::pair{"gzip", arrow::Compression::GZIP}, {"zstd", arrow::Compression::ZSTD}}) {
    const std::string bytes = compressed(numbers(1'000), type);
    for (const std::string& bad : {bytes.substr(0, bytes.size() / 2), "n\n1\n" + bytes, std::string("n\n1\n")}) {
      Opened opened(bad, name);
      EXPECT_NE(opened.read(0, 100'000).find("cannot be read as " + std::string(name)), std::string::npos) << name;
    }
  }
}

TEST(DecompressedFile, NoBeginOfASignatureIsOne) {
  for (const std::string_view whole : {"\x1F\x8B", "\x28\xB5\x2F\xFD", "BZh91AY&SY"}) {
    EXPECT_NE(compression_of_bytes(whole), "");
    for (size_t bytes = 0; bytes < whole.size(); ++bytes) EXPECT_EQ(compression_of_bytes(whole.substr(0, bytes)), "");
  }
}

TEST(DecompressedFile, CsvIsReadByItsEndingOrByTheOption) {
  const auto rows_of = [](const std::string& path, const std::string& bytes, const Options& options) -> std::string {
    FakeWorld world;
    world.put(path, bytes);
    TestQuery query(world);
    const auto table = open_csv(world, query.budget, path, options);
    if (!table.ok()) return to_text(table.error());
    const auto rows =
        read_rows(*table.value(), {all_columns(*table.value()), {}}, query.context, limits::kVectorRowsMax);
    return rows.ok() ? fmt::format("{} rows to {}", rows.value().size(), rows.value().back()) : to_text(rows.error());
  };
  const std::string text = numbers(1'000'000);  // several blocks
  EXPECT_EQ(rows_of("a.csv.gz", compressed(text, arrow::Compression::GZIP), {}), "1000000 rows to 999999");
  EXPECT_EQ(rows_of("a.csv.zst", compressed(text, arrow::Compression::ZSTD), {}), "1000000 rows to 999999");
  EXPECT_EQ(rows_of("a", compressed(text, arrow::Compression::GZIP), {{"compression", "gzip"}}),
            "1000000 rows to 999999");
  EXPECT_EQ(rows_of("a.gz", text, {{"compression", "none"}}), "1000000 rows to 999999");
  EXPECT_NE(rows_of("a.csv", compressed(text, arrow::Compression::GZIP), {}).find("found compressed bytes"),
            std::string::npos);
  EXPECT_NE(rows_of("a.csv", text, {{"compression", "rar"}}).find("expects auto, none, gzip, zstd, bzip2 or xz"),
            std::string::npos);
}

}  // namespace
}  // namespace headrace
