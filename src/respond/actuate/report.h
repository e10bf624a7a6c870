#pragma once
// A device's report as actuating rules see it: what it says, and how far it is to be believed.
#include "ledger/entry.h"
#include "respond/playbook/playbook.h"
#include "wire/senml/senml.h"

namespace outrider::respond {

struct Report {
  Trust trust = Trust::mutual_tls;  // the gateway lets nothing else in
  wire::senml::Pack pack;           // by time
};

// Of an entry telemetry or event; an error when it holds no SenML (erased, or of another type).
Result<Report> read_report(const ledger::Entry& entry);

}  // namespace outrider::respond
