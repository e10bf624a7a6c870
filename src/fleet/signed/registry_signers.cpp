// Whose key signed a reading?
#include <fmt/format.h>

#include <algorithm>

#include "fleet/registry/live_registry.h"
#include "fleet/signed/mark_tables.h"

namespace outrider::fleet {
namespace {

// A key id is the certificate's serial number, or the SHA-256 of the SubjectPublicKeyInfo. RFC 5280, 4.1.2.2: serial
// numbers have at most 20 octets, so the length tells them apart.
bool names(std::string_view key_id, bool is_serial, const Identity& identity) {
  return is_serial ? identity.serial == key_id : identity.spki_sha256 == key_id;
}

Result<void> check_signer(const Identity& identity, Timestamp now) {
  // A device that renewed itself may still send what it signed and kept before: its successor's connection has revoked
  // the identity, but nobody has said a word against its key.
  if (identity.revoked && identity.revoked_cause != facts::RevocationCause::successor)
    return fail(Errc::forbidden, "signing-key-revoked",
                fmt::format("identity {}, whose key signed it, was revoked", identity.serial));
  if (now >= identity.not_after)
    return fail(Errc::forbidden, "signing-key-expired",
                fmt::format("identity {}, whose key signed it, has expired", identity.serial));
  if (identity.spki.empty())
    return fail(Errc::forbidden, "signing-key-unknown",
                fmt::format("the certificate of identity {} says no public key", identity.serial));
  return {};
}

}  // namespace

Result<Signer> LiveRegistry::signer(const FleetId& fleet, const DeviceId& device, ByteView key_id) const {
  const bool is_serial = key_id.size() != crypto::sha256_bytes;
  while (is_serial && !key_id.empty() && key_id.front() == 0) key_id = key_id.subspan(1);  // as Identity::serial
  const std::string wanted = hex(key_id);
  const Timestamp now = clock_.now();
  return look(fleet, [&](const FleetState& state) -> Result<Signer> {
    TRY(const HolderState* const row, require_holder(state, device));
    // Newest first: of several certificates for one key the one in force counts.
    for (auto serial = row->serials.rbegin(); serial != row->serials.rend(); ++serial) {
      const Identity& identity = state.identities.at(*serial);
      if (!names(wanted, is_serial, identity)) continue;
      CHECK(check_signer(identity, now));
      return Signer{identity.serial, identity.spki_sha256, identity.spki, identity.key_home_attested};
    }
    return fail(Errc::forbidden, "signing-key-unknown",
                fmt::format("device '{}' has no identity with key id {}", device.value, wanted));
  });
}

Result<std::vector<KeyMark>> LiveRegistry::signed_marks() const {
  TRY(auto session, database_.read());
  return load_marks(session);
}

}  // namespace outrider::fleet
