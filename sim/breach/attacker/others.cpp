// What the attacker tries in the name of other devices.
#include <fmt/format.h>

#include "crypto/keys/key.h"
#include "crypto/x509/csr.h"
#include "crypto/x509/issue.h"
#include "sim/breach/attacker/attacks.h"
#include "sim/client/est.h"

namespace outrider::sim {
namespace {

// The devices that an attack is tried on, as often as the step says.
template <class Try>
Result<Tally> on_others(Attacker& attacker, const Step& step, Try&& attempt) {
  Tally out;
  if (attacker.others.empty()) return fail(Errc::not_found, "nobody-else", "the fleet has no other devices");
  for (std::size_t i = 0; i < step.attempts; ++i) {
    out.take(attempt(attacker.others[i % attacker.others.size()]));
    if (!attacker.rest(std::chrono::milliseconds{0})) break;
  }
  return out;
}

}  // namespace

Result<Tally> foreign_topics(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  std::unique_ptr<Line> line;
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    if (!line || !line->is_open()) {
      line.reset();
      TRY(line, Line::open(attacker.line(as, as.device.value)));
    }
    TRY(const auto report, report_of(as, 1, {}));
    return line->publish(fmt::format("d/{}/telemetry", other.value), report, report_type());
  });
}

Result<Tally> foreign_client_ids(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    CHECK(Line::open(attacker.line(as, other.value)));
    return {};
  });
}

Result<Tally> forged_certificates(Attacker& attacker, const Step& step) {
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  const Secret pem = key.to_pem();
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    crypto::CertificateTemplate what;
    what.common_name = other.value;
    what.key = key.public_key();
    what.not_before = system_clock().now() - std::chrono::hours{1};
    what.not_after = system_clock().now() + std::chrono::hours{24 * 30};
    what.names.uri = {fmt::format("urn:outrider:{}:{}", attacker.fleet.value, other.value)};
    what.client_auth = true;
    TRY(const auto forged, crypto::issue_self_signed(what, key));
    const net::TlsIdentity identity(forged.pem(), Secret(as_text(pem.view())));
    TRY(const auto credential, attacker.tls->credential(identity));
    auto setup = attacker.line(attacker.stolen.front(), other.value);
    setup.credential = credential.get();
    setup.ticket = nullptr;
    CHECK(Line::open(setup));
    return {};
  });
}

Result<Tally> foreign_tickets(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    if (!as.ticket) {  // each is good for one connection
      if (auto own = Line::open(attacker.line(as, as.device.value))) {
        (*own)->listen(std::chrono::milliseconds{50});
        as.ticket = (*own)->ticket();
      }
    }
    auto setup = attacker.line(as, other.value);
    setup.ticket = std::exchange(as.ticket, nullptr);
    if (setup.ticket) setup.credential = nullptr;
    CHECK(Line::open(setup));
    return {};
  });
}

Result<Tally> foreign_enrolment(Attacker& attacker, const Step& step) {
  Stolen& as = attacker.stolen.at(step.victim);
  auto endpoint = attacker.est;
  endpoint.credential = as.credential;
  net::HttpClient http(endpoint);
  const auto key = crypto::KeyPair::generate(crypto::KeyType::p256);
  return on_others(attacker, step, [&](const DeviceId& other) -> Result<void> {
    TRY(auto request, renew_request(attacker.fleet, other, key));
    TRY(const auto response, http.send(std::move(request)));
    if (response.status == 200) return {};
    return fail(Errc::forbidden, fmt::format("http-{}", response.status), "EST refused");
  });
}

}  // namespace outrider::sim
