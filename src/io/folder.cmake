# Its loops must become vectors in release builds; without optimisation none do.
set_source_files_properties(${CMAKE_SOURCE_DIR}/src/io/format/csv_short_numbers.cc PROPERTIES COMPILE_OPTIONS
                            "$<$<NOT:$<CONFIG:Release>>:-Wno-pass-failed>")
