// Carries the precompiled header (cmake/RheobaseMLIR.cmake).
