#include "server/config/network_setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/suggest.h"
#include "server/config/network_reader.h"

namespace outrider::server {
namespace {

constexpr std::size_t name_bytes_max = 64;
constexpr std::array<std::string_view, 3> keys{"name", "kind", "cidrs"};

std::unexpected<Error> wrong(std::string detail) {
  return fail(Errc::malformed, std::move(detail));
}

// It goes into entries, metrics and a terminal.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_bytes_max && std::ranges::all_of(text, [](unsigned char c) {
    return (c < 0x80 && std::isalnum(c) != 0) || c == '-' || c == '_' || c == '.';
  });
}

Result<std::vector<std::string>> read_ranges(const toml::node* node) {
  const auto* const list = node == nullptr ? nullptr : node->as_array();
  if (list == nullptr || list->empty()) return wrong("cidrs must be a list of ranges, such as [\"10.0.0.0/8\"]");
  if (list->size() > network_ranges_max) return wrong(fmt::format("cidrs has more than {} ranges", network_ranges_max));
  std::vector<std::string> out;
  for (const auto& item : *list) {
    const auto text = item.value_exact<std::string>();
    if (!text || text->size() > name_bytes_max)
      return wrong("cidrs must be a list of ranges, such as [\"10.0.0.0/8\"]");
    TRY(const auto range, net::Cidr::parse(*text));
    out.push_back(range.text());
  }
  return out;
}

Result<NetworkSetting> read_network(const toml::node& node) {
  const auto* const table = node.as_table();
  if (table == nullptr) return wrong("must be a table with name, kind and cidrs");
  for (const auto& [key, value] : *table) {
    if (std::ranges::find(keys, key.str()) == keys.end())
      return wrong(fmt::format("unknown key{}", did_you_mean(key.str(), keys)));
  }
  NetworkSetting out;
  out.name = (*table)["name"].value_exact<std::string>().value_or("");
  if (!is_name(out.name)) return wrong("name must be 1 to 64 letters, digits, '-', '_' or '.'");
  out.kind = (*table)["kind"].value_exact<std::string>().value_or("");
  if (!facts::network_kind_from(out.kind))
    return wrong(fmt::format("kind must be private-apn, vpn, carrier or public{}",
                             did_you_mean(out.kind, facts::network_kind_words)));
  TRY(out.cidrs, read_ranges((*table)["cidrs"].node()));
  return out;
}

}  // namespace

Result<std::vector<NetworkSetting>> read_networks(const toml::node& node) {
  const auto* const list = node.as_array();
  if (list == nullptr) return wrong("must be tables: [[network]]");
  if (list->size() > networks_max) return wrong(fmt::format("more than {} networks", networks_max));
  std::vector<NetworkSetting> out;
  for (const auto& item : *list) {
    auto network = read_network(item);
    if (!network) return wrong(fmt::format("number {}: {}", out.size() + 1, network.error().detail));
    out.push_back(*std::move(network));
  }
  if (const auto made = make_networks(out); !made) return wrong(made.error().detail);
  return out;
}

std::string networks_text(const std::vector<NetworkSetting>& networks) {
  std::string out;
  for (const auto& network : networks) {
    std::string ranges;
    for (const auto& range : network.cidrs) ranges += fmt::format("{}\"{}\"", ranges.empty() ? "" : ", ", range);
    out += fmt::format("{}{{name = \"{}\", kind = \"{}\", cidrs = [{}]}}", out.empty() ? "" : ", ", network.name,
                       network.kind, ranges);
  }
  return "[" + out + "]";
}

Result<gateway::admission::Networks> make_networks(const std::vector<NetworkSetting>& settings) {
  std::vector<gateway::admission::Network> out;
  for (const auto& setting : settings) {
    gateway::admission::Network network{
        .name = setting.name,
        .kind = facts::network_kind_from(setting.kind).value_or(facts::NetworkKind::open),
        .ranges = {}};
    for (const auto& text : setting.cidrs) {
      TRY(auto range, net::Cidr::parse(text));
      network.ranges.push_back(range);
    }
    out.push_back(std::move(network));
  }
  return gateway::admission::Networks::make(std::move(out));
}

}  // namespace outrider::server
