// Identities: what was issued to whom, and taking it back.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <chrono>

#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "crypto/x509/certificate.h"

namespace outrider::api {
namespace {

constexpr std::chrono::seconds entry_deadline{5};  // an identity is known before its entry is read back
constexpr std::size_t serial_digits_max = 64;      // RFC 5280, 4.1.2.2: 20 bytes; with room to spare

struct Revoke {
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Revoke, (), (why, dry_run))

// Serial numbers are compared as lower-case hex; people paste them in either case and with colons.
Result<std::string> serial_of(const Call& call) {
  TRY(const auto given, call.part("serial"));
  std::string out;
  for (const char c : given) {
    if (c == ':') continue;
    if (std::isxdigit(static_cast<unsigned char>(c)) == 0 || out.size() == serial_digits_max)
      return fail(Errc::malformed, "bad-parameter", "serial: expected hexadecimal digits");
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// The certificate as the ledger keeps it.
Result<std::string> certificate_pem(const House& house, const FleetId& fleet, const fleet::Identity& identity) {
  TRY(const auto entries, house.ledger.read(fleet, identity.entry, 1));
  if (entries.empty()) return fail(Errc::unavailable, "the entry of this identity cannot be read");
  TRY(const auto fact, json::read<facts::IdentityIssued>(as_text(entries.front().payload)));
  TRY(const auto certificate, crypto::parse_certificate(fact.certificate));
  return certificate.pem();
}

}  // namespace

Result<net::HttpResponse> get_identities(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  fleet::IdentityQuery query;
  TRY(query.after, call.text("after"));
  TRY(query.limit, call.limit());
  TRY(const auto device, call.text("device"));
  if (!device.empty()) {
    TRY(const auto id, DeviceId::parse(device));
    CHECK(house.registry.device(fleet, id));
    TRY(const auto identities, house.registry.identities(fleet, id));
    return answer_list(json::from(identities).as_array());
  }
  TRY(auto page, house.registry.identities(fleet, query));
  return answer_list(json::from(page.identities).as_array(), std::move(page.next));
}

Result<net::HttpResponse> get_identity(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto serial, serial_of(call));
  TRY(const auto identity, house.registry.recorded_identity(fleet, serial, entry_deadline));
  TRY(const auto pem, certificate_pem(house, fleet, identity));
  auto out = json::from(identity).as_object();
  out["certificate"] = pem;
  return answer(out);
}

Result<net::HttpResponse> post_revoke(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto serial, serial_of(call));
  TRY(const auto wanted, call.body<Revoke>());
  CHECK(check_text("why", wanted.why, fleet::why_bytes_max));
  TRY(auto identity, house.registry.identity(fleet, serial));
  if (wanted.dry_run.value_or(false)) {
    if (identity.revoked)
      return fail(Errc::conflict, "identity-revoked", fmt::format("'{}' is revoked already", serial));
  } else {
    Pending<void> done;
    house.registry.revoke(fleet, serial, wanted.why, call.by(), done.callback());
    CHECK(done.wait());
    TRY(identity, house.registry.identity(fleet, serial));
  }
  auto out = json::from(identity).as_object();
  out["dry_run"] = wanted.dry_run.value_or(false);
  return answer(out);
}

}  // namespace outrider::api
