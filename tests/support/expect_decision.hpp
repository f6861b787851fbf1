/// Decisions that must be the same in everything.
#pragma once

#include "store/records.hpp"

#include <gtest/gtest.h>

namespace rollcall::test {

inline void expect_equal(const store::decision& got, const store::decision& wanted) {
  EXPECT_EQ(got.request, wanted.request);
  EXPECT_EQ(got.at, wanted.at);
  EXPECT_EQ(got.principal, wanted.principal);
  EXPECT_EQ(got.access_key, wanted.access_key);
  EXPECT_EQ(got.purpose, wanted.purpose);
  EXPECT_EQ(got.operation, wanted.operation);
  EXPECT_EQ(got.collection, wanted.collection);
  EXPECT_EQ(got.probe, wanted.probe);
  EXPECT_EQ(got.model_version, wanted.model_version);
  EXPECT_EQ(got.threshold, wanted.threshold);
  EXPECT_EQ(got.gallery_size, wanted.gallery_size);
  EXPECT_EQ(got.partitions_asked, wanted.partitions_asked);
  EXPECT_EQ(got.partitions_answered, wanted.partitions_answered);
  EXPECT_EQ(got.is_exact, wanted.is_exact);
  EXPECT_EQ(got.is_current, wanted.is_current);
  ASSERT_EQ(got.candidates.size(), wanted.candidates.size());
  for (std::size_t at = 0; at < got.candidates.size(); ++at) {
    EXPECT_EQ(got.candidates[at].id, wanted.candidates[at].id);
    EXPECT_EQ(got.candidates[at].similarity, wanted.candidates[at].similarity);
  }
}

} // namespace rollcall::test
