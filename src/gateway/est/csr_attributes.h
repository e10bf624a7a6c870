#pragma once
// The answer to /csrattrs: which key and signature a request has to bring (RFC 7030, 4.5.2).
#include "base/bytes.h"
#include "identity/roster.h"

namespace outrider::gateway::est {

// CsrAttrs in DER for the kind of key the policy likes best: P-256, P-384, Ed25519, RSA, in this order.
Bytes csr_attributes(const identity::KeyPolicy& policy);

}  // namespace outrider::gateway::est
