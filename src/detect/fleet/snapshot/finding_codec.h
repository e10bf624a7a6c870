#pragma once
// A finding in the snapshot.
#include "base/bytes.h"
#include "base/result.h"
#include "detect/engine/finding.h"

namespace outrider::detect {

void save_finding(ByteWriter& out, const Finding& finding);
Result<Finding> load_finding(ByteReader& in);

// Numbers with their bits.
void save_double(ByteWriter& out, double value);
Result<double> load_double(ByteReader& in);

}  // namespace outrider::detect
