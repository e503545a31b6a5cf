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

# headrace_instruction_sets(FOLDER): src/FOLDER/loops_vN.cc, N = 3 and 4, become part of headrace_FOLDER, compiled for x86-64-vN.
# Only what is reached through a run-time check of the processor may live in such a file. All that it defines but kLoopTableVN
# becomes local: an inline function of a header would otherwise be merged with other objects' copies by the
# linker, which keeps any one of them, and an older processor would meet instructions that it does not know.
# Debug builds do without: they compile slowly, and sanitizers see the same source in loops_v2.cc.
function(headrace_instruction_sets name)
  if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    return()
  endif()
  find_program(HEADRACE_OBJCOPY NAMES llvm-objcopy-22 HINTS /usr/lib/llvm-22/bin REQUIRED)
  find_program(HEADRACE_NM NAMES llvm-nm-22 HINTS /usr/lib/llvm-22/bin REQUIRED)
  target_compile_definitions(headrace_${name} PRIVATE HEADRACE_LOOPS_V3_V4)
  set(objects "")
  foreach(level v3 v4)
    set(compiled headrace_${name}_loops_${level})
    add_library(${compiled} OBJECT ${CMAKE_SOURCE_DIR}/src/${name}/loops_${level}.cc)
    target_compile_options(${compiled} PRIVATE ${HEADRACE_WARNINGS} -march=x86-64-${level} -mprefer-vector-width=256)
    target_include_directories(${compiled} PRIVATE
      $<TARGET_PROPERTY:headrace_${name},INTERFACE_INCLUDE_DIRECTORIES>)
    set(object ${CMAKE_BINARY_DIR}/loops_${level}.o)
    string(TOUPPER ${level} upper)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib -fuse-ld=lld -Wl,--force-group-allocation $<TARGET_OBJECTS:${compiled}> -o ${object}
      COMMAND ${HEADRACE_OBJCOPY} --wildcard --keep-global-symbol=*kLoopTable${upper}E ${object}
      DEPENDS ${compiled} $<TARGET_OBJECTS:${compiled}>
      COMMENT "Hiding all of loops_${level} but its table"
      VERBATIM COMMAND_EXPAND_LISTS)
    list(APPEND objects ${object})
  endforeach()
  target_sources(headrace_${name} PRIVATE ${objects})
  set_source_files_properties(${objects} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  if(BUILD_TESTING)
    headrace_test(instruction_sets 60 ${CMAKE_COMMAND} -DNM=${HEADRACE_NM} -DLIBRARY=$<TARGET_FILE:headrace_${name}>
                  -P ${CMAKE_SOURCE_DIR}/cmake/check_instruction_sets.cmake)
  endif()
endfunction()
