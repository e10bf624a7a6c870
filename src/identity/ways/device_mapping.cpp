#include "identity/ways/device_mapping.h"

#include <algorithm>
#include <array>

#include "base/suggest.h"

namespace outrider::identity {
namespace {

constexpr std::array<std::string_view, 4> places{"cn", "san-dns", "san-uri", "serial-number"};
constexpr std::size_t mapping_bytes_max = 256;

struct Mapping {
  std::string_view place;
  std::string_view before;  // of the pattern
  std::string_view after;
};

Result<Mapping> parse(std::string_view mapping) {
  const auto colon = mapping.find(':');
  Mapping out{mapping.substr(0, colon), {}, {}};
  if (mapping.size() > mapping_bytes_max || std::ranges::find(places, out.place) == places.end())
    return fail(Errc::malformed, "bad-mapping",
                "'" + std::string(mapping.substr(0, 64)) + "' is not cn, san-dns, san-uri or serial-number" +
                    did_you_mean(out.place, places));
  if (colon == std::string_view::npos) return out;
  const auto pattern = mapping.substr(colon + 1);
  const auto star = pattern.find('*');
  if (star == std::string_view::npos || pattern.find('*', star + 1) != std::string_view::npos)
    return fail(Errc::malformed, "bad-mapping", "a pattern has exactly one '*', where the device's id stands");
  out.before = pattern.substr(0, star);
  out.after = pattern.substr(star + 1);
  return out;
}

std::string only(const std::vector<std::string>& names) {
  return names.size() == 1 ? names.front() : std::string();
}

std::string value_at(const crypto::Certificate& certificate, std::string_view place) {
  if (place == "cn") return certificate.subject.common_name;
  if (place == "san-dns") return only(certificate.names.dns);
  if (place == "san-uri") return only(certificate.names.uri);
  return certificate.subject.serial_number;
}

}  // namespace

Result<void> check_mapping(std::string_view mapping) {
  CHECK(parse(mapping));
  return {};
}

Result<DeviceId> device_named(const crypto::Certificate& certificate, std::string_view mapping) {
  TRY(const auto where, parse(mapping));
  const std::string value = value_at(certificate, where.place);
  const bool fits = value.size() > where.before.size() + where.after.size() && value.starts_with(where.before) &&
                    value.ends_with(where.after);
  const auto name = fits ? std::string_view(value).substr(where.before.size(),
                                                          value.size() - where.before.size() - where.after.size())
                         : std::string_view();
  const auto device = DeviceId::parse(name);
  if (!device)
    return fail(Errc::forbidden, "not-a-device",
                "the certificate does not name a device by its " + std::string(mapping.substr(0, 64)));
  return *device;
}

}  // namespace outrider::identity
