# text/regexp.cc and RE2 become one object that shows only the functions of text/regexp.h: Arrow's libraries carry another RE2 under the
# same names, and the linker would take that. By ___asan_* a build with ASan counts its modules.
find_library(HEADRACE_RE2 NAMES libre2.a REQUIRED)
find_program(HEADRACE_OBJCOPY NAMES llvm-objcopy-22 HINTS /usr/lib/llvm-22/bin REQUIRED)
add_library(headrace_regexp OBJECT ${CMAKE_SOURCE_DIR}/src/kernel/text/regexp.cc)
target_compile_options(headrace_regexp PRIVATE ${HEADRACE_WARNINGS})
target_include_directories(headrace_regexp PRIVATE $<TARGET_PROPERTY:headrace_kernel,INTERFACE_INCLUDE_DIRECTORIES>)
set(object ${CMAKE_BINARY_DIR}/regexp.o)
add_custom_command(
  OUTPUT ${object}
  COMMAND ${CMAKE_CXX_COMPILER} -r -nostdlib -fuse-ld=lld -Wl,--force-group-allocation $<TARGET_OBJECTS:headrace_regexp> ${HEADRACE_RE2} -o ${object}
  COMMAND ${HEADRACE_OBJCOPY} --wildcard --keep-global-symbol=headrace_rt_regexp_* --keep-global-symbol=*regexp_error* --keep-global-symbol=___asan_* ${object}
  DEPENDS headrace_regexp $<TARGET_OBJECTS:headrace_regexp> ${HEADRACE_RE2}
  COMMENT "Hiding RE2 behind kernel/text/regexp.h"
  VERBATIM COMMAND_EXPAND_LISTS)
target_sources(headrace_kernel PRIVATE ${object})
set_source_files_properties(${object} PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
