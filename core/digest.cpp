#include "core/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <fstream>
#include <memory>

namespace rollcall::core {

namespace {

// Looked for once: EVP_sha256() is looked for at every use, which takes as long as some hundred bytes.
const EVP_MD* sha256_method() {
  static const std::unique_ptr<EVP_MD, void (*)(EVP_MD*)> found{EVP_MD_fetch(nullptr, "SHA256", nullptr), EVP_MD_free};
  ROLLCALL_ASSERT(found != nullptr);
  return found.get();
}

class sha256_stream {
public:
  sha256_stream() { ROLLCALL_ASSERT(EVP_DigestInit_ex(context_.get(), sha256_method(), nullptr) == 1); }
  void add(byte_view part) { ROLLCALL_ASSERT(EVP_DigestUpdate(context_.get(), part.data(), part.size()) == 1); }
  [[nodiscard]] sha256_digest end() {
    sha256_digest digest{};
    ROLLCALL_ASSERT(EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) == 1);
    return digest;
  }

private:
  std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_{EVP_MD_CTX_new(), EVP_MD_CTX_free};
};

} // namespace

sha256_digest sha256(byte_view input) {
  return sha256_joined({input});
}

sha256_digest sha256_joined(std::initializer_list<byte_view> parts) {
  sha256_stream stream;
  for (const auto part : parts)
    stream.add(part);
  return stream.end();
}

sha256_digest hmac_sha256(byte_view key, byte_view message) {
  sha256_digest digest{};
  static constexpr std::uint8_t empty = 0;
  const auto* key_data = key.empty() ? &empty : key.data();
  const auto* out = HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), message.data(), message.size(),
                         digest.data(), nullptr);
  ROLLCALL_ASSERT(out != nullptr);
  return digest;
}

result<sha256_digest> sha256_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(error_code::not_found, "can't read " + file.string());
  sha256_stream stream;
  std::array<char, 1 << 16> block;
  while (in) {
    in.read(block.data(), block.size());
    stream.add(as_bytes({block.data(), static_cast<std::size_t>(in.gcount())}));
  }
  if (in.bad())
    return fail(error_code::not_found, "can't read " + file.string());
  return stream.end();
}

std::string to_hex(byte_view input) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  text.reserve(2 * input.size());
  for (const auto byte : input) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

namespace {

int digit_of(char c) noexcept {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

} // namespace

result<bytes> from_hex(std::string_view text) {
  bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    const int high = digit_of(text[i]);
    const int low = digit_of(text[i + 1]);
    if (high < 0 || low < 0)
      break;
    out.push_back(static_cast<std::uint8_t>(high * 16 + low));
  }
  if (2 * out.size() != text.size())
    return fail(error_code::invalid_argument, "not a hexadecimal text");
  return out;
}

bool equal_constant_time(byte_view a, byte_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bytes random_bytes(std::size_t size) {
  bytes out(size);
  const int ok = RAND_bytes(out.data(), static_cast<int>(size));
  ROLLCALL_ASSERT(ok == 1);
  return out;
}

} // namespace rollcall::core
