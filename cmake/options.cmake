# Build-wide switches and flags. Warnings are errors everywhere; sanitizers come with a preset.
option(OUTRIDER_TESTS "Build the unit tests and the corpus replay of the fuzz targets" ON)
option(OUTRIDER_BENCH "Build the benchmarks" OFF)
option(OUTRIDER_FUZZ "Build the fuzz targets with libFuzzer" OFF)
set(OUTRIDER_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize=<value>")

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(CCACHE ccache)
if(CCACHE)
  # pch_defines,time_macros: ccache needs both to share precompiled headers between builds.
  set(CMAKE_CXX_COMPILER_LAUNCHER
    ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

add_compile_options(
  -Wall -Wextra -Werror -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Woverloaded-virtual
  -Wimplicit-fallthrough -Wno-missing-field-initializers
  -fno-strict-aliasing -fstack-protector-strong -D_GLIBCXX_ASSERTIONS)
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  # Line tables are enough for stack traces and halve the size of a sanitized build.
  string(REPLACE "-g" "-gline-tables-only" CMAKE_CXX_FLAGS_DEBUG "${CMAKE_CXX_FLAGS_DEBUG}")
else()
  add_compile_options(-D_FORTIFY_SOURCE=2)
endif()
if(OUTRIDER_SANITIZE)
  add_compile_options(-fsanitize=${OUTRIDER_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${OUTRIDER_SANITIZE})
endif()
if(OUTRIDER_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
add_link_options(-fuse-ld=lld-19)
