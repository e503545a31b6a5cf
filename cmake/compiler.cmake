# How every source file is compiled. Flags that change what arithmetic means are here and nowhere else.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

set(HEADRACE_SANITIZE "" CACHE STRING "address (with undefined behaviour), thread, or empty")
option(HEADRACE_COVERAGE "Count which lines run; tools/coverage reads the counters" OFF)

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
  # The fuzzers need every file's edges counted; so that one build serves them and the tests, all are.
  set(flags -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize=function -fno-sanitize-recover=all)
elseif(HEADRACE_SANITIZE STREQUAL "thread")
  set(flags -fsanitize=thread)
elseif(HEADRACE_SANITIZE)
  message(FATAL_ERROR "HEADRACE_SANITIZE expects address or thread, found ${HEADRACE_SANITIZE}")
endif()
if(HEADRACE_SANITIZE)
  add_compile_options(${flags})
  add_link_options(${flags})
endif()

if(HEADRACE_COVERAGE)
  add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
  add_link_options(-fprofile-instr-generate)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  # Several checkouts of one repository share hits: paths below the source root are made relative, the working directory is not hashed.
  set(CMAKE_CXX_COMPILER_LAUNCHER env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CMAKE_CXX_COMPILER_LAUNCHER})
endif()

# headrace_instruction_sets(FOLDER): src/FOLDER/loops_vN.cc and, for each family of src/FOLDER/list.def, loops_family.cc become part
# of headrace_FOLDER, compiled for x86-64-vN, N = 2, 3 and 4.
# Only what is reached through a run-time check of the processor may live in such a file. All that levels 3 and 4 define but
# kLoopLevelVN becomes local: an inline function of a header would otherwise be merged with other objects' copies by the
# linker, which keeps any one of them, and an older processor would meet instructions that it does not know.
# Debug builds do without levels 3 and 4: they compile slowly, and sanitizers see the same source at level 2.
function(headrace_instruction_sets name)
  headrace_loops_level(${name} v2 v2_objects)
  target_sources(headrace_${name} PRIVATE ${v2_objects})
  if(CMAKE_BUILD_TYPE STREQUAL "Debug" OR NOT CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    return()
  endif()
  find_program(HEADRACE_OBJCOPY NAMES llvm-objcopy-22 HINTS /usr/lib/llvm-22/bin REQUIRED)
  find_program(HEADRACE_NM NAMES llvm-nm-22 HINTS /usr/lib/llvm-22/bin REQUIRED)
  target_compile_definitions(headrace_${name} PRIVATE HEADRACE_LOOPS_V3_V4)
  set(objects "")
  foreach(level v3 v4)
    headrace_loops_level(${name} ${level} compiled -march=x86-64-${level} -mprefer-vector-width=256)
    set(object ${CMAKE_BINARY_DIR}/loops_${level}.o)
    string(TOUPPER ${level} upper)
    add_custom_command(
      OUTPUT ${object}
      COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib -fuse-ld=lld -Wl,--force-group-allocation ${compiled} -o ${object}
      COMMAND ${HEADRACE_OBJCOPY} --wildcard --keep-global-symbol=*kLoopLevel${upper}E ${object}
      DEPENDS ${compiled}
      COMMENT "Hiding all of loops_${level} but its level"
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

# The objects of one instruction set, as generator expressions in OBJECTS; further arguments are flags.
function(headrace_loops_level name level objects)
  file(STRINGS ${CMAKE_SOURCE_DIR}/src/${name}/list.def includes REGEX "^#include \"${name}/list/")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/${name}/list.def)
  list(TRANSFORM includes REPLACE "^#include \"${name}/list/(.*)\\.def\"$" "\\1" OUTPUT_VARIABLE families)
  set(found "")
  foreach(part level ${families})
    set(compiled headrace_${name}_loops_${level}_${part})
    if(part STREQUAL "level")
      add_library(${compiled} OBJECT ${CMAKE_SOURCE_DIR}/src/${name}/loops_${level}.cc)
    else()
      add_library(${compiled} OBJECT ${CMAKE_SOURCE_DIR}/src/${name}/loops_family.cc)
      target_compile_definitions(${compiled} PRIVATE HEADRACE_LOOPS_NAMESPACE=loops_${level} HEADRACE_FAMILY=${part}
                                 HEADRACE_FAMILY_LIST="${name}/list/${part}.def")
    endif()
    target_compile_options(${compiled} PRIVATE ${HEADRACE_WARNINGS} ${ARGN})
    target_include_directories(${compiled} PRIVATE
      $<TARGET_PROPERTY:headrace_${name},INTERFACE_INCLUDE_DIRECTORIES>)
    list(APPEND found $<TARGET_OBJECTS:${compiled}>)
  endforeach()
  set(${objects} ${found} PARENT_SCOPE)
endfunction()
