/// A TLS client of tests: OpenSSL over a blocking socket that gives up after five seconds. Trusts one certificate.
#pragma once

#include "tests/unit/front/http_server_fixture.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>

namespace rollcall::front {

/// What it reads ends in "CUT" when the server ended without a close_notify.
class tls_client final : public reading_client {
public:
  struct wishes {
    int oldest = TLS1_2_VERSION;
    int newest = TLS1_3_VERSION;
    std::string protocols{}; ///< as ALPN writes them: "\x08http/1.1"
  };

  /// Connects and shakes hands; `trusted` is PEM.
  tls_client(std::uint16_t port, const std::string& trusted) : tls_client(port, trusted, wishes{}) {}
  tls_client(std::uint16_t port, const std::string& trusted, const wishes& with) : under_(port) {
    ::SSL_CTX_set_security_level(context_.get(), 0); // it is the server that must refuse
    ::SSL_CTX_set_min_proto_version(context_.get(), with.oldest);
    ::SSL_CTX_set_max_proto_version(context_.get(), with.newest);
    ::SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
    trust(trusted);
    ssl_.reset(::SSL_new(context_.get()));
    if (!with.protocols.empty())
      ::SSL_set_alpn_protos(ssl_.get(), reinterpret_cast<const unsigned char*>(with.protocols.data()),
                            static_cast<unsigned>(with.protocols.size()));
    ::SSL_set_fd(ssl_.get(), under_.socket());
    // A TLS 1.3 client is done before the server has read its last word: a refusal shows at the first read.
    is_secure_ = ::SSL_connect(ssl_.get()) == 1;
  }

  [[nodiscard]] bool is_secure() const { return is_secure_; }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }
  [[nodiscard]] raw_client& under() { return under_; }

  /// What ALPN agreed on.
  [[nodiscard]] std::string protocol() const {
    const unsigned char* name = nullptr;
    unsigned size = 0;
    ::SSL_get0_alpn_selected(ssl_.get(), &name, &size);
    return {reinterpret_cast<const char*>(name), size};
  }

  bool send(std::string_view text) { return ::SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) > 0; }
  /// Sends a close_notify.
  void end_sending() { ::SSL_shutdown(ssl_.get()); }

private:
  void trust(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&::BIO_free)> text{::BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                           &::BIO_free};
    auto* certificate = ::PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr);
    ::X509_STORE_add_cert(::SSL_CTX_get_cert_store(context_.get()), certificate);
    ::X509_free(certificate);
  }

  bool read_some(std::string& into) override {
    std::array<char, 4096> piece;
    const auto got = ::SSL_read(ssl_.get(), piece.data(), piece.size());
    if (got > 0)
      into.append(piece.data(), static_cast<std::size_t>(got));
    else if (::SSL_get_error(ssl_.get(), got) != SSL_ERROR_ZERO_RETURN)
      into += "CUT";
    return got > 0;
  }

  raw_client under_;
  std::unique_ptr<SSL_CTX, decltype(&::SSL_CTX_free)> context_{::SSL_CTX_new(::TLS_client_method()), &::SSL_CTX_free};
  std::unique_ptr<SSL, decltype(&::SSL_free)> ssl_{nullptr, &::SSL_free};
  bool is_secure_ = false;
};

} // namespace rollcall::front
