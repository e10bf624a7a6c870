# Programs over real recordings: one a data set, the data folder is an argument (docs/performance.md, "Detection").
file(GLOB detection_programs CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/detection/*.cpp)
foreach(source IN LISTS detection_programs)
  get_filename_component(name ${source} NAME_WE)
  add_executable(bench_detection_${name} ${source})
  target_link_libraries(bench_detection_${name} PRIVATE outrider_detect)
endforeach()
