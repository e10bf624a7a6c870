#pragma once
// SenML records as readings: one table of names. docs/detection.md lists it for device makers.
#include <span>
#include <vector>

#include "detect/input/contract.h"
#include "detect/input/observation.h"
#include "wire/senml/senml.h"

namespace outrider::detect {

// Puts the record where its name belongs: a named reading, a numeric channel of the contract, or both. False when
// detection knows neither, or its value or unit cannot be that.
bool take_record(const wire::senml::Record& record, const Contract& contract, Reading& reading);

// Of each time in the pack one observation like `whole` (device, entry, received time), oldest first. Times further
// from the received time than a device that keeps what it could not send can explain are brought within that.
void observations_of(const wire::senml::Pack& pack, const Contract& contract, const Observation& whole,
                     std::vector<Observation>& out);

}  // namespace outrider::detect
