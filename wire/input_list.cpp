#include "wire/input_list.hpp"

#include "core/ascii.hpp"
#include "wire/stream_uri.hpp"

#include <algorithm>

namespace rollcall::wire {

namespace {

bool matches_host(std::string_view rule, std::string_view host) {
  if (rule.empty())
    return host.empty();
  if (rule.front() != '*')
    return !host.empty() && rule.front() == host.front() && matches_host(rule.substr(1), host.substr(1));
  for (std::size_t skipped = 0; skipped <= host.size(); ++skipped)
    if (matches_host(rule.substr(1), host.substr(skipped)))
      return true;
  return false;
}

bool climbs(std::string_view path) {
  return path.ends_with("/..") || path.find("/../") != path.npos;
}

} // namespace

// An IPv6 address is written in brackets: its colons are no port's.
input_list::entry input_list::split(std::string_view uri) {
  const auto slashes = uri.find("://");
  if (slashes == uri.npos)
    return {};
  entry made;
  made.scheme = uri.substr(0, slashes);
  const auto place = place_of(uri);
  const auto colon = place.find(':', place.starts_with('[') ? std::min(place.find(']'), place.size()) : 0);
  made.host = core::lower_case(place.substr(0, colon));
  if (colon != place.npos)
    made.port = place.substr(colon + 1);
  const auto path = uri.substr(static_cast<std::size_t>(place.data() - uri.data()) + place.size());
  made.path = path.substr(0, path.find_first_of("?#"));
  while (made.path.ends_with('/'))
    made.path.pop_back();
  return made;
}

core::result<input_list> input_list::parse(std::string_view list) {
  input_list made;
  while (!list.empty()) {
    const auto text = list.substr(0, list.find(','));
    list.remove_prefix(std::min(text.size() + 1, list.size()));
    if (text.empty())
      continue;
    made.entries_.push_back(split(text));
    if (made.entries_.back().scheme.empty() || climbs(made.entries_.back().path))
      return core::fail(core::error_code::invalid_config,
                        "\"" + without_secrets(text)
                            + "\" is not SCHEME://HOST or file:///PATH, such as rtsp://10.1.2.*/ or file:///srv/clips");
  }
  return made;
}

bool input_list::allows(const entry& rule, const entry& asked) {
  return rule.scheme == asked.scheme && matches_host(rule.host, asked.host)
         && (rule.port.empty() || rule.port == asked.port) && !climbs(asked.path) && asked.path.starts_with(rule.path)
         && (asked.path.size() == rule.path.size() || asked.path[rule.path.size()] == '/');
}

core::status input_list::check(std::string_view uri) const {
  const auto asked = split(uri);
  if (entries_.empty() || std::ranges::any_of(entries_, [&](const entry& rule) { return allows(rule, asked); }))
    return core::nothing{};
  return core::fail(core::error_code::access_denied,
                    "The input " + without_secrets(uri)
                        + " is not among those that cameras may be given here: see the setting cameras.inputs.");
}

} // namespace rollcall::wire
