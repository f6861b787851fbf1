#include "tests/support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace rollcall::test {

namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* what) const {
    Free(what);
  }
};
using key_pointer = std::unique_ptr<EVP_PKEY, freed_by<::EVP_PKEY_free>>;
using x509_pointer = std::unique_ptr<X509, freed_by<::X509_free>>;
using bio_pointer = std::unique_ptr<BIO, freed_by<::BIO_free>>;

void must(bool holds, const char* what) {
  if (!holds)
    throw std::runtime_error(std::string{"OpenSSL refuses to "} + what);
}

std::string text_of(BIO* from) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(from, &data);
  return {data, static_cast<std::size_t>(size)};
}

bio_pointer reader(const std::string& text) {
  return bio_pointer{::BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

void extend(X509* with, int what, const std::string& value) {
  auto* made = ::X509V3_EXT_conf_nid(nullptr, nullptr, what, value.c_str());
  must(made != nullptr && ::X509_add_ext(with, made, -1) == 1, "extend a certificate");
  ::X509_EXTENSION_free(made);
}

/// Who it is for and how long, and for what.
void describe(X509* made, const certificate_wish& wanted) {
  ::X509_set_version(made, X509_VERSION_3);
  ::ASN1_INTEGER_set_uint64(::X509_get_serialNumber(made),
                            static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()));
  ::X509_gmtime_adj(::X509_getm_notBefore(made), std::chrono::seconds{wanted.from}.count());
  ::X509_gmtime_adj(::X509_getm_notAfter(made), std::chrono::seconds{wanted.until}.count());
  ::X509_NAME_add_entry_by_txt(::X509_get_subject_name(made), "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.host.c_str()), -1, -1, 0);
  if (wanted.is_authority)
    return extend(made, NID_basic_constraints, "critical,CA:TRUE");
  const bool is_address = wanted.host.find_first_not_of("0123456789.") == std::string::npos;
  extend(made, NID_subject_alt_name, (is_address ? "IP:" : "DNS:") + wanted.host);
}

} // namespace

certificate issue(const certificate_wish& wanted) {
  const key_pointer key{::EVP_EC_gen("P-256")};
  const x509_pointer made{::X509_new()};
  must(key && made && ::X509_set_pubkey(made.get(), key.get()) == 1, "make a key");
  describe(made.get(), wanted);
  key_pointer issuers_key;
  x509_pointer issuer;
  if (wanted.issuer != nullptr) {
    issuers_key.reset(::PEM_read_bio_PrivateKey(reader(wanted.issuer->key).get(), nullptr, nullptr, nullptr));
    issuer.reset(::PEM_read_bio_X509(reader(wanted.issuer->pem).get(), nullptr, nullptr, nullptr));
    must(issuers_key && issuer, "read the issuer");
  }
  ::X509_set_issuer_name(made.get(), ::X509_get_subject_name(issuer ? issuer.get() : made.get()));
  must(::X509_sign(made.get(), issuers_key ? issuers_key.get() : key.get(), ::EVP_sha256()) > 0, "sign");
  const bio_pointer pem{::BIO_new(::BIO_s_mem())};
  const bio_pointer secret{::BIO_new(::BIO_s_mem())};
  must(::PEM_write_bio_X509(pem.get(), made.get()) == 1
           && ::PEM_write_bio_PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1,
       "write PEM");
  return {text_of(pem.get()), text_of(secret.get())};
}

void write_private(const std::filesystem::path& file, const std::string& text) {
  const auto beside = file.string() + ".new";
  std::ofstream{beside, std::ios::binary} << text;
  std::filesystem::permissions(beside, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::rename(beside, file);
}

} // namespace rollcall::test
