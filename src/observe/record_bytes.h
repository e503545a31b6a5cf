// observe/record_bytes.h — a RunRecord as bytes, which say whether they are whole.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "observe/history_record.h"

namespace headrace {

std::string to_bytes(const RunRecord& run);
// nullopt: they are cut short, damaged, or of a version that is not known.
std::optional<RunRecord> run_from_bytes(std::string_view bytes);

}  // namespace headrace
