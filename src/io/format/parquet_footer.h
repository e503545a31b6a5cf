// io/format/parquet_footer.h — the footer of a Parquet file, looked at before the library makes objects of it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include <arrow/result.h>
#include <parquet/metadata.h>

#include "base/world.h"

namespace headrace {

// Read in one request, or in two where it is long. Invalid: it is none, or tiny structures of it would become so many objects that no file
// of its size should cost their memory.
arrow::Result<std::shared_ptr<parquet::FileMetaData>> read_parquet_footer(const std::shared_ptr<ReadableFile>& file,
                                                                          arrow::MemoryPool* pool);

// How many structures a value of Thrift's compact protocol has, itself included; what is no such value ends the count.
uint64_t count_thrift_structures(std::span<const uint8_t> bytes);

}  // namespace headrace
