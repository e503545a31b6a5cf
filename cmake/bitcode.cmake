# Kernels as LLVM bitcode: the meaning that compiled loops inline. Flags beside the semantic ones leave code scalar, so that
# LLVM vectorises the loop around it (docs/design/compile.md).

# headrace_kernel_bitcode(TARGET SOURCE): SOURCE, part of TARGET, embeds the bitcode of src/kernel/bitcode.cc by .incbin from
# HEADRACE_KERNEL_BITCODE.
function(headrace_kernel_bitcode target source)
  set(bitcode ${CMAKE_BINARY_DIR}/kernels.bc)
  set(input ${CMAKE_SOURCE_DIR}/src/kernel/bitcode.cc)
  set(flags -std=c++20 -O2 ${HEADRACE_SEMANTIC_FLAGS} -DHEADRACE_BITCODE=1 -DNDEBUG -I${CMAKE_SOURCE_DIR}/src -I${CMAKE_SOURCE_DIR}/include
      -fPIC -fno-exceptions -fno-rtti -fno-vectorize -fno-slp-vectorize -fno-unroll-loops -fno-ident -fno-asynchronous-unwind-tables
      -fno-stack-protector -ffile-prefix-map=${CMAKE_SOURCE_DIR}/= -Wall -Wextra -Werror)
  if(CMAKE_SYSTEM_PROCESSOR STREQUAL "x86_64")
    list(APPEND flags -march=x86-64-v3)
  endif()
  add_custom_command(
    OUTPUT ${bitcode}
    COMMAND ${CMAKE_CXX_COMPILER} ${flags} -emit-llvm -MD -MF ${bitcode}.d -c ${input} -o ${bitcode}
    DEPENDS ${input}
    DEPFILE ${bitcode}.d
    COMMENT "Compiling kernels to bitcode"
    VERBATIM)
  set_source_files_properties(${source} PROPERTIES
    OBJECT_DEPENDS ${bitcode}
    COMPILE_DEFINITIONS HEADRACE_KERNEL_BITCODE="${bitcode}")
  target_sources(${target} PRIVATE ${bitcode})
endfunction()
