// state/exhausted.h — the error of a consumer that met the end of the budget inside a call that only says so.
#pragma once

#include "state/budget.h"

namespace headrace {

// kLimit: names the consumer, what is in use and by whom, and the next step.
Error exhausted(Reservation& reservation, std::string hint = {});

}  // namespace headrace
