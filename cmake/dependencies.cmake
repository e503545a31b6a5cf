# What comes from outside. Versions are pinned in versions.lock; `./dev build` installs them.

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_package(GTest REQUIRED)
find_package(CURL 7.85 REQUIRED)  # its headers; src/base/curl_http.cc loads the library at the first URL

# SQLite is linked in: loading its shared library would be a millisecond of every start. Its symbols stay inside, so that another copy in the
# process is not ours.
find_path(HEADRACE_SQLITE_INCLUDE sqlite3.h REQUIRED)
find_library(HEADRACE_SQLITE libsqlite3.a REQUIRED)
add_library(sqlite STATIC IMPORTED GLOBAL)
set_target_properties(sqlite PROPERTIES
  IMPORTED_LOCATION ${HEADRACE_SQLITE}
  INTERFACE_INCLUDE_DIRECTORIES ${HEADRACE_SQLITE_INCLUDE}
  INTERFACE_LINK_LIBRARIES m
  INTERFACE_LINK_OPTIONS -Wl,--exclude-libs,libsqlite3.a)

# A second work tree of the same repository uses the dependencies of the first.
if(DEFINED ENV{HEADRACE_DEPS})
  set(HEADRACE_DEPS $ENV{HEADRACE_DEPS})
else()
  set(HEADRACE_DEPS ${CMAKE_SOURCE_DIR}/.deps)
  if(NOT EXISTS ${HEADRACE_DEPS}/venv)
    execute_process(COMMAND git rev-parse --path-format=absolute --git-common-dir WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
                    OUTPUT_VARIABLE git_directory OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    cmake_path(GET git_directory PARENT_PATH first_tree)
    if(first_tree AND EXISTS ${first_tree}/.deps/venv)
      set(HEADRACE_DEPS ${first_tree}/.deps)
    endif()
  endif()
endif()
set(HEADRACE_PYTHON ${HEADRACE_DEPS}/venv/bin/python3)

# Arrow C++ is the one inside the pyarrow wheel: headers and shared libraries, but no CMake package.
file(GLOB HEADRACE_PYARROW ${HEADRACE_DEPS}/venv/lib/python3*/site-packages/pyarrow)
if(NOT HEADRACE_PYARROW)
  message(FATAL_ERROR "No pyarrow in ${HEADRACE_DEPS}/venv: run ./dev build once, or set HEADRACE_DEPS")
endif()

function(headrace_import_arrow name)
  file(GLOB libraries ${HEADRACE_PYARROW}/lib${name}.so.*)
  list(LENGTH libraries count)
  if(NOT count EQUAL 1)
    message(FATAL_ERROR "Expected one lib${name}.so.* in ${HEADRACE_PYARROW}, found ${count}: ${libraries}")
  endif()
  add_library(Arrow::${name} SHARED IMPORTED GLOBAL)
  set_target_properties(Arrow::${name} PROPERTIES
    IMPORTED_LOCATION ${libraries}
    INTERFACE_INCLUDE_DIRECTORIES ${HEADRACE_PYARROW}/include
    INTERFACE_LINK_LIBRARIES "${ARGN}")
endfunction()
headrace_import_arrow(arrow)
headrace_import_arrow(arrow_compute Arrow::arrow)
headrace_import_arrow(parquet Arrow::arrow)
set(CMAKE_BUILD_RPATH ${HEADRACE_PYARROW})
