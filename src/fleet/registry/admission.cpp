#include "fleet/registry/admission.h"

#include <fmt/format.h>

#include "facts/holder.h"
#include "fleet/registry/live_registry.h"
#include "fleet/ways_in/lists.h"

namespace outrider::fleet {
namespace {

Result<void> check_identity(const FleetState& state, const Presented& certificate, Timestamp now) {
  const Identity* const identity = state.find_identity(certificate.serial);
  if (identity == nullptr)
    return fail(Errc::not_found, "unknown-identity",
                fmt::format("there is no identity with serial {}", certificate.serial.substr(0, 64)));
  const auto refuse = [&](std::string reason, std::string_view sentence) {
    return fail(Errc::forbidden, std::move(reason), fmt::format("identity {} {}", certificate.serial, sentence));
  };
  if (identity->device != certificate.holder) return refuse("wrong-device", "belongs to another device");
  if (!certificate.spki_sha256.empty() && identity->spki_sha256 != certificate.spki_sha256)
    return refuse("key-mismatch", "has another public key");
  // Whoever still uses it after its successor has connected is late, or a copy.
  if (identity->revoked_cause == facts::RevocationCause::successor)
    return refuse("identity-superseded", "was replaced by a newer one that has connected");
  if (identity->revoked) return refuse("identity-revoked", "was revoked");
  if (now >= identity->not_after) return refuse("identity-expired", "has expired");
  return check_list_age(state, *identity, now);
}

Result<Admission> admit_application(const FleetState& state, const ApplicationId& id, const Presented& certificate,
                                    Timestamp now) {
  const ApplicationState* const row = state.find_application(id);
  if (row == nullptr) return std::unexpected(unknown_application(id));
  CHECK(check_identity(state, certificate, now));
  if (row->removed) return std::unexpected(removed_application(id));
  return Admission{
      .device = certificate.holder, .lifecycle = facts::Lifecycle::active, .profile = nullptr, .grants = row->grants};
}

}  // namespace

Result<Admission> judge_admission(const FleetState& state, const Presented& certificate, Timestamp now) {
  if (const auto application = facts::application_of(certificate.holder))
    return admit_application(state, *application, certificate, now);
  const DeviceState* const row = state.find_device(certificate.holder);
  if (row == nullptr) return std::unexpected(unknown_device(certificate.holder));
  CHECK(check_identity(state, certificate, now));
  switch (row->device.lifecycle) {
    case facts::Lifecycle::enrolled:
    case facts::Lifecycle::active:
    case facts::Lifecycle::quarantined:  // for its diagnostics; what it may not is said where its rights are asked for
      break;
    default:
      return std::unexpected(refused_lifecycle(certificate.holder, row->device.lifecycle));
  }
  const auto profile = state.profiles.find(row->device.profile);
  if (profile == state.profiles.end())
    return fail(Errc::unavailable, "unknown-profile",
                fmt::format("there is no profile '{}'", row->device.profile.value));
  return Admission{
      .device = certificate.holder, .lifecycle = row->device.lifecycle, .profile = profile->second, .grants = nullptr};
}

}  // namespace outrider::fleet
