#pragma once
// What each fact about a device says, as an observation. Each fills in the observation, whose entry and times stand
// already, and returns the name of the device it is about; nothing when the payload is not that fact, or about no
// device.
#include <optional>
#include <string>

#include "detect/input/observation.h"
#include "ledger/entry.h"

namespace outrider::detect {

using About = std::optional<std::string>;

About observe_session_opened(const ledger::Entry& entry, Observation& out);
About observe_session_closed(const ledger::Entry& entry, Observation& out);
About observe_access_refused(const ledger::Entry& entry, Observation& out);
About observe_report_refused(const ledger::Entry& entry, Observation& out);
About observe_enrolment_refused(const ledger::Entry& entry, Observation& out);
About observe_identity_issued(const ledger::Entry& entry, Observation& out);
About observe_identity_revoked(const ledger::Entry& entry, Observation& out);
About observe_identity_suspected(const ledger::Entry& entry, Observation& out);
About observe_device_state(const ledger::Entry& entry, Observation& out);
About observe_device_retired(const ledger::Entry& entry, Observation& out);
About observe_application_message(const ledger::Entry& entry, Observation& out);
About observe_response(const ledger::Entry& entry, Observation& out);
About observe_command_refused(const ledger::Entry& entry, Observation& out);
About observe_actuation(const ledger::Entry& entry, Observation& out);

}  // namespace outrider::detect
