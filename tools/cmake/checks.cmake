# Checks that the compiler makes, built only when asked for: `header_checks` and `tidy` (preset `ci`).

# Every header compiles alone: one source a header that includes it twice, with the folder's own dependencies and no
# precompiled header. Here alone a glob is right: a header in no list must be checked, too.
add_custom_target(header_checks)
get_property(folders GLOBAL PROPERTY rollcall_libraries)
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  set(sources)
  foreach(header IN LISTS headers)
    set(source ${PROJECT_BINARY_DIR}/header_checks/${header}.cpp)
    file(CONFIGURE OUTPUT ${source} CONTENT "#include \"${header}\"\n#include \"${header}\"\n")
    list(APPEND sources ${source})
  endforeach()
  if(sources)
    add_library(header_check_${folder} OBJECT EXCLUDE_FROM_ALL ${sources})
    target_link_libraries(header_check_${folder} PRIVATE $<TARGET_PROPERTY:rollcall_${folder},LINK_LIBRARIES>)
    target_compile_definitions(header_check_${folder}
                               PRIVATE $<TARGET_PROPERTY:rollcall_${folder},COMPILE_DEFINITIONS>)
    set_target_properties(header_check_${folder} PROPERTIES EXPORT_COMPILE_COMMANDS OFF)
    add_dependencies(header_checks header_check_${folder})
  endif()
endforeach()

add_custom_target(tidy COMMAND ${PROJECT_SOURCE_DIR}/tools/tidy.py --build ${PROJECT_BINARY_DIR}
                  WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL)
