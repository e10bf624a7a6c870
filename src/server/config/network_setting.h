#pragma once
// [[network]] in the configuration: an array of tables, which is why it has a file of its own.
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/admission/origin/networks.h"

namespace outrider::server {

inline constexpr std::size_t networks_max = 256;
inline constexpr std::size_t network_ranges_max = 1024;  // of one network

// As written; checked when it was read.
struct NetworkSetting {
  std::string name;
  std::string kind;
  std::vector<std::string> cidrs;
  bool operator==(const NetworkSetting&) const = default;
};
BOOST_DESCRIBE_STRUCT(NetworkSetting, (), (name, kind, cidrs))

// As an array of inline tables, which reads back to the same.
std::string networks_text(const std::vector<NetworkSetting>& networks);

Result<gateway::admission::Networks> make_networks(const std::vector<NetworkSetting>& settings);

}  // namespace outrider::server
