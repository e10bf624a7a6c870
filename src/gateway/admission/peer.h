#pragma once
// Who is at the other end of a TLS stream: what its certificate says, or what is remembered of it when it came back
// with a ticket. Either way only who it is: whether it may come in is asked of the registry every time.
#include <functional>
#include <string>

#include "identity/enrolment/device_name.h"
#include "net/tls/tls_stream.h"

namespace outrider::gateway::admission {

// Within TlsStream's on_open, once. Also makes the ticket good that the peer was sent.
// `recognise` reads the certificate; without it, identity::identify. Errors of these.
using Recognise = std::function<Result<identity::ClientIdentity>(ByteView certificate, const std::string& address)>;
Result<identity::ClientIdentity> identify_peer(net::TlsStream& stream, const Recognise& recognise = {});

// The name under which ServerTls::forget() takes a holder's tickets back.
std::string ticket_owner(const FleetId& fleet, const DeviceId& holder);

// What a ticket remembers (memory only; no stored format).
Bytes encode_tag(const identity::ClientIdentity& identity);
Result<identity::ClientIdentity> decode_tag(ByteView tag);

}  // namespace outrider::gateway::admission
