# Programs over real recordings: one a data set, the data folder is an argument (docs/performance.md, "Detection").
file(GLOB detection_programs CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/detection/*.cpp)
foreach(source IN LISTS detection_programs)
  get_filename_component(name ${source} NAME_WE)
  add_executable(bench_detection_${name} ${source})
  target_link_libraries(bench_detection_${name} PRIVATE outrider_detect)
endforeach()
# The simulated week reads profiles as the server does, and lives in the simulator's world.
file(GLOB week_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/detection/week/*.cpp)
target_sources(bench_detection_week PRIVATE ${week_sources})
target_link_libraries(bench_detection_week PRIVATE outrider_server outrider_sim)
