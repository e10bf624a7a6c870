add_executable(bench_revocation ${CMAKE_CURRENT_LIST_DIR}/revocation.cpp)
target_link_libraries(bench_revocation PRIVATE outrider_server)
