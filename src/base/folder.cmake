set_source_files_properties(${CMAKE_SOURCE_DIR}/src/base/version.cc PROPERTIES
  COMPILE_DEFINITIONS "HEADRACE_VERSION=\"${PROJECT_VERSION}\"")
target_include_directories(headrace_base PRIVATE ${CURL_INCLUDE_DIRS})
