// engine/history_rows.h — the history store as rows: its last runs, and what fusion was worth in them.
#pragma once

#include "engine/core.h"

namespace headrace {

Result<Rows> history_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max);
Result<Rows> fusion_report_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max);

}  // namespace headrace
