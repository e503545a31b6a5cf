#include "io/decompressed_file.h"

#include <arrow/util/compression.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <lzma.h>

#include "base/fake_world.h"
#include "io/format/csv_source.h"
#include "io/test_tables.h"
#include "io/zstd_frame.h"

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
  MemoryBudget budget;
  std::shared_ptr<ReadableFile> file;
  Opened(const std::string& bytes, const std::string& compression, uint64_t bytes_max = uint64_t{1} << 30)
      : budget(bytes_max) {
    world.put("x", bytes);
    auto stored = world.open("x");
    file = decompressed_file(std::move(stored.value()), "x", compression, budget);
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

std::string xz_compressed(const std::string& text, uint32_t dictionary_bytes) {
  lzma_options_lzma options;
  EXPECT_FALSE(lzma_lzma_preset(&options, 0));
  options.dict_size = dictionary_bytes;
  const lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  std::string to(text.size() + 1'000, '\0');
  size_t used = 0;
  EXPECT_EQ(lzma_stream_buffer_encode(const_cast<lzma_filter*>(filters), LZMA_CHECK_CRC32, nullptr,
                                      reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                                      reinterpret_cast<uint8_t*>(to.data()), &used, to.size()),
            LZMA_OK);
  to.resize(used);
  return to;
}

// As the frame of a stream whose length nobody knew has it: a window of 64 MiB, and one block of the bytes themselves.
std::string zstd_frame(const std::string& text, int window_power = 26) {
  const auto size = static_cast<uint32_t>(text.size());
  const uint32_t header = size << 3 | 1;
  std::string frame = "\x28\xB5\x2F\xFD";
  frame += '\0';
  frame += static_cast<char>((window_power - 10) << 3);
  for (const uint32_t shift : {0, 8, 16}) frame += static_cast<char>(header >> shift & 0xFF);
  return frame + text;
}

TEST(DecompressedFile, WhatAStreamRemembersIsReserved) {
  const uint64_t window = uint64_t{64} << 20;
  const std::string small = compressed("first", arrow::Compression::ZSTD);
  const struct {
    const char* compression;
    std::string bytes;
    std::string text;
  } cases[] = {{"zstd", zstd_frame("some"), "some"},
               {"zstd", small + zstd_frame("some"), "firstsome"},
               {"xz", xz_compressed("some", window), "some"},
               {"xz", xz_compressed("first", 4'096) + xz_compressed("some", window), "firstsome"}};
  for (const auto& [compression, bytes, text] : cases) {
    Opened opened(bytes, compression);
    EXPECT_EQ(opened.read(0, 100), text) << compression;
    EXPECT_GE(opened.budget.bytes_used(), window) << compression;
    EXPECT_LT(opened.budget.bytes_used(), window + (uint64_t{2} << 20)) << compression;
    EXPECT_EQ(opened.read(0, 100), text) << compression << " again";
    EXPECT_LT(opened.budget.bytes_used(), window + (uint64_t{2} << 20)) << compression;
    Opened limited(bytes, compression, window);
    std::string to(100, '?');
    const auto got = limited.file->read_at(0, to);
    EXPECT_EQ(got.ok() ? ErrorCode::kBadInput : got.error().code, ErrorCode::kLimit) << compression;
    opened.file.reset();
    EXPECT_EQ(opened.budget.bytes_used(), 0u) << compression;
  }
  Opened larger(xz_compressed("some", uint32_t{256} << 20), "xz"), zstd(zstd_frame("some", 40), "zstd");
  EXPECT_NE(larger.read(0, 100).find("its dictionary is larger than 128 MiB"), std::string::npos);
  EXPECT_NE(zstd.read(0, 100).find("cannot be read as zstd"), std::string::npos) << zstd.read(0, 100);
  EXPECT_LT(zstd.budget.bytes_used(), uint64_t{1} << 20);
}

TEST(ZstdFrame, SaysItsWindow) {
  const std::string magic = "\x28\xB5\x2F\xFD";
  const struct {
    std::string header;
    std::optional<uint64_t> window;
  } cases[] = {{std::string("\x00\x00", 2), 1'024},
               {std::string("\x00\x0F", 2), 2'048 + 7 * 256},
               {std::string("\x20\x05", 2), 5},
               {std::string("\x60\x01\x00", 3), 257},
               {std::string("\x23\x01\x02\x03\x04\x09", 6), 9},
               {std::string("\x80\x58\x10\x00\x00\x00", 6), 16},
               {std::string("\xE0\x00\x00\x00\x00\x01\x00\x00\x00", 9), uint64_t{1} << 32}};
  for (const auto& [header, window] : cases) {
    EXPECT_EQ(zstd_window_bytes(magic + header + "rest"), window);
    EXPECT_LE((magic + header).size(), kZstdHeaderBytesMax);
    for (size_t bytes = 0; bytes < header.size(); ++bytes)
      EXPECT_EQ(zstd_window_bytes(magic + header.substr(0, bytes)), std::nullopt);
  }
  EXPECT_EQ(zstd_window_bytes("\x50\x2A\x4D\x18 a frame to be skipped"), std::nullopt);
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
