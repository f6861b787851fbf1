#include "store/sql/session.hpp"

#include <bit>
#include <cstring>
#include <new>

namespace rollcall::store::sql {

static_assert(std::endian::native == std::endian::little, "embeddings are stored as little-endian float32");

core::error current_error() {
  try {
    throw;
  } catch (const failure& thrown) {
    return thrown.error();
  } catch (const std::bad_alloc&) {
    return core::fail(core::error_code::unavailable, "out of memory");
  } catch (const std::exception& thrown) {
    return core::fail(core::error_code::internal, "the store failed", thrown.what());
  } catch (...) {
    return core::fail(core::error_code::internal, "the store failed");
  }
}

value to_value(std::span<const float> of) {
  return core::byte_view(reinterpret_cast<const std::uint8_t*>(of.data()), of.size_bytes());
}

std::string query::text(int column) const {
  const auto bytes = rows_->bytes(column);
  return {bytes.begin(), bytes.end()};
}

core::uuid query::id(int column) const {
  const auto bytes = rows_->bytes(column);
  core::uuid id;
  if (bytes.size() != id.value.size())
    throw failure(core::fail(core::error_code::corrupt, "an id of the database does not have 16 bytes"));
  std::memcpy(id.value.data(), bytes.data(), id.value.size());
  return id;
}

core::wall_time query::time(int column) const {
  return core::wall_time{std::chrono::milliseconds{number(column)}};
}

core::bytes query::blob(int column) const {
  const auto bytes = rows_->bytes(column);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> query::vector(int column) const {
  const auto bytes = rows_->bytes(column);
  if (bytes.size() % sizeof(float) != 0)
    throw failure(core::fail(core::error_code::corrupt, "an embedding of the database is not a row of float32"));
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!bytes.empty())
    std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

} // namespace rollcall::store::sql
