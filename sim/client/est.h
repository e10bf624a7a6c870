#pragma once
// A device's side of EST (RFC 7030): what goes out and what may come back. Nothing here waits; its owner does.
#include <chrono>
#include <string>
#include <string_view>

#include "base/ids.h"
#include "base/result.h"
#include "crypto/keys/key.h"
#include "net/http/http.h"

namespace outrider::sim {

// POST of a PKCS #10 request in base64 to /.well-known/est/<label>/simpleenroll (RFC 7030, 4.2.1), authorised by HTTP
// Basic with device id and enrolment code.
Result<net::HttpRequest> enrol_request(const FleetId& fleet, const DeviceId& device, std::string_view code,
                                       const crypto::KeyPair& key);

// The same to …/simplereenroll (4.2.2); the device's present certificate in the TLS connection authorises it.
Result<net::HttpRequest> renew_request(const FleetId& fleet, const DeviceId& device, const crypto::KeyPair& key);

// What an answer means for a device that wants to get on.
enum class EnrolOutcome {
  enrolled,
  refused,  // final: asking again gives the same answer
  later,    // the server is busy or waits for somebody (202, 429, 5xx)
};

struct EnrolAnswer {
  EnrolOutcome outcome = EnrolOutcome::refused;
  std::string chain;  // PEM, leaf first, without roots; when enrolled
  std::string why;    // the server's reason, for people; when not
  std::chrono::seconds retry_after{0};
};

inline constexpr std::chrono::seconds retry_after_max{3600};
inline constexpr std::size_t why_bytes_max = 300;

// Reads an answer. A certificate counts only when it is for our key and our name; anything else is a refusal with a
// reason of ours.
EnrolAnswer enrol_answer(const net::HttpResponse& response, const DeviceId& device, const crypto::PublicKey& key);

// The certs-only answer (RFC 7030, 4.2.3): base64 of PKCS #7, as a PEM chain.
Result<std::string> chain_of_answer(std::string_view body, const DeviceId& device, const crypto::PublicKey& key);

}  // namespace outrider::sim
