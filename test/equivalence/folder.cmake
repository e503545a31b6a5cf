# The Parquet files that the cases read, made by test/data/make.py at build time.
if(BUILD_TESTING)
  set(stamp ${CMAKE_BINARY_DIR}/test_data/stamp)
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${HEADRACE_PYTHON} ${CMAKE_SOURCE_DIR}/test/data/make.py ${CMAKE_BINARY_DIR}/test_data
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${CMAKE_SOURCE_DIR}/test/data/make.py
    COMMENT "Writing the Parquet files of test/equivalence")
  add_custom_target(test_data ALL DEPENDS ${stamp})
  if(TARGET test_equivalence)
    add_dependencies(test_equivalence test_data)
  endif()
endif()
