# reference_run: SQL on stdin, the reference's answer as CSV on stdout; for test/integration/reference_test.py.
add_executable(reference_run ${CMAKE_SOURCE_DIR}/test/reference_run/main.cc)
target_compile_options(reference_run PRIVATE ${HEADRACE_WARNINGS})
target_link_libraries(reference_run PRIVATE headrace_reference)
headrace_host(reference_run)
