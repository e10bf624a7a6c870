# Everything comes from Debian packages; docs/dependencies.md says why each is here.
find_package(Threads REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CURL 7.88 REQUIRED)
if(OUTRIDER_TESTS)
  find_package(GTest REQUIRED)
endif()
if(OUTRIDER_BENCH)
  find_package(benchmark REQUIRED)
endif()

# SOCI and CLI11 have no CMake files in Debian 12.
find_path(SOCI_INCLUDE soci/soci.h REQUIRED)
find_library(SOCI_CORE soci_core REQUIRED)
find_library(SOCI_SQLITE soci_sqlite3 REQUIRED)
add_library(soci INTERFACE)
target_include_directories(soci SYSTEM INTERFACE ${SOCI_INCLUDE} ${SOCI_INCLUDE}/soci)
target_link_libraries(soci INTERFACE ${SOCI_SQLITE} ${SOCI_CORE} SQLite::SQLite3)
# Only the core of prometheus-cpp: its CMake file would want civetweb and curl for parts we do not use.
find_path(PROMETHEUS_INCLUDE prometheus/registry.h REQUIRED)
find_library(PROMETHEUS_CORE prometheus-cpp-core REQUIRED)
add_library(prometheus INTERFACE)
target_include_directories(prometheus SYSTEM INTERFACE ${PROMETHEUS_INCLUDE})
target_link_libraries(prometheus INTERFACE ${PROMETHEUS_CORE})
find_path(MAXMINDDB_INCLUDE maxminddb.h REQUIRED)
find_library(MAXMINDDB maxminddb REQUIRED)
add_library(maxminddb INTERFACE)
target_include_directories(maxminddb SYSTEM INTERFACE ${MAXMINDDB_INCLUDE})
target_link_libraries(maxminddb INTERFACE ${MAXMINDDB})
find_path(CLI11_INCLUDE CLI/CLI.hpp REQUIRED)
# libqrencode's CMake-free package: a header and a library.
find_path(QRENCODE_INCLUDE qrencode.h REQUIRED)
find_library(QRENCODE qrencode REQUIRED)

add_compile_definitions(
  BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE
  BOOST_ASIO_DISABLE_SERIAL_PORT
  SPDLOG_FMT_EXTERNAL)
