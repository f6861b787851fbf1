/// The admin API: our own, below /admin/v1/ of the public port, described in docs/admin-api.md. Authenticated by the
/// same admission as Rekognition's operations; role `admin`. JSON in and out; any thread.
#pragma once

#include "front/services.hpp"

namespace rollcall::front::admin {

/// Answers one request of the admin API; every failure becomes an error body.
[[nodiscard]] asio::awaitable<http_reply> answer(services& with, http_request& request, core::request_id id);

} // namespace rollcall::front::admin
