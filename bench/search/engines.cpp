#include "bench/search/engines.hpp"

namespace rollcall::bench {

namespace {

using make_engine = std::function<std::unique_ptr<search_engine>()>;

#ifdef ROLLCALL_HAS_HNSWLIB
const make_engine hnswlib = make_hnswlib;
#else
const make_engine hnswlib;
#endif

#ifdef ROLLCALL_HAS_USEARCH
make_engine usearch(usearch_scalar scalar) {
  return [scalar] { return make_usearch(scalar); };
}
make_engine numkong(numkong_codes codes) {
  return [codes] { return make_numkong(codes); };
}
#else
make_engine usearch(usearch_scalar) {
  return {};
}
make_engine numkong(numkong_codes) {
  return {};
}
#endif

constexpr const char* fetch = "./dev setup bench";

} // namespace

#ifndef ROLLCALL_HAS_USEARCH
std::function<void()> numkong_products(product_sizes) {
  return {};
}
#endif

const std::vector<engine_kind>& engine_kinds() {
  static const std::vector<std::size_t> lists{16, 64, 256};
  static const std::vector<std::size_t> breadths{32, 64, 128, 256, 512};
  static const std::vector<engine_kind> kinds{
      {"ours", "rollcall exact", make_ours, {}, true, true, true},
      {"ours-lists", "rollcall lists", make_our_lists, {0, 32, 64, 128, 256, 512}, true, true},
      {"faiss-flat", "FAISS 1.7.3 flat", make_faiss_flat, {}, true, false, true},
      {"faiss-ivf", "FAISS 1.7.3 IVF-SQ8", make_faiss_ivf, lists, true},
      {"faiss-pq", "FAISS 1.7.3 IVF-PQ + SQ8", make_faiss_pq, lists},
      {"numkong", "NumKong int8", numkong(numkong_codes::all), {}, true, false, true, fetch},
      {"numkong-pca", "NumKong int8, principal", numkong(numkong_codes::principal), {}, true, false, true, fetch},
      {"faiss-hnsw", "FAISS 1.7.3 HNSW", make_faiss_hnsw, breadths},
      {"hnswlib", "hnswlib", hnswlib, breadths, false, false, false, "apt-get install libhnswlib-dev, and a new build"},
      {"usearch-f16", "USearch f16", usearch(usearch_scalar::f16), breadths, false, false, false, fetch},
      {"usearch-i8", "USearch i8", usearch(usearch_scalar::i8), breadths, false, false, false, fetch},
  };
  return kinds;
}

} // namespace rollcall::bench
