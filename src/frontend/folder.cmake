# parse_run: whether texts parse, for test/integration/parse_oracle_test.py.
add_executable(parse_run ${CMAKE_SOURCE_DIR}/test/parse_run/main.cc)
target_compile_options(parse_run PRIVATE ${HEADRACE_WARNINGS})
target_link_libraries(parse_run PRIVATE headrace_frontend)
headrace_host(parse_run)
