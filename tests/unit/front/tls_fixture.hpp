/// What tests of TLS share: files of a certificate and its key as an operator would lay them down.
#pragma once

#include "front/tls_identity.hpp"
#include "tests/support/certificates.hpp"
#include "tests/support/process.hpp"

namespace rollcall::front {

class tls_files {
public:
  explicit tls_files(const test::certificate& first = test::issue()) { put(first); }

  /// Lays down another certificate and its key.
  void put(const test::certificate& next) const {
    test::write_private(settings.certificate, next.pem);
    test::write_private(settings.key, next.key);
  }

private:
  test::temp_dir directory_;

public:
  tls_settings settings{directory_.path() / "server.crt", directory_.path() / "server.key"};
};

} // namespace rollcall::front
