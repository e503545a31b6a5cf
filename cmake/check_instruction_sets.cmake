# cmake -DNM=… -DLIBRARY=… -P: fails unless loops_v3.o and loops_v4.o in LIBRARY define one symbol for others each, their
# level (cmake/compiler.cmake: headrace_instruction_sets). Anything more could be merged into code for older processors.
execute_process(COMMAND ${NM} --defined-only --extern-only --demangle ${LIBRARY}
                OUTPUT_VARIABLE listing COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE "\n" ";" lines "${listing}")
set(member "")
foreach(line ${lines})
  if(line MATCHES "^(.*)\\.o:$")
    set(member ${CMAKE_MATCH_1})
  elseif(member MATCHES "^loops_v[34]$" AND line MATCHES "^[0-9a-f]+ (.) (.*)$")
    list(APPEND ${member}_symbols "${CMAKE_MATCH_1} ${CMAKE_MATCH_2}")
  endif()
endforeach()
foreach(level 3 4)
  if(NOT "${loops_v${level}_symbols}" MATCHES "^[RD] headrace::kLoopLevelV${level}$")
    message(FATAL_ERROR "loops_v${level}.o in ${LIBRARY} must define headrace::kLoopLevelV${level} and nothing else that other objects "
                        "see, found: ${loops_v${level}_symbols}")
  endif()
endforeach()
