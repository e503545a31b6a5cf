#include "io/format/text_entries.h"

#include <algorithm>
#include <array>

namespace headrace {
namespace {

constexpr uint64_t kSlotsMin = 2'048;
constexpr uint64_t kSlotsPerEntry = 8;  // so that most texts lie where they are looked for first
constexpr uint64_t kStepsMax = 64;  // to a place for a text: more only happen to texts that someone made for it
constexpr uint32_t kTextsMin = 256;
// A column is given up when more than a share of its first rows are new texts.
struct Look {
  uint64_t rows, new_of_16;
};
constexpr Look kLooks[] = {{1'024, 14}, {8'192, 8}, {32'768, 2}};

using Head = TextEntries::Head;
constexpr uint32_t kHeadBytes = TextEntries::kHeadBytes;

// Of so many bytes of a word.
constexpr uint64_t mask_of(uint32_t bytes) { return bytes >= 8 ? ~uint64_t{0} : (uint64_t{1} << (8 * bytes)) - 1; }
struct HeadMask {
  uint64_t words[3];
};
// By size: which bytes of a head are the text's.
constexpr auto kHeadMasks = [] {
  std::array<HeadMask, kHeadBytes + 1> masks{};
  for (uint32_t size = 0; size <= kHeadBytes; ++size)
    masks[size] = {{mask_of(size), mask_of(size < 8 ? 0 : size - 8), mask_of(size < 16 ? 0 : size - 16)}};
  return masks;
}();

inline uint64_t fold(uint64_t a, uint64_t b) {
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15ULL, kSecond = 0xd6e8feb86659fd93ULL;
  const auto product = static_cast<unsigned __int128>(a ^ kFirst) * (b ^ kSecond);
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

inline Head head_of(const char* raw, uint32_t size) {
  Head head;
  std::memcpy(head.words, raw, kHeadBytes);
  const HeadMask& mask = kHeadMasks[std::min(size, kHeadBytes)];
  for (uint32_t word = 0; word < 3; ++word) head.words[word] &= mask.words[word];
  head.size = size;
  return head;
}
inline uint64_t hash_of(const Head& head) {
  constexpr uint64_t kThird = 0xa0761d6478bd642fULL;
  return fold(head.words[0] ^ head.size, head.words[1] ^ head.words[2] * kThird);
}
// Of all of a text, when it is longer than its head.
uint64_t longer_hash(const char* raw, uint64_t size, uint64_t hash) {
  uint64_t words[2];
  for (uint64_t at = kHeadBytes; at + 16 < size; at += 16) {
    std::memcpy(words, raw + at, 16);
    hash = fold(words[0] ^ hash, words[1]);
  }
  std::memcpy(words, raw + size - 16, 16);
  return fold(words[0] ^ hash, words[1]);
}

}  // namespace

TextEntries::TextEntries(MemoryBudget& budget)
    : reservation_(budget, "text entries"),
      kept_(std::make_shared<Kept>(budget)),
      heads_(reservation_),
      raws_(reservation_),
      kinds_(reservation_),
      slots_(reservation_) {
  is_useful_ = grow_slots();
}

TextEntries::Key TextEntries::key_of(const char* raw, uint32_t size) {
  const Head head = head_of(raw, size);
  const uint64_t hash = hash_of(head);
  return {head, size <= kHeadBytes ? hash : longer_hash(raw, size, hash), raw};
}

// Three passes, each of which does one thing for all.
uint32_t TextEntries::find_all(const char* text, const uint32_t* begins, const uint32_t* sizes, uint32_t count,
                               uint32_t* codes) const {
  Head heads[kFindMax];
  uint64_t hashes[kFindMax];
  uint32_t longest = 0;
  for (uint32_t i = 0; i < count; ++i) {
    heads[i] = head_of(text + begins[i], sizes[i]);
    hashes[i] = hash_of(heads[i]);
    longest = std::max(longest, sizes[i]);
  }
  if (longest > kHeadBytes)
    for (uint32_t i = 0; i < count; ++i)
      if (sizes[i] > kHeadBytes) hashes[i] = longer_hash(text + begins[i], sizes[i], hashes[i]);
  const uint64_t mask = slots_.size() - 1;
  const uint16_t* const slots = slots_.begin();
  const Head* const known = heads_.begin();
  uint32_t unknown = 0;
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t code = slots[hashes[i] & mask];
    if (code == kEmpty || heads[i].size > kHeadBytes || !same(known[code], heads[i])) {
      code = find({heads[i], hashes[i], text + begins[i]});
      unknown += code == kNoCode ? 1 : 0;
    }
    codes[i] = code;
  }
  return unknown;
}

bool TextEntries::grow_slots() {
  const uint64_t size = std::max(kSlotsMin, slots_.size() * 2);
  if (!slots_.reserve(size).ok()) return false;
  slots_.resize_down(0);
  for (uint64_t slot = 0; slot < size; ++slot) slots_.push(kEmpty);
  for (uint32_t code = 0; code < heads_.size(); ++code) {
    uint64_t slot = key_of(raws_[code].data, static_cast<uint32_t>(heads_[code].size)).hash & (size - 1);
    while (slots_[slot] != kEmpty) slot = (slot + 1) & (size - 1);
    slots_[slot] = static_cast<uint16_t>(code);
  }
  return true;
}

// For one entry more.
bool TextEntries::make_room() {
  const uint32_t count = size();
  if (count == kEntriesMax || !heads_.reserve(count + 1).ok() || !raws_.reserve(count + 1).ok() ||
      !kinds_.reserve(count + 1).ok())
    return false;
  if (count < texts_max_) return true;
  const uint32_t room = std::max(kTextsMin, texts_max_ * 2);
  char* const grown = kept_->arena.allocate(room * sizeof(StringRef));
  if (grown == nullptr) return false;
  if (count > 0) std::memcpy(grown, static_cast<const void*>(texts_), count * sizeof(StringRef));
  texts_ = reinterpret_cast<StringRef*>(grown);
  texts_max_ = room;
  return true;
}

uint32_t TextEntries::add(const Key& key, std::string_view text, Kind kind) {
  const uint32_t code = size();
  // Behind the raw bytes lies what may be read of them; behind those a text that is not among them.
  const uint64_t size = key.head.size;
  const bool inside = text.data() >= key.raw && text.data() + text.size() <= key.raw + size;
  const uint64_t text_at = size + kHeadBytes;
  is_useful_ = is_useful_ && make_room();
  char* const raw = is_useful_ ? kept_->arena.allocate(text_at + (inside ? 0 : text.size())) : nullptr;
  is_useful_ = raw != nullptr && (code * kSlotsPerEntry < slots_.size() || grow_slots());
  if (!is_useful_) return kNoCode;
  std::memcpy(raw, key.raw, size);
  std::memset(raw + size, 0, kHeadBytes);
  if (!inside && !text.empty()) std::memcpy(raw + text_at, text.data(), text.size());
  const char* const kept = inside ? raw + (text.data() - key.raw) : raw + text_at;
  texts_[code] = StringRef(kept, static_cast<uint32_t>(text.size()));
  heads_.push(key.head);
  raws_.push({raw});
  kinds_.push(kind);
  any_special_ |= kind != Kind::kText;
  const uint64_t mask = slots_.size() - 1;
  uint64_t slot = key.hash & mask, steps = 0;
  for (; slots_[slot] != kEmpty; ++steps) slot = (slot + 1) & mask;
  slots_[slot] = static_cast<uint16_t>(code);
  if (steps > kStepsMax) is_useful_ = false;
  return code;
}

void TextEntries::count_rows(uint64_t rows) {
  rows_ += rows;
  for (const Look& look : kLooks)
    if (rows_ >= look.rows && size() > rows_ * look.new_of_16 / 16) is_useful_ = false;
}

Vector TextEntries::entries() const {
  Vector vector;
  vector.type = kUtf8;
  vector.encoding = Encoding::kDictionary;
  vector.data = texts_;
  vector.dictionary_rows = size();
  vector.owner = kept_;
  return vector;
}

}  // namespace headrace
