#pragma once
// What is asked of a certification request, whoever brings it. Pure: decides from values alone.
#include "crypto/x509/csr.h"
#include "identity/enrolment/device_name.h"
#include "identity/roster.h"

namespace outrider::identity {

// The key: type and size the profile allows, not weak, and the request signed with it.
// Reasons: key-type-not-allowed, weak-key, bad-csr-signature.
Result<void> check_key(const crypto::Csr& csr, const KeyPolicy& policy);

// Where the key lives: what the request claims, if that is good enough for the profile.
// Reasons: bad-key-home, key-home-too-low, key-home-not-attested.
Result<facts::KeyHome> check_home(const crypto::Csr& csr, const KeyPolicy& policy);

// The subject: empty or CN = device; requested names only the device's own (its URN, its id as DNS name). What else the
// subject says is not carried over. Reason: wrong-subject.
// A device that enrols with its maker's certificate may repeat that one's subject instead (`papers`), because it need
// not know yet what it is called here.
Result<void> check_subject(const crypto::Csr& csr, const DeviceName& own, const crypto::SubjectName* papers = nullptr);

}  // namespace outrider::identity
