# How every source file is compiled. Flags that change what arithmetic means are here and nowhere else.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(HEADRACE_SANITIZE "" CACHE STRING "address (with undefined behaviour), thread, or empty")
option(HEADRACE_FUZZ "Build the fuzzers in test/fuzz" OFF)

if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang" OR CMAKE_CXX_COMPILER_VERSION VERSION_LESS 22)
  message(FATAL_ERROR "Headrace is built with clang 22, found ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}; "
                      "use a preset: cmake --preset release")
endif()

# Line tables stay in release builds: profiles name lines, and they cost nothing at run time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g1")
set(CMAKE_C_FLAGS_RELEASE "${CMAKE_CXX_FLAGS_RELEASE}")
set(CMAKE_C_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")

# The same bits on every machine and in every tier: no contraction, no reassociation, no errno paths.
set(HEADRACE_SEMANTIC_FLAGS -ffp-contract=off -fno-math-errno -fno-strict-aliasing)
add_compile_options(${HEADRACE_SEMANTIC_FLAGS})
if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
  add_compile_options(-march=x86-64-v2)
endif()

add_compile_options(-fno-omit-frame-pointer -fdiagnostics-color=always -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
set(HEADRACE_WARNINGS -Wall -Wextra -Werror -Wextra-semi -Wimplicit-fallthrough -Wnon-virtual-dtor
    -Woverloaded-virtual -Wshadow -Wthread-safety -Wvla)

add_link_options(-fuse-ld=lld)

if(HEADRACE_SANITIZE STREQUAL "address")
  # `function` reads bytes in front of the callee, which code compiled at run time does not have.
  set(flags -fsanitize=address,undefined -fno-sanitize=function -fno-sanitize-recover=all)
  if(HEADRACE_FUZZ)
    list(APPEND flags -fsanitize=fuzzer-no-link)
  endif()
elseif(HEADRACE_SANITIZE STREQUAL "thread")
  set(flags -fsanitize=thread)
elseif(HEADRACE_SANITIZE)
  message(FATAL_ERROR "HEADRACE_SANITIZE expects address or thread, found ${HEADRACE_SANITIZE}")
endif()
if(HEADRACE_SANITIZE)
  add_compile_options(${flags})
  add_link_options(${flags})
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Several checkouts of one repository share hits: paths below the source root are made relative, the working directory is not hashed.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

# Compiles PATH_vN.cc for x86-64-vN. Only what is reached through a run-time check of the processor may live in such a file.
function(headrace_instruction_sets)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug")
    add_compile_definitions(HEADRACE_BASELINE_LOOPS_ONLY)  # they compile slowly, and sanitizers see the same source
  elseif(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    foreach(path ${ARGN})
      string(REGEX MATCH "v[0-9]" level ${path})
      set_source_files_properties(${path} PROPERTIES COMPILE_OPTIONS "-march=x86-64-${level};-mprefer-vector-width=256")
    endforeach()
  endif()
endfunction()
