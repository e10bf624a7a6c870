add_executable(bench_mqtt_reports ${CMAKE_CURRENT_SOURCE_DIR} / mqtt_reports.cpp)
    target_link_libraries(bench_mqtt_reports PRIVATE outrider_gateway)
