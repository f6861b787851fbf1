/// The service model that AWS's clients carry, for tests that hold our tables and replies against it. Debian's awscli
/// has one, older than the user operations; ROLLCALL_REKOGNITION_MODEL names another service-2.json.
#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace rollcall::wire {

/// Skips the test where no model is installed.
class service_model_test : public testing::Test {
protected:
  void SetUp() override {
    const char* named = std::getenv("ROLLCALL_REKOGNITION_MODEL");
    const std::string debian =
        "/usr/lib/python3/dist-packages/awscli/botocore/data/rekognition/2016-06-27/service-2.json";
    const auto file = named != nullptr ? std::string{named} : debian;
    std::ifstream stream{file};
    if (!stream)
      GTEST_SKIP() << "no service model at " << file;
    std::stringstream text;
    text << stream.rdbuf();
    model_ = boost::json::parse(text.str());
  }

  static std::string text_of(const boost::json::value& value) { return std::string{value.as_string().c_str()}; }

  const boost::json::object& shape_named(const std::string& name) const {
    return model_.at("shapes").at(name).as_object();
  }

  const boost::json::object& operations() const { return model_.at("operations").as_object(); }

private:
  boost::json::value model_;
};

} // namespace rollcall::wire
