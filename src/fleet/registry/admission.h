#pragma once
// Whether the holder of a certificate may have a session, judged on the registry's memory: live by LiveRegistry::admit,
// and for any moment of the past by Hindsight (fleet/hindsight/hindsight.h). Private to the room.
#include "fleet/state/state.h"

namespace outrider::fleet {

// What a certificate says; its chain and the possession of its key have been verified.
struct Presented {
  const DeviceId& holder;
  const std::string& serial;
  const std::string& spki_sha256;  // empty: not compared, the serial alone names the certificate
};

// Reasons: those of Registry::admit.
Result<Admission> judge_admission(const FleetState& state, const Presented& certificate, Timestamp now);

// May the holder have another certificate, and is the right that it would be issued by good? Of the reasons of
// Registry::record_issue those that do not concern the key.
Result<void> check_issue(const FleetState& state, const facts::IdentityIssued& fact, Timestamp now);

}  // namespace outrider::fleet
