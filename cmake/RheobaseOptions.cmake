# Flags every target shares: warnings are errors, floats are not contracted (an fma is one only where it is written).
include(CheckCXXCompilerFlag)

add_compile_options(-Wall -Wextra -Werror -Wno-unused-parameter -ffp-contract=off)
# gcc 12 sees uninitialised elements in LLVM's small vectors where there are none.
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  add_link_options(-fuse-ld=lld)
endif()

option(RHEOBASE_SANITIZE "build with the address and undefined-behaviour sanitizers" OFF)
if(RHEOBASE_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # A check that only clang has: generated kernels carry no type information.
  add_compile_options($<$<OR:$<CXX_COMPILER_ID:Clang>,$<C_COMPILER_ID:Clang>>:-fno-sanitize=function>)
  add_link_options(-fsanitize=address,undefined)
endif()

include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/include ${CMAKE_BINARY_DIR} ${CMAKE_BINARY_DIR}/include)
