# outrider_process_tests(<label> <timeout>): each *_test.py of the current folder drives real processes.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(outrider_process_tests label timeout)
  file(GLOB scripts CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*_test.py)
  foreach(script IN LISTS scripts)
    get_filename_component(name ${script} NAME_WE)
    string(REGEX REPLACE "_test$" "" name ${name})
    add_test(NAME ${label}.${name} COMMAND Python3::Interpreter ${script} --verbose)
    set_tests_properties(${label}.${name} PROPERTIES LABELS ${label} TIMEOUT ${timeout}
      ENVIRONMENT "TEST_BUILD=${CMAKE_BINARY_DIR};TEST_SOURCE=${CMAKE_SOURCE_DIR};PYTHONPATH=${CMAKE_SOURCE_DIR}/test/harness;PYTHONDONTWRITEBYTECODE=1")
  endforeach()
endfunction()
