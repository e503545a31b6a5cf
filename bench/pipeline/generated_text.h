// What the generators of benchmark files share: numbers from a seed, and a file written through one buffer.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace headrace::bench {

// Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t next() {
    uint64_t z = state_ += 0x9E3779B97F4A7C15;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }
  // In [0, end).
  uint64_t below(uint64_t end) { return static_cast<uint64_t>((static_cast<unsigned __int128>(next()) * end) >> 64); }
  bool one_in(uint64_t count) { return below(count) == 0; }
  // In [0, end), the small ones far more often: the fourth power of a uniform number.
  uint64_t skewed_below(uint64_t end) {
    const double u = static_cast<double>(next() >> 11) * 0x1p-53;
    return static_cast<uint64_t>(u * u * u * u * static_cast<double>(end));
  }

 private:
  uint64_t state_;
};

inline void append_number(std::string& text, uint64_t value) {
  char digits[20];
  size_t at = sizeof digits;
  do digits[--at] = static_cast<char>('0' + value % 10);
  while ((value /= 10) > 0);
  text.append(digits + at, sizeof digits - at);
}

// With leading zeros, `digits` of them at least.
inline void append_padded(std::string& text, uint64_t value, size_t digits) {
  const size_t begin = text.size();
  append_number(text, value);
  const size_t written = text.size() - begin;
  if (written < digits) text.insert(begin, digits - written, '0');
}

// A name that begins with an upper case letter, of two to five syllables; now and then with a letter beyond ASCII.
inline std::string random_name(Random& random) {
  static constexpr std::string_view kConsonants = "bdfgklmnprstvz";
  static constexpr std::string_view kVowels[] = {"a", "e", "i", "o", "u", "ä", "é", "ñu"};
  std::string name;
  for (uint64_t syllables = 2 + random.below(3); syllables > 0; --syllables) {
    name += kConsonants[random.below(kConsonants.size())];
    name += kVowels[random.one_in(12) ? 5 + random.below(3) : random.below(5)];
    if (random.one_in(4)) name += kConsonants[random.below(kConsonants.size())];
  }
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return name;
}

// Writes what is appended to `text` when there is enough of it. A failure ends the program with a message.
class TextFile {
 public:
  explicit TextFile(const char* path) : path_(path), file_(std::fopen(path, "wb")) {
    if (file_ == nullptr) fail();
    text.reserve(kBufferBytes + (64 << 10));
  }
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;
  ~TextFile() {
    write();
    if (std::fclose(file_) != 0) fail();
  }
  void line_done() {
    if (text.size() >= kBufferBytes) write();
  }
  std::string text;

 private:
  static constexpr size_t kBufferBytes = 1 << 20;

  void write() {
    if (std::fwrite(text.data(), 1, text.size(), file_) != text.size()) fail();
    text.clear();
  }
  [[noreturn]] void fail() {
    std::perror(path_);
    std::_Exit(1);
  }
  const char* path_;
  std::FILE* file_;
};

}  // namespace headrace::bench
