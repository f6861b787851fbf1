/// What bench_search compares: search engines behind one interface. Each runs on the calling thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rollcall::bench {

/// Row numbers of the references nearest to each probe: nq rows of at most k, nearest first.
using neighbours = std::vector<std::vector<std::uint32_t>>;

class search_engine {
public:
  virtual ~search_engine() = default;

  [[nodiscard]] virtual std::string name() const = 0;
  /// `vectors`: n × dimension float32, L2-normalised, row-major; kept by the caller for as long as the engine lives.
  virtual void build(std::span<const float> vectors, std::size_t dimension) = 0;
  /// `probes`: nq × dimension.
  [[nodiscard]] virtual neighbours search(std::span<const float> probes, std::size_t k) = 0;

  /// Memory for one reference, bytes.
  [[nodiscard]] virtual double bytes_per_face() const = 0;
  /// What one search reads of each reference, bytes; 0 where it does not read all.
  [[nodiscard]] virtual double bytes_scanned() const { return 0; }
  /// Probes of the last search whose answer was proved exact.
  [[nodiscard]] virtual std::size_t proved() const { return 0; }
};

/// Ours, with its upkeep done; the time of building includes it.
[[nodiscard]] std::unique_ptr<search_engine> make_ours();
/// Debian's FAISS: IndexFlatIP.
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_flat();
/// Debian's FAISS: IVF of 4 √n lists with 8-bit scalar codes, `probed` lists a search.
[[nodiscard]] std::unique_ptr<search_engine> make_faiss_ivf(std::size_t probed);

} // namespace rollcall::bench
