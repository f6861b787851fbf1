/// Admission: who calls, may they, and for what purpose. The one place where a request is authenticated and authorised,
/// for Rekognition's operations and the admin API alike. Keys come from the store and are kept in memory; `front`
/// refreshes them. Safe from any thread.
#pragma once

#include "actors/interfaces.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "front/http_message.hpp"
#include "wire/arn.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::front {

/// The author of a request, as decisions name it.
struct caller {
  std::string principal = "anonymous"; ///< the key's name
  std::string access_key;              ///< empty on an open node
  std::string purpose;                 ///< of the header `x-rollcall-purpose`; may be empty
  store::role allowed = store::role::search;
  std::vector<std::string> collections; ///< empty: all
};

/// A request for something: the role it takes and the collection it touches (empty: none, or all of them).
struct wish {
  std::string_view action; ///< e.g. "rekognition:SearchFaces", for the refusal's text
  store::role needed = store::role::search;
  std::string_view collection;
};

class admission {
public:
  /// `is_open_allowed`: the server listens on loopback only, so that it may serve everybody while no key exists.
  admission(const core::wall_clock& clock, wire::arn_scope scope, bool is_open_allowed);

  /// Replaces the known keys by `keys`, all that the store has.
  void use_keys(std::vector<store::api_key> keys);

  /// True when the keys have been read once, at least, and there are none (a revoked one counts as one).
  [[nodiscard]] bool has_no_keys() const;

  /// True when requests are served without a signature.
  [[nodiscard]] bool is_open() const { return is_open_allowed_ && has_no_keys(); }

  /// Authenticates `request` and names its author. On an open node any credentials, or none, will do; the Host header
  /// must name this machine's loopback then, so that no web page can reach in by a name of its own.
  /// Errors: `missing_authentication`, `incomplete_signature`, `invalid_signature` (also a bad clock), `unknown_client`
  /// (also a revoked key), `constraint_violation` (purpose over 256 characters or not printable), `access_denied`
  /// (Host). Cost: one SHA-256 over the body.
  [[nodiscard]] core::result<caller> admit(const http_request& request) const;

  /// The author of a message of ZeroMQ, whose CURVE handshake proved the key. `purpose` as that of a request's header.
  /// Errors: `not_ready`, `unknown_client` (no key, or a revoked one, has it), `constraint_violation` (purpose).
  [[nodiscard]] core::result<caller> admit_curve(const std::string& curve_key, std::string purpose) const;

  /// The CURVE keys that may connect, with the access keys they belong to; the same object while they are the same.
  /// Null before the first.
  [[nodiscard]] std::shared_ptr<const std::map<std::string, std::string>> curve_keys() const;

  /// Authorises what `who` wishes. `admin` includes `write`, `write` includes `search`.
  /// Errors: `access_denied`, in AWS's words.
  [[nodiscard]] core::status permit(const caller& who, const wish& wanted) const;

private:
  using key_table = std::map<std::string, store::api_key, std::less<>>;
  using curve_table = std::map<std::string, std::string>;

  [[nodiscard]] std::shared_ptr<const key_table> keys() const;
  [[nodiscard]] core::result<caller> authenticate(const http_request& request, const key_table& known) const;

  const core::wall_clock& clock_;
  const wire::arn_scope scope_;
  const bool is_open_allowed_;
  mutable std::mutex mutex_;
  std::shared_ptr<const key_table> keys_;     ///< guarded by mutex_; null until `use_keys`
  std::shared_ptr<const curve_table> curves_; ///< guarded by mutex_; of those that are not revoked
};

/// True when `host` (a Host header, with or without a port) names this machine's loopback.
[[nodiscard]] bool is_loopback_name(std::string_view host) noexcept;

} // namespace rollcall::front
