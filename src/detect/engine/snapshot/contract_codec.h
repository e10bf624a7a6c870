#pragma once
// A contract as bytes, for the snapshot: profiles were added long before it and are not read again.
#include "base/bytes.h"
#include "base/result.h"
#include "detect/input/contract.h"

namespace outrider::detect {

void save_contract(ByteWriter& out, const Contract& contract);
Result<Contract> load_contract(ByteReader& in);

}  // namespace outrider::detect
