#pragma once
// Who holds a code, an identity or a session: a device, or an application.
//
// An application's name among holders is "app:<id>". No device can be called that, for an id holds no ':', so one table
// of codes, keys and identities serves both, and a key that a device holds is refused to an application. It is also how
// certificates name it: "urn:outrider:<fleet>:app:<id>" (docs/format/identity.md).
#include <optional>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/json.h"

namespace outrider::facts {

inline constexpr std::string_view application_prefix = "app:";
inline constexpr std::size_t holder_bytes_max = id_bytes_max + application_prefix.size();

inline DeviceId holder_of(const ApplicationId& application) {
  return DeviceId(std::string(application_prefix) + application.value);
}

inline bool is_application(const DeviceId& holder) {
  return holder.value.starts_with(application_prefix);
}

// The id without the prefix, for certificates and people: a device's own, or an application's.
inline std::string_view plain_name(const DeviceId& holder) {
  std::string_view name = holder.value;
  if (is_application(holder)) name.remove_prefix(application_prefix.size());
  return name;
}

inline std::optional<ApplicationId> application_of(const DeviceId& holder) {
  if (!is_application(holder)) return std::nullopt;
  return ApplicationId(std::string(plain_name(holder)));
}

// The checked way in for a holder's name from outside: "t-1", "app:billing".
inline Result<DeviceId> parse_holder(std::string_view text) {
  if (!text.starts_with(application_prefix)) return DeviceId::parse(text);
  TRY(const auto application, ApplicationId::parse(text.substr(application_prefix.size())));
  return holder_of(application);
}

// A holder in a fact: as a DeviceId, but read from JSON with either name. Elsewhere holders are DeviceIds.
struct Holder : DeviceId {
  using DeviceId::DeviceId;
  Holder() = default;
  Holder(DeviceId id) : DeviceId(std::move(id)) {}
  static Result<Holder> parse(std::string_view text) {
    TRY(auto id, parse_holder(text));
    return Holder(std::move(id));
  }
};

}  // namespace outrider::facts

template <>
struct outrider::json::detail::is_id<outrider::facts::Holder> : std::true_type {};
