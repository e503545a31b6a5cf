#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "execute/loop.h"

namespace headrace {

namespace {

constexpr const char* kModuleName = "libheadrace_compile.so";

// Beside the program, beside the shared object that this code is in (a Python module), and in the lib directory of an
// installation.
std::vector<std::string> places() {
  if (const char* named = std::getenv("HEADRACE_COMPILE_MODULE")) return {named};
  std::vector<std::filesystem::path> directories;
  std::error_code ignored;
  directories.push_back(std::filesystem::read_symlink("/proc/self/exe", ignored).parent_path());
  if (Dl_info here; dladdr(reinterpret_cast<void*>(&load_compiler), &here) != 0 && here.dli_fname != nullptr) {
    directories.push_back(std::filesystem::absolute(here.dli_fname, ignored).parent_path());
  }
  std::vector<std::string> found;
  for (const std::filesystem::path& directory : directories) {
    found.push_back((directory / kModuleName).string());
    found.push_back((directory / ".." / "lib" / "headrace" / kModuleName).string());
  }
  return found;
}

Result<Compiler*> open_module() {
  const std::vector<std::string> candidates = places();
  std::string path = candidates.front();
  std::error_code ignored;
  for (const std::string& candidate : candidates) {
    if (!std::filesystem::exists(candidate, ignored)) continue;
    path = candidate;
    break;
  }
  // Never closed: code of loops and LLVM's own threads of control live in it.
  void* module = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* reason = dlerror();
    return Error{ErrorCode::kIo,
                 fmt::format("the compiler module cannot be loaded: {}", reason != nullptr ? reason : "unknown"), path,
                 "set HEADRACE_COMPILE_MODULE to its path; queries run interpreted without it"};
  }
  const auto make = reinterpret_cast<Compiler* (*)()>(dlsym(module, kCompilerEntry));
  if (make == nullptr) {
    return Error{ErrorCode::kIo, fmt::format("the compiler module has no {}", kCompilerEntry), path,
                 "use the module that was built with this program"};
  }
  return make();
}

}  // namespace

Result<Compiler*> load_compiler() {
  static const Result<Compiler*> compiler = open_module();  // one try per process
  return compiler;
}

}  // namespace headrace
