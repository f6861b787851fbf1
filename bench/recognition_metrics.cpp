#include "bench/recognition_metrics.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

namespace rollcall::bench {

namespace {

constexpr std::uint32_t seed = 20'260'801;

using weights = std::vector<std::uint32_t>;

/// How often each person is in a bootstrap sample.
weights draw_persons(std::uint32_t persons, std::mt19937& random) {
  weights drawn(persons, 0);
  for (std::uint32_t i = 0; i < persons; ++i)
    ++drawn[random() % persons];
  return drawn;
}

/// The middle 95 % of `values`, as an interval around `value`.
estimate with_interval(double value, std::vector<double> values) {
  if (values.empty())
    return {value, value, value};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<std::size_t>(std::lround(share * static_cast<double>(values.size() - 1)))];
  };
  return {value, at(0.025), at(0.975)};
}

struct scored_pair {
  float cosine;
  std::uint32_t a;
  std::uint32_t b;
};

bool is_higher(const scored_pair& x, const scored_pair& y) {
  return x.cosine > y.cosine;
}

/// All mated pairs and the highest non-mated ones, each highest first.
struct pair_lists {
  std::vector<scored_pair> mated;
  std::vector<scored_pair> highest;
  std::size_t non_mated = 0;
};

pair_lists list_pairs(const embedding_set& set, const cosine_table& cosines, double highest_rate) {
  pair_lists lists;
  std::vector<scored_pair> others;
  for (std::size_t a = 0; a < set.size(); ++a)
    for (std::size_t b = a + 1; b < set.size(); ++b) {
      const scored_pair pair{cosines.at(a, b), set.person_of[a], set.person_of[b]};
      (pair.a == pair.b ? lists.mated : others).push_back(pair);
    }
  lists.non_mated = others.size();
  // Three times what the highest rate needs: bootstrap samples move the thresholds.
  const auto keep =
      std::min(others.size(), static_cast<std::size_t>(3 * highest_rate * static_cast<double>(others.size())) + 1'000);
  std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(keep), others.end(), is_higher);
  others.resize(keep);
  lists.highest = std::move(others);
  std::sort(lists.mated.begin(), lists.mated.end(), is_higher);
  return lists;
}

/// The lowest threshold such that at most `rate` of the weight `total` lies above it.
float threshold_at(const std::vector<scored_pair>& highest, const weights& of, double total, double rate) {
  double above = 0;
  for (const auto& pair : highest) {
    above += static_cast<double>(of[pair.a]) * of[pair.b];
    if (above > rate * total)
      return pair.cosine;
  }
  return highest.empty() ? -1 : highest.back().cosine;
}

double share_not_above(const std::vector<scored_pair>& mated, const weights& of, float threshold) {
  double all = 0;
  double missed = 0;
  for (const auto& pair : mated) {
    all += of[pair.a];
    if (!(pair.cosine > threshold))
      missed += of[pair.a];
  }
  return all > 0 ? missed / all : 0;
}

/// Weight of all pairs of different persons.
double non_mated_weight(const std::vector<std::uint32_t>& images_of, const weights& of) {
  double sum = 0;
  double squares = 0;
  for (std::size_t person = 0; person < of.size(); ++person) {
    const double weight = static_cast<double>(of[person]) * images_of[person];
    sum += weight;
    squares += weight * weight;
  }
  return (sum * sum - squares) / 2;
}

std::vector<std::uint32_t> count_images(const embedding_set& set) {
  std::vector<std::uint32_t> images(set.persons, 0);
  for (const auto person : set.person_of)
    ++images[person];
  return images;
}

/// A probe's result against one gallery.
struct probe_result {
  float cosine = -2; ///< of the nearest enrolled one
  std::uint32_t person = 0;
  bool is_mate = false; ///< the nearest is the probe's own person
};

struct draw_result {
  std::vector<probe_result> mated;
  std::vector<probe_result> strangers; ///< highest first
};

struct division {
  std::vector<std::uint32_t> enrolled;
  std::vector<std::uint32_t> strangers;
};

/// Who is enrolled and who is a stranger, in this draw.
division divide(const std::vector<std::uint32_t>& images_of, identification_protocol protocol, std::mt19937& random) {
  std::vector<std::uint32_t> several;
  std::vector<std::uint32_t> single;
  for (std::uint32_t person = 0; person < images_of.size(); ++person)
    if (images_of[person] > 0)
      (images_of[person] > 1 ? several : single).push_back(person);
  std::shuffle(several.begin(), several.end(), random);
  std::shuffle(single.begin(), single.end(), random);
  const double wanted = static_cast<double>(protocol.enrolled + protocol.strangers);
  const double fit = std::min(1.0, static_cast<double>(several.size() + single.size()) / wanted);
  const auto scaled = [&](std::size_t count) { return static_cast<std::size_t>(fit * static_cast<double>(count)); };
  const auto mated = std::min(several.size(), scaled(protocol.enrolled_several));
  division split;
  split.enrolled.assign(several.begin(), several.begin() + static_cast<std::ptrdiff_t>(mated));
  std::vector<std::uint32_t> rest{single};
  rest.insert(rest.end(), several.begin() + static_cast<std::ptrdiff_t>(mated), several.end());
  for (const auto person : rest) {
    if (split.enrolled.size() < scaled(protocol.enrolled))
      split.enrolled.push_back(person);
    else if (split.strangers.size() < scaled(protocol.strangers))
      split.strangers.push_back(person);
  }
  return split;
}

probe_result search(const embedding_set& set, const cosine_table& cosines, const std::vector<std::size_t>& gallery,
                    std::size_t probe) {
  probe_result best{-2, set.person_of[probe], false};
  for (const auto reference : gallery) {
    if (cosines.at(probe, reference) > best.cosine) {
      best.cosine = cosines.at(probe, reference);
      best.is_mate = set.person_of[reference] == best.person;
    }
  }
  return best;
}

draw_result run_draw(const embedding_set& set, const cosine_table& cosines, const division& split,
                     std::mt19937& random) {
  std::vector<std::vector<std::size_t>> images_of(set.persons);
  for (std::size_t image = 0; image < set.size(); ++image)
    images_of[set.person_of[image]].push_back(image);
  std::vector<std::size_t> gallery;
  std::vector<std::size_t> probes;
  for (const auto person : split.enrolled) {
    const auto& images = images_of[person];
    const auto chosen = random() % images.size();
    for (std::size_t i = 0; i < images.size(); ++i)
      (i == chosen ? gallery : probes).push_back(images[i]);
  }
  draw_result result;
  for (const auto probe : probes)
    result.mated.push_back(search(set, cosines, gallery, probe));
  for (const auto person : split.strangers)
    result.strangers.push_back(search(set, cosines, gallery, images_of[person][random() % images_of[person].size()]));
  std::sort(result.strangers.begin(), result.strangers.end(),
            [](const probe_result& a, const probe_result& b) { return a.cosine > b.cosine; });
  return result;
}

/// FNIR of one draw under person weights; with a rate of 1 or more, 1 - rank-1.
double miss_rate(const draw_result& draw, const weights& of, double rate) {
  double all = 0;
  for (const auto& stranger : draw.strangers)
    all += of[stranger.person];
  float threshold = -2;
  double above = 0;
  for (const auto& stranger : draw.strangers) {
    above += of[stranger.person];
    if (above > rate * all) {
      threshold = stranger.cosine;
      break;
    }
  }
  double probes = 0;
  double missed = 0;
  for (const auto& probe : draw.mated) {
    probes += of[probe.person];
    if (!probe.is_mate || !(probe.cosine > threshold))
      missed += of[probe.person];
  }
  return probes > 0 ? missed / probes : 0;
}

double mean_miss_rate(const std::vector<draw_result>& draws, const weights& of, double rate) {
  double sum = 0;
  for (const auto& draw : draws)
    sum += miss_rate(draw, of, rate);
  return draws.empty() ? 0 : sum / static_cast<double>(draws.size());
}

} // namespace

cosine_table::cosine_table(const embedding_set& of) : size_(of.size()), cosines_(of.size() * of.size()) {
  for (std::size_t a = 0; a < size_; ++a)
    for (std::size_t b = a; b < size_; ++b) {
      const float* x = of.vectors.data() + a * of.dimension;
      const float* y = of.vectors.data() + b * of.dimension;
      std::array<float, 16> lanes{};
      for (std::size_t i = 0; i + 16 <= of.dimension; i += 16)
        for (std::size_t lane = 0; lane < 16; ++lane)
          lanes[lane] += x[i + lane] * y[i + lane];
      float sum = std::accumulate(lanes.begin(), lanes.end(), 0.0F);
      for (std::size_t i = of.dimension / 16 * 16; i < of.dimension; ++i)
        sum += x[i] * y[i];
      cosines_[a * size_ + b] = cosines_[b * size_ + a] = sum;
    }
}

verification verify_all(const embedding_set& set, const cosine_table& cosines, const std::vector<double>& rates,
                        int replicates) {
  const auto pairs = list_pairs(set, cosines, *std::max_element(rates.begin(), rates.end()));
  const auto images_of = count_images(set);
  verification done{pairs.mated.size(), pairs.non_mated, {}};
  const weights once(set.persons, 1);
  std::vector<std::vector<double>> samples(rates.size());
  std::mt19937 random{seed};
  for (int i = 0; i < replicates; ++i) {
    const auto drawn = draw_persons(set.persons, random);
    const double total = non_mated_weight(images_of, drawn);
    for (std::size_t r = 0; r < rates.size(); ++r)
      samples[r].push_back(share_not_above(pairs.mated, drawn, threshold_at(pairs.highest, drawn, total, rates[r])));
  }
  for (std::size_t r = 0; r < rates.size(); ++r) {
    const auto threshold = threshold_at(pairs.highest, once, static_cast<double>(pairs.non_mated), rates[r]);
    done.points.push_back(
        {rates[r], threshold, with_interval(share_not_above(pairs.mated, once, threshold), samples[r])});
  }
  return done;
}

identification identify_all(const embedding_set& set, const cosine_table& cosines, const std::vector<double>& rates,
                            const identification_protocol& protocol, int replicates) {
  const auto images_of = count_images(set);
  std::mt19937 random{seed};
  identification done;
  std::vector<draw_result> draws;
  for (int i = 0; i < protocol.draws; ++i) {
    const auto split = divide(images_of, protocol, random);
    draws.push_back(run_draw(set, cosines, split, random));
    done.enrolled = split.enrolled.size();
    done.strangers = split.strangers.size();
    done.mean_mated_probes += static_cast<double>(draws.back().mated.size()) / protocol.draws;
  }
  constexpr double everybody = 1;
  std::vector<double> all_rates{everybody};
  all_rates.insert(all_rates.end(), rates.begin(), rates.end());
  std::vector<std::vector<double>> samples(all_rates.size());
  for (int i = 0; i < replicates; ++i) {
    const auto drawn = draw_persons(set.persons, random);
    for (std::size_t r = 0; r < all_rates.size(); ++r)
      samples[r].push_back(mean_miss_rate(draws, drawn, all_rates[r]));
  }
  const weights once(set.persons, 1);
  const auto misses = with_interval(mean_miss_rate(draws, once, everybody), samples[0]);
  done.rank1 = {1 - misses.value, 1 - misses.high, 1 - misses.low};
  for (std::size_t r = 1; r < all_rates.size(); ++r)
    done.points.push_back({all_rates[r], with_interval(mean_miss_rate(draws, once, all_rates[r]), samples[r])});
  return done;
}

} // namespace rollcall::bench
