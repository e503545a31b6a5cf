#include "io/format/table_printer.h"

#include <algorithm>

#include <fmt/format.h>

#include "io/format/display_width.h"
#include "io/format/text_rows.h"
#include "types/string_ref.h"

namespace headrace {
namespace {

constexpr std::string_view kGap = "  ";
constexpr size_t kCutWidthMin = 16;  // texts are not cut to less: columns are left out instead

void append_cell(std::string& out, const std::string& text, size_t width, bool right, bool last) {
  const std::string padding(width - std::min(width, display_width(text)), ' ');
  if (right) out += padding;
  out += text;
  if (!right && !last) out += padding;
  out += last ? "\n" : kGap;
}

size_t line_width(const std::vector<size_t>& widths) {
  size_t width = (widths.size() - std::min<size_t>(1, widths.size())) * kGap.size();
  for (const size_t one : widths) width += one;
  return width;
}

}  // namespace

TablePrinter::Row TablePrinter::text_of(const Batch& batch, uint32_t row) const {
  Row cells;
  for (const Vector& vector : batch.columns) {
    std::string text;
    if (!vector.is_valid(row))
      text = "NULL";
    else if (vector.type.id == TypeId::kUtf8)
      text = one_line(vector.as<StringRef>()[vector.index_of(row)].view(), style_.text_width_max);
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

std::vector<size_t> TablePrinter::natural_widths() const {
  std::vector<size_t> widths;
  for (size_t column = 0; column < schema_.size(); ++column) {
    const std::string name = one_line(schema_[column].name, style_.text_width_max);
    size_t width = std::max(display_width(name), display_width(to_text(schema_[column].type)));
    for (const Row& row : head_) width = std::max(width, display_width(row[column]));
    for (const Row& row : tail_) width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }
  return widths;
}

TablePrinter::Layout TablePrinter::layout() const {
  Layout layout{{}, natural_widths()};
  std::vector<size_t>& widths = layout.widths;
  const size_t width_max = style_.width_max == 0 ? SIZE_MAX : style_.width_max;
  // The widest columns but numbers, which must not be cut, lose one place at a time.
  while (line_width(widths) > width_max) {
    size_t widest = widths.size();
    for (size_t column = 0; column < widths.size(); ++column)
      if (!is_numeric(schema_[column].type) && widths[column] > kCutWidthMin &&
          (widest == widths.size() || widths[column] > widths[widest]))
        widest = column;
    if (widest == widths.size()) break;
    --widths[widest];
  }
  size_t left = widths.size(), right = 0;  // how many from either side
  if (line_width(widths) > width_max) {
    size_t used = 1;  // the … in the middle
    left = 0;
    while (left + right < widths.size()) {
      const bool from_left = left <= right;
      const size_t next = widths[from_left ? left : widths.size() - 1 - right] + kGap.size();
      if (used + next > width_max && left > 0) break;
      used += next;
      ++(from_left ? left : right);
    }
  }
  for (size_t column = 0; column < left; ++column) layout.columns.emplace_back(column);
  if (left + right < widths.size()) layout.columns.emplace_back(std::nullopt);
  for (size_t column = widths.size() - right; column < widths.size(); ++column) layout.columns.emplace_back(column);
  return layout;
}

std::string TablePrinter::print() const {
  const Layout shown = layout();
  const bool elided = rows_ > head_.size() + tail_.size();
  std::string out;
  const auto line = [&](auto&& cell) {
    for (size_t i = 0; i < shown.columns.size(); ++i) {
      const bool last = i + 1 == shown.columns.size();
      if (!shown.columns[i].has_value()) {
        append_cell(out, "…", 1, false, last);
        continue;
      }
      const size_t column = *shown.columns[i], width = shown.widths[column];
      append_cell(out, one_line(cell(column), std::max<size_t>(width, 1)), width, is_numeric(schema_[column].type),
                  last);
    }
  };
  line([&](size_t column) { return schema_[column].name; });
  line([&](size_t column) { return to_text(schema_[column].type); });
  line([&](size_t column) { return std::string(shown.widths[column], '-'); });
  for (const Row& row : head_) line([&](size_t column) { return row[column]; });
  if (elided) line([&](size_t) { return std::string("…"); });
  for (const Row& row : tail_) line([&](size_t column) { return row[column]; });
  const auto named = [](uint64_t count, const char* what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
  };
  std::string counts = named(rows_, "row");
  if (elided) counts += fmt::format(", {} shown", head_.size() + tail_.size());
  const auto columns = std::ranges::count_if(shown.columns, [](const auto& column) { return column.has_value(); });
  if (static_cast<size_t>(columns) < schema_.size())
    counts += fmt::format("; {}, {} shown", named(schema_.size(), "column"), columns);
  out += fmt::format("({})\n", counts);
  return out;
}

Status TablePrinter::finish() { return output_(print()); }

}  // namespace headrace
