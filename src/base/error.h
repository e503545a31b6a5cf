// base/error.h — Error, Result and TRY; they are part of the public interface.
#pragma once

#include <headrace/error.h>  // IWYU pragma: export
