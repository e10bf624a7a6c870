add_executable(bench_storm ${CMAKE_CURRENT_LIST_DIR}/storm.cpp)
target_link_libraries(bench_storm PRIVATE outrider_gateway)
