add_executable(bench_handshake ${CMAKE_CURRENT_LIST_DIR}/handshake.cpp)
target_link_libraries(bench_handshake PRIVATE outrider_gateway)
