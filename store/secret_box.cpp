#include "store/secret_box.hpp"

#include "core/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

namespace rollcall::store {

namespace {

constexpr std::size_t nonce_size = 12;
constexpr std::size_t tag_size = 16;

using cipher_context = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

class descriptor {
public:
  explicit descriptor(int value) : value_(value) {}
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (value_ >= 0)
      ::close(value_);
  }
  [[nodiscard]] int operator*() const noexcept { return value_; }

private:
  int value_;
};

core::error not_written(const std::filesystem::path& file) {
  return core::fail(core::error_code::storage_full, "can't write " + file.string() + ": " + std::strerror(errno));
}

// Written aside and renamed, so that a crash leaves either no key file or a whole one.
core::status write_key(const std::filesystem::path& file, core::byte_view key) {
  const std::filesystem::path aside = file.string() + ".new";
  ::unlink(aside.c_str());
  const descriptor out(::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (*out < 0 || ::write(*out, key.data(), key.size()) != static_cast<ssize_t>(key.size()) || ::fsync(*out) != 0
      || ::rename(aside.c_str(), file.c_str()) != 0)
    return not_written(file);
  const descriptor parent(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (*parent < 0 || ::fsync(*parent) != 0)
    return not_written(file);
  return core::nothing{};
}

} // namespace

core::result<secret_box> secret_box::open(const std::filesystem::path& file, bool may_make) {
  secret_key key{};
  const descriptor in(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (*in < 0 && (errno != ENOENT || !may_make))
    return core::fail(core::error_code::corrupt,
                      "can't read " + file.string() + " (" + std::strerror(errno)
                          + "), under which the stored access keys are encrypted: restore it "
                            "from a backup");
  if (*in < 0) {
    const auto random = core::random_bytes(key.size());
    std::copy(random.begin(), random.end(), key.begin());
    ROLLCALL_CHECK(write_key(file, key));
    return secret_box(key);
  }
  struct stat found {};
  if (::fstat(*in, &found) != 0 || (found.st_mode & 077) != 0)
    return core::fail(core::error_code::invalid_config,
                      file.string() + " can be read by other users: chmod 600 it, and replace the keys if it was read");
  if (found.st_size != static_cast<off_t>(key.size())
      || ::read(*in, key.data(), key.size()) != static_cast<ssize_t>(key.size()))
    return core::fail(core::error_code::corrupt, file.string() + " does not hold a key: restore it from a backup");
  return secret_box(key);
}

secret_box::~secret_box() {
  OPENSSL_cleanse(key_.data(), key_.size());
}

core::bytes secret_box::seal(std::string_view secret, std::string_view label) const {
  auto box = core::random_bytes(nonce_size);
  box.resize(nonce_size + secret.size() + tag_size);
  const cipher_context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto plain = core::as_bytes(secret);
  const auto extra = core::as_bytes(label);
  int size = 0;
  const bool done =
      EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), box.data()) == 1
      && EVP_EncryptUpdate(context.get(), nullptr, &size, extra.data(), static_cast<int>(extra.size())) == 1
      && EVP_EncryptUpdate(context.get(), box.data() + nonce_size, &size, plain.data(), static_cast<int>(plain.size()))
             == 1
      && EVP_EncryptFinal_ex(context.get(), box.data() + nonce_size + secret.size(), &size) == 1
      && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag_size, box.data() + nonce_size + secret.size())
             == 1;
  ROLLCALL_ASSERT(done);
  return box;
}

core::result<std::string> secret_box::unseal(core::byte_view box, std::string_view label) const {
  const auto damaged = [] {
    return core::fail(core::error_code::corrupt,
                      "secrets.key is not the file under which the access keys were encrypted, or they are damaged: "
                      "restore both from one backup");
  };
  if (box.size() < nonce_size + tag_size)
    return damaged();
  std::string secret(box.size() - nonce_size - tag_size, '\0');
  core::bytes tag(box.end() - tag_size, box.end());
  const cipher_context context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto extra = core::as_bytes(label);
  auto* plain = reinterpret_cast<std::uint8_t*>(secret.data());
  int size = 0;
  const bool is_good =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key_.data(), box.data()) == 1
      && EVP_DecryptUpdate(context.get(), nullptr, &size, extra.data(), static_cast<int>(extra.size())) == 1
      && EVP_DecryptUpdate(context.get(), plain, &size, box.data() + nonce_size, static_cast<int>(secret.size())) == 1
      && EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, tag_size, tag.data()) == 1
      && EVP_DecryptFinal_ex(context.get(), plain + secret.size(), &size) == 1;
  if (!is_good)
    return damaged();
  return secret;
}

} // namespace rollcall::store
