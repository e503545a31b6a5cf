// app/slt/md5.h — MD5 (RFC 1321), by which sqllogictest files name long answers. Not for secrets.
#pragma once

#include <string>
#include <string_view>

namespace headrace::slt {

std::string md5(std::string_view text);  // 32 lower-case hex digits

}  // namespace headrace::slt
