# Checks that the compiler makes, built only when asked for: `header_checks` and `tidy` (preset `ci`). Both need the headers
# that protoc makes.
function(rollcall_check name tool)
  add_custom_target(${name} COMMAND ${PROJECT_SOURCE_DIR}/tools/${tool} --build ${PROJECT_BINARY_DIR}
                    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR} USES_TERMINAL)
  add_dependencies(${name} rollcall_net_messages rollcall_vision_messages)
endfunction()

rollcall_check(header_checks headers.py)
rollcall_check(tidy tidy.py)
