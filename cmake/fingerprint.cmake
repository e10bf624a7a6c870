# outrider_fingerprint(<library> <variable> FILES <files, relative to the current directory...>)
#
# Makes the header "<room>/<variable>.h" with `outrider::embedded::<variable>`: a digest of these sources, so that what
# was written by other code can be told from what this code wrote.
function(outrider_fingerprint lib variable)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  list(SORT ARG_FILES)
  list(TRANSFORM ARG_FILES PREPEND ${CMAKE_CURRENT_SOURCE_DIR}/ OUTPUT_VARIABLE sources)
  string(REPLACE ";" "|" packed "${ARG_FILES}")
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${variable}.h)
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DVARIABLE=${variable} -DROOT=${CMAKE_CURRENT_SOURCE_DIR} "-DFILES=${packed}" -P ${CMAKE_SOURCE_DIR}/cmake/fingerprint_script.cmake
    DEPENDS ${sources} ${CMAKE_SOURCE_DIR}/cmake/fingerprint_script.cmake VERBATIM)
  target_sources(${lib} PRIVATE ${out})
  target_include_directories(${lib} PRIVATE ${CMAKE_BINARY_DIR}/src)
endfunction()
