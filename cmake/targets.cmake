# SPDX-License-Identifier: MIT
# One line for each library, process and test.

# latham_library(ringbuf SOURCES a.cpp b.cpp USES system): target latham_ringbuf.
function(latham_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  add_library(latham_${name} STATIC ${ARG_SOURCES})
  list(TRANSFORM ARG_USES PREPEND latham_)
  target_link_libraries(latham_${name} PUBLIC latham_options ${ARG_USES} ${ARG_LINKS})
endfunction()

# latham_stage(decoder SOURCES main.cpp ... USES stage): executable latham-decoder and, for its
# tests, the library latham_decoder with everything but main.cpp.
function(latham_stage name)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LINKS" ${ARGN})
  latham_library(${name} SOURCES ${ARG_SOURCES} USES ${ARG_USES} LINKS ${ARG_LINKS})
  add_executable(latham-${name} main.cpp)
  target_link_libraries(latham-${name} PRIVATE latham_${name})
endfunction()

# latham_test(unit_ringbuf SOURCES ... USES ringbuf [LABELS ...] [LOCK NAME]): a GoogleTest program;
# each test runs under CTest's watchdog, and those of one lock one at a time.
function(latham_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT;LOCK" "SOURCES;USES;LINKS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 60)
  endif()
  add_executable(test_${name} ${ARG_SOURCES})
  list(TRANSFORM ARG_USES PREPEND latham_)
  target_link_libraries(test_${name} PRIVATE latham_options ${ARG_USES} ${ARG_LINKS}
                        latham_test_support)
  set_target_properties(test_${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  gtest_discover_tests(test_${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
                       RESOURCE_LOCK "${ARG_LOCK}" DISCOVERY_TIMEOUT 60)
  # All tests of one label: cmake --build ... --target tests_stress.
  foreach(label ${ARG_LABELS})
    if(NOT TARGET tests_${label})
      add_custom_target(tests_${label})
    endif()
    add_dependencies(tests_${label} test_${name})
  endforeach()
endfunction()

function(latham_summary)
  message(STATUS "Latham ${PROJECT_VERSION}: ${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}, "
                 "${CMAKE_BUILD_TYPE}, libavcodec ${FFMPEG_libavcodec_VERSION}")
  message(STATUS "  tests ${LATHAM_TESTS}, warnings as errors ${LATHAM_WERROR}, "
                 "sanitizers '${LATHAM_SANITIZE}'")
endfunction()
