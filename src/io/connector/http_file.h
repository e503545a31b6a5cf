// io/connector/http_file.h — files of web servers, read by ranges of their bytes.
#pragma once

#include <memory>

#include "io/connector/connectors.h"

namespace headrace {

// One request tells the size, and brings the end of the file, where footers are: all of a small file. A read is one more, or none where its
// bytes are here; what came up to a broken connection is not asked for again. A request that fails in a way that may pass (connection lost,
// status 408, 429, 500, 502, 503, 504) is repeated `http_retries` times, with growing pauses.
//   version  the server's ETag, else Last-Modified; a file that has another one at a later read is an error
//   memory   the end, at most kHttpTailBytes, of a few files that were opened last; a server that knows no ranges gives all of a
//            file, which is kept when it is at most kHttpWholeBytesMax
//   errors   kIo: status, connection, changed meanwhile, or an answer that is not to the question. kUnsupported: no ranges. kLimit
std::unique_ptr<Connector> make_http_connector(World& world, MemoryBudget& budget, const Settings& settings);

}  // namespace headrace
