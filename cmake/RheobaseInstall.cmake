# How other projects find the installed runtime: a CMake package and a pkg-config file.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/rheobase)

install(EXPORT rheobaseTargets NAMESPACE rheobase:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/rheobaseConfig.cmake.in
  ${CMAKE_BINARY_DIR}/package/rheobaseConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/package/rheobaseConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/package/rheobaseConfig.cmake ${CMAKE_BINARY_DIR}/package/rheobaseConfigVersion.cmake
  DESTINATION ${package_dir})

# The prefix is derived from where the file lies, so that `cmake --install --prefix` and a moved tree both work.
file(RELATIVE_PATH pc_prefix /x/${CMAKE_INSTALL_LIBDIR}/pkgconfig /x)
configure_file(${CMAKE_CURRENT_LIST_DIR}/rheobase.pc.in ${CMAKE_BINARY_DIR}/package/rheobase.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/package/rheobase.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
