# outrider_embed(<library> <namespace-variable> FILES <files...>)
#
# Compiles files into the library as `extern const std::vector<std::pair<std::string_view, std::string_view>> <var>`
# in namespace outrider::embedded: name (without directory) and content.
function(outrider_embed lib variable)
  cmake_parse_arguments(ARG "" "" "FILES" ${ARGN})
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${variable}.cpp)
  string(REPLACE ";" "|" packed "${ARG_FILES}")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DVARIABLE=${variable} "-DFILES=${packed}" -P ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake
    DEPENDS ${ARG_FILES} ${CMAKE_SOURCE_DIR}/cmake/embed_script.cmake VERBATIM)
  target_sources(${lib} PRIVATE ${out})
endfunction()
