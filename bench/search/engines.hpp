/// What bench_search compares: search engines behind one interface.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rollcall::bench {

/// Row numbers of the references nearest to each probe: nq rows of at most k, nearest first.
using neighbours = std::vector<std::vector<std::uint32_t>>;

struct search_found {
  neighbours rows;
  std::size_t proved = 0; ///< probes whose answer was proved exact
};

class search_engine {
public:
  virtual ~search_engine() = default;

  /// `vectors`: n × dimension float32, L2-normalised, row-major; kept by the caller for as long as the engine lives.
  /// Takes what cores the engine can use.
  virtual void build(std::span<const float> vectors, std::size_t dimension) = 0;
  /// What was searched for earlier, nq × dimension, for engines that learn from it.
  virtual void learn(std::span<const float> /*probes*/) {}
  /// `probes`: nq × dimension. On the calling thread alone; several may call at a time.
  [[nodiscard]] virtual search_found search(std::span<const float> probes, std::size_t k) const = 0;
  /// How hard later searches look: lists probed, or the breadth of a graph's search. Not beside a search.
  virtual void set_effort(std::size_t /*effort*/) {}
  /// What one search reads of each reference, bytes; 0 where it does not read all.
  [[nodiscard]] virtual double bytes_scanned() const { return 0; }
};

struct engine_kind {
  std::string name;                                     ///< as `--engines` takes it
  std::string title;                                    ///< as the table prints it
  std::function<std::unique_ptr<search_engine>()> make; ///< empty where it was not built in
  std::vector<std::size_t> efforts;                     ///< one row of the table each; empty: it has none to choose
  bool is_quick = false; ///< of the default run: a million faces built in a minute or two
  bool is_ours = false;
  bool scans_all = false; ///< reads every reference
  std::string missing{};  ///< what brings it, where it was not built in
};

/// All that there are, ours first, then FAISS's flat index.
[[nodiscard]] const std::vector<engine_kind>& engine_kinds();

/// Ours, with its upkeep done; the time of building includes it.
[[nodiscard]] std::unique_ptr<search_engine> make_ours();
/// The same with its rows in lists; an effort of 0 looks at as many as a recall floor of 0.995 takes, by what it saw.
[[nodiscard]] std::unique_ptr<search_engine> make_our_lists();
/// Debian's FAISS: IndexFlatIP; IVF of 4 √n lists with 8-bit scalar codes, and with 64 × 4-bit product codes by fast
/// scan whose best 10 k are refined by 8-bit scalar codes; HNSW over float32, M 16, built with FAISS's breadth of 40
/// (the other graphs: 200).
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_flat();
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_ivf();
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_pq();
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_hnsw();
/// hnswlib over float32, M 16.
[[nodiscard]] std::unique_ptr<search_engine> make_hnswlib();
/// USearch, M 16.
enum class usearch_scalar : std::uint8_t { i8, f16 };
[[nodiscard]] std::unique_ptr<search_engine> make_usearch(usearch_scalar scalar);
/// All references by NumKong's batched int8 products, without a second look: of all coordinates, or of the principal
/// ones that our own codes are made of.
enum class numkong_codes : std::uint8_t { all, principal };
[[nodiscard]] std::unique_ptr<search_engine> make_numkong(numkong_codes codes);

/// Its products alone, of arbitrary codes: each call computes and writes all scores once, and looks at none.
struct product_sizes {
  std::size_t references = 0;
  std::size_t coordinates = 0;
  std::size_t probes = 0;
};
/// Empty where it was not built in.
[[nodiscard]] std::function<void()> numkong_products(product_sizes of);

} // namespace rollcall::bench
