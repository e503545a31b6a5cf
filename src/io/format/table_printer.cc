#include "io/format/table_printer.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/format/text_rows.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

// Code points, which is what a terminal shows of Latin, Greek and Cyrillic text; wide characters come out too narrow.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// One line, without what would move the cursor, at most `width_max` characters.
std::string fitted(std::string_view text, size_t width_max) {
  std::string line;
  size_t width = 0;
  for (const char c : text) {
    const bool begins = (c & 0xC0) != 0x80;
    if (begins && width == width_max) {
      while ((line.back() & 0xC0) == 0x80) line.pop_back();
      line.pop_back();
      return line + "…";
    }
    width += begins ? 1 : 0;
    if (c == '\n')
      line += "⏎";
    else
      line += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return line;
}

void append_cell(std::string& out, const std::string& text, size_t width, bool right, bool last) {
  const std::string padding(width - std::min(width, width_of(text)), ' ');
  if (right) out += padding;
  out += text;
  if (!right && !last) out += padding;
  out += last ? "\n" : "  ";
}

}  // namespace

TablePrinter::Row TablePrinter::text_of(const Batch& batch, uint32_t row) const {
  Row cells;
  for (const Vector& vector : batch.columns) {
    std::string text;
    if (!vector.is_valid(row))
      text = "NULL";
    else if (vector.type.id == TypeId::kUtf8)
      text = fitted(vector.as<StringRef>()[vector.index_of(row)].view(), style_.text_width_max);
    else
      append_display(vector, row, text);
    cells.push_back(std::move(text));
  }
  return cells;
}

Status TablePrinter::write(const Batch& batch) {
  const uint64_t tail_max = style_.rows_max / 2, head_max = style_.rows_max - tail_max;
  uint32_t row = 0;
  // Of a long batch only what can still be seen becomes text: its end, and what fills the head.
  for (; row < batch.rows && head_.size() < head_max; ++row) head_.push_back(text_of(batch, row));
  if (batch.rows - row > tail_max) row = batch.rows - static_cast<uint32_t>(tail_max);
  for (; row < batch.rows; ++row) {
    tail_.push_back(text_of(batch, row));
    if (tail_.size() > tail_max) tail_.pop_front();
  }
  rows_ += batch.rows;
  return kDone;
}

std::string TablePrinter::print() const {
  const size_t columns = schema_.size();
  const bool elided = rows_ > head_.size() + tail_.size();
  std::vector<size_t> widths(columns);
  for (size_t column = 0; column < columns; ++column) {
    widths[column] = std::max(width_of(schema_[column].name), width_of(to_text(schema_[column].type)));
    for (const Row& row : head_) widths[column] = std::max(widths[column], width_of(row[column]));
    for (const Row& row : tail_) widths[column] = std::max(widths[column], width_of(row[column]));
  }
  std::string out;
  const auto line = [&](auto&& cell) {
    for (size_t column = 0; column < columns; ++column)
      append_cell(out, cell(column), widths[column], is_numeric(schema_[column].type), column + 1 == columns);
  };
  line([&](size_t column) { return schema_[column].name; });
  line([&](size_t column) { return to_text(schema_[column].type); });
  line([&](size_t column) { return std::string(widths[column], '-'); });
  for (const Row& row : head_) line([&](size_t column) { return row[column]; });
  if (elided) line([&](size_t) { return std::string("…"); });
  for (const Row& row : tail_) line([&](size_t column) { return row[column]; });
  out += elided ? fmt::format("({} rows, {} shown)\n", rows_, head_.size() + tail_.size())
                : fmt::format("({} row{})\n", rows_, rows_ == 1 ? "" : "s");
  return out;
}

Status TablePrinter::finish() { return output_(print()); }

}  // namespace headrace
