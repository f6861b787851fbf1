#include "front/tls_identity.hpp"

#include "front/http_date.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <sys/stat.h>

namespace rollcall::front {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t max_file_bytes = 1024 * 1024;

/// A file as messages name it: with its setting.
struct named_file {
  std::string_view setting;
  const std::filesystem::path& path;

  [[nodiscard]] core::error refuse(const std::string& why) const {
    return core::fail(core::error_code::invalid_config, std::string{setting} + ": " + path.string() + " " + why);
  }
};

core::result<std::string> read(const named_file& file) {
  std::error_code failed;
  if (std::filesystem::exists(file.path, failed) && !std::filesystem::is_regular_file(file.path, failed))
    return file.refuse("is no file; give a PEM file"); // and a pipe would keep us waiting
  std::ifstream stream{file.path, std::ios::binary};
  std::string text(max_file_bytes, '\0');
  if (!stream || (stream.read(text.data(), max_file_bytes), stream.bad()))
    return file.refuse(std::string{"can't be read: "} + std::strerror(errno)
                       + "; give a PEM file that the node's user may read");
  text.resize(static_cast<std::size_t>(stream.gcount()));
  return text;
}

/// The key is its owner's alone; one that belongs to root may be open to a group, as distributions do it.
core::status check_mode(const named_file& key) {
  struct stat found {};
  if (::stat(key.path.c_str(), &found) != 0)
    return core::nothing{}; // `read` says it better
  const mode_t too_much = S_IWGRP | S_IRWXO | (found.st_uid == 0 ? 0U : S_IRGRP);
  if ((found.st_mode & too_much) != 0)
    return key.refuse("is a private key and open to others: chmod 600 " + key.path.string());
  return core::nothing{};
}

core::wall_time time_of(const ASN1_TIME* at) {
  std::tm parts{};
  ::ASN1_TIME_to_tm(at, &parts);
  return core::wall_time{std::chrono::seconds{::timegm(&parts)}};
}

/// When `certificate` ends.
core::result<core::wall_time> check_dates(const named_file& file, const X509* certificate, core::wall_time now) {
  const auto from = time_of(::X509_get0_notBefore(certificate));
  const auto until = time_of(::X509_get0_notAfter(certificate));
  if (until <= now)
    return file.refuse("has expired on " + http_date(until) + ": put a renewed certificate there");
  if (from > now)
    return file.refuse("is not valid before " + http_date(from) + ", and it is " + http_date(now)
                       + " here: set the clock, or put a certificate there that is valid today");
  return until;
}

core::result<core::wall_time> use_certificate(asio::ssl::context& into, const named_file& file, core::wall_time now) {
  ROLLCALL_TRY(const auto text, read(file));
  error_code failed;
  into.use_certificate_chain(asio::buffer(text), failed);
  if (failed)
    return file.refuse("holds no certificate that TLS can use (" + failed.message()
                       + "): it takes PEM, the node's certificate first, then those of its chain");
  ROLLCALL_TRY(auto expires, check_dates(file, ::SSL_CTX_get0_certificate(into.native_handle()), now));
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get_extra_chain_certs(into.native_handle(), &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    ROLLCALL_TRY(const auto until, check_dates(file, sk_X509_value(chain, i), now));
    expires = std::min(expires, until);
  }
  return expires;
}

core::status use_key(asio::ssl::context& into, const named_file& file, const tls_settings& from) {
  ROLLCALL_CHECK(check_mode(file));
  ROLLCALL_TRY(const auto text, read(file));
  bool is_encrypted = false;
  into.set_password_callback([&is_encrypted](std::size_t, asio::ssl::context::password_purpose) {
    is_encrypted = true;
    return std::string{};
  });
  error_code failed;
  into.use_private_key(asio::buffer(text), asio::ssl::context::pem, failed);
  if (is_encrypted)
    return file.refuse("is encrypted, and a node that starts alone has no passphrase: openssl pkey -in "
                       + file.path.string() + " -out PLAIN, with mode 0600");
  const auto library = ERR_GET_LIB(static_cast<unsigned long>(failed.value()));
  if (failed && library != ERR_LIB_X509)
    return file.refuse("holds no private key that TLS can use (" + failed.message() + "): it takes PEM");
  if (failed || ::SSL_CTX_check_private_key(into.native_handle()) != 1)
    return file.refuse("is not the key of the certificate in " + from.certificate.string()
                       + ": give the two that belong together");
  return core::nothing{};
}

/// Picks HTTP/1.1 for callers who name protocols (RFC 7301); those who can't speak it are told so.
int pick_protocol(SSL* /*of*/, const unsigned char** picked, unsigned char* size, const unsigned char* offered,
                  unsigned int offered_size, void* /*with*/) {
  static constexpr unsigned char only[] = "\x08http/1.1";
  unsigned char* found = nullptr;
  const auto done = ::SSL_select_next_proto(&found, size, only, sizeof only - 1, offered, offered_size);
  *picked = found;
  return done == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_rules(SSL_CTX* of, tls_version least) {
  ::SSL_CTX_set_security_level(of, 2);
  ::SSL_CTX_set_min_proto_version(of, least == tls_version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION);
  ::SSL_CTX_set_options(of, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  ::SSL_CTX_set_session_cache_mode(of, SSL_SESS_CACHE_OFF); // callers keep theirs, as tickets
  ::SSL_CTX_set_alpn_select_cb(of, pick_protocol, nullptr);
}

} // namespace

core::result<tls_identity> load_tls_identity(const tls_settings& from, core::wall_time now) {
  if (from.certificate.empty() || from.key.empty())
    return core::fail(core::error_code::invalid_config,
                      "http.tls_certificate and http.tls_key go together, and "
                          + std::string{from.key.empty() ? "http.tls_key" : "http.tls_certificate"}
                          + " is missing: set both, or neither for plain HTTP");
  tls_identity made;
  made.context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
  set_rules(made.context->native_handle(), from.least);
  ROLLCALL_TRY(made.expires, use_certificate(*made.context, {"http.tls_certificate", from.certificate}, now));
  ROLLCALL_CHECK(use_key(*made.context, {"http.tls_key", from.key}, from));
  return made;
}

} // namespace rollcall::front
