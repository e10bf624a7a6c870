#pragma once
// The live inventory: fleets, profiles, devices, identities, enrolment codes, posture.
//
// In memory it is the authority that decisions are made against; in the database it is a projection. Both are made by
// the same `apply` from ledger entries. A change is decided under the registry's lock (validate, hand to the ledger,
// apply), so the ledger's order is the order of decisions; it is answered only once durable.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/facts.h"
#include "fleet/profile.h"
#include "ledger/ledger.h"

namespace outrider::fleet {

struct Identity {
  std::string serial;
  std::string spki_sha256;
  Timestamp issued;
  Timestamp not_before;
  Timestamp not_after;
  facts::EnrolmentRight right = facts::EnrolmentRight::code;
  facts::KeyHome key_home = facts::KeyHome::software;
  bool key_home_attested = false;
  std::optional<Timestamp> revoked;
  std::optional<std::string> revoked_why;
};

struct Device {
  DeviceId id;
  ProfileId profile;
  facts::Lifecycle lifecycle = facts::Lifecycle::expected;
  std::optional<std::string> serial_number;
  std::optional<std::string> label;
  Timestamp added;
};

// What admission needs to know about a caller, in one look-up.
struct Admission {
  DeviceId device;
  facts::Lifecycle lifecycle;
  std::shared_ptr<const Profile> profile;
};

class Registry {
 public:
  using Done = std::move_only_function<void(Result<void>)>;
  // Told, on the deciding thread, when a decision must close sessions: an identity revoked (serial set) or a device
  // retired (serial empty).
  using Expel = std::function<void(const FleetId&, const DeviceId&, const std::string& serial, const std::string& why)>;
  // … the implementation's constructor and queries stand here (room fleet)
};

}  // namespace outrider::fleet
