/// FAISS and its BLAS kept to the calling thread: training runs beside searches, on one.
#pragma once

namespace rollcall::shard {

/// While it lives. One at a time; what was set before comes back.
class on_one_thread {
public:
  on_one_thread();
  ~on_one_thread();
  on_one_thread(const on_one_thread&) = delete;
  on_one_thread& operator=(const on_one_thread&) = delete;

private:
  int omp_;
  int blas_;
};

} // namespace rollcall::shard
