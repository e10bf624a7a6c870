add_executable(bench_load ${CMAKE_CURRENT_LIST_DIR}/load/main.cpp ${CMAKE_CURRENT_LIST_DIR}/load/session.cpp)
target_link_libraries(bench_load PRIVATE outrider_base OpenSSL::SSL OpenSSL::Crypto)
