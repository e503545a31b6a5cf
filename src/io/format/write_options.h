// io/format/write_options.h — values of options of COPY … TO, and who takes them: the output as a whole, or its format.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/plan.h"

namespace headrace {

// ['a', 'b'], [a, b], or one name alone.
std::vector<std::string> parse_option_names(std::string_view value);
// "512MB", "64 MiB", "1048576": bytes. Decimal units count as powers of 1000, binary ones of 1024.
std::optional<uint64_t> parse_option_bytes(std::string_view value);
std::optional<uint64_t> parse_option_count(std::string_view value);  // from 1

// kInvalidPlan: what the option expects and what was found.
Error bad_write_option(std::string_view format, std::string_view name, std::string_view expected,
                       std::string_view found);
// Where `name` stands in the schema, in any case; kInvalidPlan with the nearest name.
Result<size_t> find_option_column(std::string_view option, const std::string& name, const Schema& schema);

}  // namespace headrace
