// What proves a signed reading to somebody who does not trust us.
#include <fmt/format.h>

#include "api/entry_json.h"
#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "facts/report_content.h"
#include "identity/signed/reading_proof.h"
#include "wire/cose/signed_reading.h"

namespace outrider::api {
namespace {

Result<ledger::Entry> read_entry(const House& house, const FleetId& fleet, std::uint64_t number) {
  TRY(auto entries, house.ledger.read(fleet, number, 1));
  if (entries.empty() || entries.front().number != number)
    return fail(Errc::not_found, "no-such-entry", fmt::format("there is no entry {} in '{}'", number, fleet.value));
  return std::move(entries.front());
}

// The identity whose key the reading names, revoked or not: it was good when the reading came.
Result<fleet::Identity> signer_of(const House& house, const ledger::Entry& entry, ByteView key_id) {
  while (key_id.size() > 1 && key_id.front() == 0) key_id = key_id.subspan(1);
  const std::string wanted = hex(key_id);
  TRY(const auto identities, house.registry.identities(entry.fleet, DeviceId(entry.subject.id)));
  for (const auto& each : identities)
    if ((each.serial == wanted || each.spki_sha256 == wanted) && each.entry < entry.number) return each;
  return fail(Errc::not_found, "unknown-identity", fmt::format("no identity of the device has key id {}", wanted));
}

Result<std::vector<Bytes>> chain_of(const House& house, const FleetId& fleet, std::uint64_t issued) {
  TRY(const auto entry, read_entry(house, fleet, issued));
  TRY(const auto fact, json::read<facts::IdentityIssued>(as_text(entry.payload)));
  TRY(const auto certificate, crypto::parse_certificate(fact.certificate));
  TRY(auto candidates, house.authority.ca_certificates(fleet));
  TRY(const auto anchors, house.registry.anchors(fleet));
  for (const auto& anchor : anchors) {
    TRY(auto theirs, crypto::parse_certificate(anchor.certificate));
    candidates.push_back(std::move(theirs));
  }
  auto chain = identity::chain_above(certificate, candidates);
  if (chain.empty())
    return fail(Errc::not_found, "unknown-issuer", "the authority that issued the identity is no longer here");
  return chain;
}

}  // namespace

Result<net::HttpResponse> get_reading_proof(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto number, call.number());
  TRY(const auto entry, read_entry(house, fleet, number));
  if (!facts::read_signed_content_type(entry.content_type))
    return fail(Errc::conflict, "not-a-signed-reading",
                fmt::format("entry {} is no signed reading; 'ledger prove' proves that it is in the log", number));
  if (entry.shredded)
    return fail(Errc::not_found, "shredded", fmt::format("the reading of entry {} was erased", number));
  TRY(const auto reading, wire::cose::parse_signed_reading(entry.payload));
  TRY(const auto identity, signer_of(house, entry, reading.key_id));
  identity::ReadingProof proof;
  proof.reading = entry.payload;
  TRY(proof.chain, chain_of(house, fleet, identity.entry));
  TRY(proof.identity, house.ledger.prove(fleet, identity.entry));
  TRY(proof.entry, house.ledger.prove(fleet, number));
  return answer(json::from(proof));
}

}  // namespace outrider::api
