#pragma once
// What is asked of a certification request, whoever brings it. Pure: decides from values alone.
#include "crypto/x509/csr.h"
#include "identity/device_name.h"
#include "identity/roster.h"

namespace outrider::identity {

// The key: type and size the profile allows, not weak, and the request signed with it.
// Reasons: key-type-not-allowed, weak-key, bad-csr-signature.
Result<void> check_key(const crypto::Csr& csr, const KeyPolicy& policy);

// The subject: empty or CN = device; requested names only the device's own (its URN, its id as DNS name). What else the
// subject says is not carried over. Reason: wrong-subject.
Result<void> check_subject(const crypto::Csr& csr, const DeviceName& own);

}  // namespace outrider::identity
