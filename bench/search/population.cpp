#include "bench/search/population.hpp"

#include <algorithm>

namespace rollcall::bench {

population population::make(std::size_t n, std::size_t each, std::uint64_t number) {
  synthetic_faces faces{20'260'101 + number};
  population made;
  made.references.resize(n * dimension);
  made.probes.resize(2 * each * dimension);
  const auto row = [](std::vector<float>& of, std::size_t at) {
    return std::span{of.data() + at * dimension, dimension};
  };
  const auto earlier = std::min<std::size_t>(n / 4, 1'024);
  std::vector<std::vector<float>> seen_earlier;
  std::size_t mated = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const auto person = faces.identity();
    faces.photograph(person, row(made.references, i));
    if (mated < each && i % (n / each) == 0)
      faces.photograph(person, row(made.probes, 2 * mated++));
    else if (seen_earlier.size() < earlier && i % (n / earlier) == 1)
      seen_earlier.push_back(person);
  }
  for (std::size_t i = 0; i < each; ++i)
    faces.photograph(faces.identity(), row(made.probes, 2 * i + 1));
  made.earlier_probes.resize(seen_earlier.size() * dimension);
  for (std::size_t i = 0; i < seen_earlier.size(); ++i)
    faces.photograph(seen_earlier[i], row(made.earlier_probes, i));
  return made;
}

} // namespace rollcall::bench
