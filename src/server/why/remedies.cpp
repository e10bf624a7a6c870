#include "server/why/remedies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "facts/holder.h"

namespace outrider::server {
namespace {

// {0}: the id; {1}: "device" or "app"; {2}: the action; {3}: the topic.
struct Remedy {
  std::string_view rule;
  std::string_view text;
};
constexpr std::array remedies{
    Remedy{"unknown-device", "add it: outrider device add {0} --profile PROFILE"},
    Remedy{"unknown-application", "add it: outrider app add {0}"},
    Remedy{"never-enrolled", "give it a code and let it enrol: outrider {1} code {0}"},
    Remedy{"device-expected", "give it a code and let it enrol: outrider device code {0}"},
    Remedy{"code-unknown", "make a code: outrider {1} code {0}"},
    Remedy{"code-expired", "make a new code: outrider {1} code {0}"},
    Remedy{"code-used", "make a new code: outrider {1} code {0}"},
    Remedy{"identity-revoked", "if the revocation was a mistake, enrol anew with a new key: outrider {1} code {0}"},
    Remedy{"identity-superseded", "use the newer certificate, or enrol anew: outrider {1} code {0}"},
    Remedy{"identity-expired", "enrol anew: outrider {1} code {0}"},
    Remedy{"list-stale", "take the next revocation list of its CA: outrider anchor crl NAME FILE"},
    Remedy{"revoked-by-its-ca",
           "its own CA took it back; if the device is good, enrol it with a code: outrider {1} code {0}"},
    Remedy{"certificate-expired",
           "enrol anew with a code (outrider {1} code {0}), or let the profile renew after "
           "expiry (renew_after_expiry)"},
    Remedy{"device-quarantined", "when it has been looked at: outrider device release {0} --reason TEXT"},
    Remedy{"device-lost", "when it is found: outrider device found {0} --reason TEXT"},
    Remedy{"device-stolen", "when it is found: outrider device found {0} --reason TEXT"},
    Remedy{"device-retired", "that is final; add the device under another id"},
    Remedy{"application-removed", "that is final; add an application under another id"},
    Remedy{"unknown-profile", "add the profile: outrider profile add FILE"},
    Remedy{"network-not-allowed", "let it connect from an allowed network, or change the profile's networks"},
    Remedy{"speaks-as-device", "publish to topics of the application's own, or to d/<device>/command and config"},
    Remedy{"cross-device-wildcard", "read many devices with an application: outrider app add, outrider app grant"},
    Remedy{"foreign-topic", "use the device's own topics, below d/{0}/ or d/me/"},
};

}  // namespace

std::optional<std::string> remedy_for(const Refused& refused) {
  const bool application = facts::is_application(refused.holder);
  const std::string id(facts::plain_name(refused.holder));
  if (refused.rule == "topic-not-granted") {
    if (!application) return "add the topic to the device's profile: outrider profile show, outrider profile add FILE";
    return fmt::format("grant it: outrider app grant {} --{} '{}'", id,
                       refused.action == "publish" ? "publish" : "subscribe", refused.topic);
  }
  const auto found = std::ranges::find(remedies, refused.rule, &Remedy::rule);
  if (found == remedies.end()) return std::nullopt;
  return fmt::format(fmt::runtime(found->text), id, application ? "app" : "device", refused.action, refused.topic);
}

}  // namespace outrider::server
