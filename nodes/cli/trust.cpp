#include "nodes/cli/trust.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace rollcall::cli {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

core::error distrust(long verdict, const std::string& peer) {
  const auto because = [&](const std::string& why) {
    return core::fail(core::error_code::invalid_config, "the certificate of " + peer + " is not trusted: " + why);
  };
  switch (verdict) {
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return because("it is for another host; use a name that stands in it as the endpoint, or have one issued for "
                     "this host (a subjectAltName)");
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return because("it has expired; renew it on the node (docs/tls.md), unless this machine's clock is wrong");
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return because("it is not valid yet; compare the clocks of this machine and of the one that issued it");
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
      return because(std::string{"its authority is not known here ("} + ::X509_verify_cert_error_string(verdict)
                     + "); give the authority's certificate by --ca-file FILE, ROLLCALL_CA_FILE or ca_file in the "
                       "profile");
    default:
      return because(::X509_verify_cert_error_string(verdict));
  }
}

bool speaks_no_tls(const error_code& failed) {
  const auto reason = ERR_GET_REASON(static_cast<unsigned long>(failed.value()));
  return failed.category() == asio::error::get_ssl_category()
         && (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST);
}

} // namespace

core::result<std::unique_ptr<asio::ssl::context>> make_trust(const std::string& ca_file) {
  auto made = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  ::SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  ::SSL_CTX_set_verify(made->native_handle(), SSL_VERIFY_PEER, nullptr);
  error_code failed;
  if (ca_file.empty())
    made->set_default_verify_paths(failed);
  else
    made->load_verify_file(ca_file, failed);
  if (failed)
    return core::fail(core::error_code::invalid_config,
                      "the file of authorities " + ca_file + " can't be used (" + failed.message()
                          + "): give a PEM file with the certificate of the authority that the node's comes from");
  return made;
}

void expect_host(SSL* on, const std::string& host) {
  if (::X509_VERIFY_PARAM_set1_ip_asc(::SSL_get0_param(on), host.c_str()) == 1)
    return;
  ::SSL_set1_host(on, host.c_str());
  SSL_set_tlsext_host_name(on, host.c_str());
}

core::error explain(SSL* on, const error_code& failed, const std::string& peer) {
  if (const auto verdict = ::SSL_get_verify_result(on); verdict != X509_V_OK)
    return distrust(verdict, peer);
  if (speaks_no_tls(failed))
    return core::fail(core::error_code::invalid_config, peer + " does not speak TLS; is it http:// there?");
  return core::fail(core::error_code::unavailable, "TLS with " + peer + " failed: " + failed.message());
}

} // namespace rollcall::cli
