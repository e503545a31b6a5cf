# By hand means with everything that a compiler can do on this machine.
set_source_files_properties(${CMAKE_SOURCE_DIR}/bench/pipeline/fusion_by_hand.cc PROPERTIES COMPILE_OPTIONS
                            "-O3;-march=native;-mprefer-vector-width=512")
