#include "shard/one_thread.hpp"

// OpenMP 5.0, 3.2.1 and 3.2.3; its header comes with GCC only.
extern "C" {
void omp_set_num_threads(int count);
int omp_get_max_threads();
}
// OpenBLAS's own; absent when another BLAS is installed.
extern "C" {
[[gnu::weak]] void openblas_set_num_threads(int count);
[[gnu::weak]] int openblas_get_num_threads();
}

namespace rollcall::shard {

namespace {

void set_blas(int count) {
  if (openblas_set_num_threads)
    openblas_set_num_threads(count);
}

} // namespace

on_one_thread::on_one_thread()
    : omp_(omp_get_max_threads()), blas_(openblas_get_num_threads ? openblas_get_num_threads() : 0) {
  omp_set_num_threads(1);
  set_blas(1);
}

on_one_thread::~on_one_thread() {
  omp_set_num_threads(omp_);
  set_blas(blas_);
}

} // namespace rollcall::shard
