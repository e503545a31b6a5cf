// engine/history_rows.h — the history store's last runs as rows, for `headrace history`.
#pragma once

#include "engine/core.h"

namespace headrace {

Result<Rows> history_rows(const std::shared_ptr<EngineCore>& engine, uint32_t runs_max);

}  // namespace headrace
