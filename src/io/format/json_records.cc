#include "io/format/json_records.h"

#include <algorithm>

namespace headrace {
namespace {

// Of a byte that a text in quotes does not show as it is.
bool is_escaped(char byte) { return byte == '\\' || byte == '"' || static_cast<unsigned char>(byte) < 0x20; }

}  // namespace

JsonKeys::JsonKeys(const std::vector<std::string>& keys) {
  for (uint32_t column = 0; column < keys.size(); ++column) columns_.emplace(keys[column], column);
}

uint32_t JsonKeys::find(std::string_view key) {
  const std::string name(key);
  if (const auto place = places_.find(name); place != places_.end()) {
    likely_ = place->second + 1;
    return known_[place->second].column;
  }
  const auto found = columns_.find(name);
  const uint32_t column = found == columns_.end() ? kJsonNoColumn : found->second;
  if (known_.size() == kKnownMax) return column;
  Known known{.key = name, .column = column, .written_as_it_is = std::none_of(name.begin(), name.end(), is_escaped)};
  if (name.size() <= sizeof known.words) {
    const char ones[sizeof known.masks] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
    std::memcpy(known.words, name.data(), name.size());
    std::memcpy(known.masks, ones, name.size());
  }
  places_.emplace(name, known_.size());
  known_.push_back(std::move(known));
  likely_ = known_.size();
  return column;
}

bool JsonRecords::take(JsonCursor& cursor, uint32_t column, uint32_t row, bool nulls, JsonRoom& room,
                       JsonBadRecord& bad) {
  JsonColumn& to = columns_[column];
  const bool twice = to.has(row);
  const char* const from = cursor.here();
  if (twice) {
    if (!cursor.skip_value()) return false;
    unfit_json(room, {from, static_cast<size_t>(cursor.here() - from)}, to.shape().type, "found its key twice");
  } else {
    const JsonTaken taken = to.append(cursor, row, room);
    if (taken == JsonTaken::kNoMemory) out_of_memory_ = true;
    if (taken == JsonTaken::kMalformed || taken == JsonTaken::kNoMemory) return false;
    if (taken != JsonTaken::kUnfit) return true;
  }
  if (checked_[column] != 0) {
    ++bad.columns_unfit;
    if (column < bad.column) {
      bad.column = column;
      bad.text = room.unfit.text;
      bad.type = room.unfit.type;
      bad.why = room.unfit.why;
    }
    if (!nulls) return true;
  }
  to.cut(row);
  to.put_null(row);
  return true;
}

// A key and its colon.
bool JsonRecords::take_key(JsonCursor& cursor, JsonRoom& room, uint32_t& column) {
  std::string_view key;
  if (const JsonTaken taken = take_json_text(cursor, room, key); taken != JsonTaken::kValue) {
    out_of_memory_ |= taken == JsonTaken::kNoMemory;
    return false;
  }
  column = keys_.find(key);
  return cursor.expect(':', "':'");
}

// The whole record; false: it is not well-formed, or memory ran out.
bool JsonRecords::walk(JsonCursor& cursor, uint32_t row, bool nulls, JsonRoom& room, JsonBadRecord& bad) {
  if (whole_) {
    if (!(columns_.empty() ? cursor.skip_value() : take(cursor, 0, row, nulls, room, bad))) return false;
    return cursor.at_end() || cursor.fail("nothing behind the record");
  }
  if (cursor.accept_null()) return cursor.at_end() || cursor.fail("nothing behind the record");
  if (!cursor.expect('{', "an object")) return false;
  if (!cursor.accept('}')) {
    keys_.begin();
    do {
      if (cursor.peek() != '"') return cursor.fail("a key in double quotes");
      uint32_t column;
      if (cursor.is_next(':') && keys_.accept(cursor.here() + 1, column)) {
        cursor.advance();
        cursor.advance();
      } else if (!take_key(cursor, room, column)) {
        return false;
      }
      const bool fine = column == kJsonNoColumn ? cursor.skip_value() : take(cursor, column, row, nulls, room, bad);
      if (!fine) return false;
    } while (cursor.accept(','));
    if (!cursor.expect('}', "',' or '}'")) return false;
  }
  return cursor.at_end() || cursor.fail("nothing behind the record");
}

JsonRecord JsonRecords::read(JsonRecordText& record, uint32_t row, bool nulls, JsonRoom& room, JsonBadRecord& bad) {
  bad.flaw = record.flaw;
  bad.column = kJsonNoColumn;
  bad.columns_unfit = 0;
  if (bad.flaw.expected == nullptr) {
    const bool fine = walk(record.cursor, row, nulls, room, bad);
    if (fine && bad.column == kJsonNoColumn) return JsonRecord::kRow;
    if (out_of_memory_) return JsonRecord::kNoMemory;
    bad.flaw = record.cursor.flaw();
    bad.flaw.at -= record.skipped;
  }
  const bool malformed = bad.flaw.expected != nullptr;
  if (!nulls || malformed)
    for (JsonColumn& column : columns_) column.cut(row);
  return JsonRecord::kBad;
}

}  // namespace headrace
