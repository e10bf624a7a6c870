add_executable(bench_detect ${CMAKE_CURRENT_LIST_DIR}/detect/main.cpp)
target_link_libraries(bench_detect PRIVATE outrider_detect)
