/// Which streams cameras may be given: what an operator lists, so that whoever may create a camera can't have a node
/// read from anywhere. Immutable; any thread.
///
///     list  = entry *("," entry); empty: everything is allowed
///     entry = scheme "://" [host [":" port]] ["/" path], schemes as in wire/stream_uri.hpp
///
/// `*` in a host stands for any characters of one. A port is compared where an entry has one. A path allows itself and
/// what lies beneath it; paths with a ".." are not allowed by any entry. Names and passwords before a host don't count.
#pragma once

#include "core/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rollcall::wire {

class input_list {
public:
  /// One that allows everything.
  input_list() = default;
  /// Errors: `invalid_config`, which names the entry.
  [[nodiscard]] static core::result<input_list> parse(std::string_view list);

  /// Errors: `access_denied`; its message repeats no password.
  [[nodiscard]] core::status check(std::string_view uri) const;

private:
  struct entry {
    std::string scheme;
    std::string host;
    std::string port; ///< empty: any
    std::string path; ///< without a slash at its end
  };
  [[nodiscard]] static entry split(std::string_view uri);
  [[nodiscard]] static bool allows(const entry& rule, const entry& asked);

  std::vector<entry> entries_;
};

} // namespace rollcall::wire
