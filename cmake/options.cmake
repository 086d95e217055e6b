# SPDX-License-Identifier: MIT
# Options, compiler settings and the packages that Latham builds on.
option(LATHAM_TESTS "Build the tests" ${PROJECT_IS_TOP_LEVEL})
option(LATHAM_WERROR "Treat warnings as errors" OFF)
option(LATHAM_FUZZ "Build the fuzzers (needs Clang)" OFF)
set(LATHAM_SANITIZE "" CACHE STRING "Sanitizers for -fsanitize=, empty for none")

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
pkg_check_modules(FFMPEG REQUIRED IMPORTED_TARGET
                  libavcodec libavformat libavutil libswscale)
# Loaded late where they are seldom needed: docs/decisions/0020-late-libraries.md.
pkg_check_modules(AVFILTER REQUIRED IMPORTED_TARGET libavfilter)
pkg_check_modules(AVDEVICE REQUIRED libavdevice)

pkg_check_modules(SECCOMP REQUIRED IMPORTED_TARGET libseccomp)
# Its header alone, which holds the code: system/checksum.h.
pkg_check_modules(XXHASH REQUIRED libxxhash)

# What every target of ours is compiled with.
add_library(latham_options INTERFACE)
target_include_directories(latham_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(latham_options INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -fno-omit-frame-pointer
  $<$<BOOL:${LATHAM_WERROR}>:-Werror>)
if(LATHAM_FUZZ)
  if(NOT CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "LATHAM_FUZZ needs Clang's libFuzzer; use the preset fuzz")
  endif()
  # Everything, so that the fuzzers see which way an input takes.
  target_compile_options(latham_options INTERFACE -fsanitize=fuzzer-no-link,address)
  target_link_options(latham_options INTERFACE -fsanitize=address)
endif()
if(LATHAM_SANITIZE)
  target_compile_options(latham_options INTERFACE -fsanitize=${LATHAM_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(latham_options INTERFACE -fsanitize=${LATHAM_SANITIZE})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC says itself that sanitizers make this warning wrong: here inside std::regex.
    target_compile_options(latham_options INTERFACE -Wno-maybe-uninitialized)
  endif()
  if(LATHAM_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC warns that it does not instrument fences; docs/ring-protocol.md says what that leaves out.
    target_compile_options(latham_options INTERFACE -Wno-tsan)
  endif()
endif()
