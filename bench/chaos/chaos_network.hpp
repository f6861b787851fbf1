/// Network namespaces of this machine, joined by a bridge: nodes in them have a network card of their own, that can be
/// pulled out. Takes root. One thread; all of it goes with the object.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace rollcall::bench {

class chaos_network {
public:
  /// Throws std::runtime_error, with why, where this machine doesn't let it.
  chaos_network();
  ~chaos_network();
  chaos_network(const chaos_network&) = delete;
  chaos_network& operator=(const chaos_network&) = delete;

  /// This machine's own address on the bridge.
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// Makes the namespace of a node, or finds it; its address there.
  [[nodiscard]] std::string add(const std::string& node);
  [[nodiscard]] bool contains(const std::string& node) const { return places_.contains(node); }
  /// What a command that is to run there begins with.
  [[nodiscard]] std::vector<std::string> within(const std::string& node) const;
  /// Nothing goes to or from the node any more, and nobody is told.
  void pull_out(const std::string& node) const { set_link(node, "down"); }
  void plug_in(const std::string& node) const { set_link(node, "up"); }

private:
  struct place {
    std::string space;
    std::string card; ///< the end of its cable at the bridge
    std::string address;
  };

  void set_link(const std::string& node, const std::string& state) const;
  void clear() const noexcept;

  std::string mark_;   ///< of this process, in the names of all that it makes
  std::string subnet_; ///< "10.x.y."
  std::string address_;
  std::map<std::string, place> places_;
};

} // namespace rollcall::bench
