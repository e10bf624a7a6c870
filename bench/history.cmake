add_executable(bench_history ${CMAKE_CURRENT_LIST_DIR}/history.cpp)
target_link_libraries(bench_history PRIVATE outrider_fleet)
