#include "fleet/ways_in/lists.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "crypto/hash.h"
#include "crypto/x509/certificate.h"

namespace outrider::fleet {
namespace {

// Numbers in lower-case hex without leading zeros.
bool lower(std::string_view a, std::string_view b) {
  return std::tuple(a.size(), a) < std::tuple(b.size(), b);
}

Result<void> check_age(const ForeignList& list, const Anchor& anchor, Timestamp now) {
  if (!is_stale(list, now) || list.when_stale == facts::WhenStale::accept) return {};
  return fail(Errc::forbidden, "list-stale",
              fmt::format("the revocation list of the CA behind the anchor '{}' ran out at {}, so nobody knows what it "
                          "has revoked since; take its next one with outrider anchor crl",
                          anchor.anchor, to_rfc3339(list.next_update)));
}

}  // namespace

void identify_authority(Anchor& anchor) {
  const auto certificate = crypto::parse_certificate(anchor.certificate);
  if (!certificate) return;  // it was parsed when it was added
  anchor.authority = hex(crypto::sha256({certificate->subject.der, certificate->key.spki}));
  anchor.key_id = hex(certificate->subject_key_id);
}

void add_revoked(FleetState& state, const facts::AnchorRevoked& fact, const ledger::Entry&) {
  state.ways.lists[fact.authority].serials.insert(fact.serials.begin(), fact.serials.end());
}

void add_list(FleetState& state, const facts::AnchorList& fact, const ledger::Entry&) {
  auto& list = state.ways.lists[fact.authority];
  list.number = fact.number;
  list.next_update = fact.next_update;
  list.when_stale = fact.when_stale;
}

// RFC 5280, 5.1.2.5: by nextUpdate the next one is there.
bool is_stale(const ForeignList& list, Timestamp now) {
  return !list.number.empty() && now >= list.next_update;
}

Result<void> check_list(const FleetState& state, const Anchor& anchor, const std::string& serial, Timestamp now) {
  const auto list = state.ways.lists.find(anchor.authority);
  if (list == state.ways.lists.end()) return {};
  if (list->second.serials.contains(serial))
    return fail(Errc::forbidden, "revoked-by-its-ca",
                fmt::format("the CA behind the anchor '{}' has revoked certificate {}", anchor.anchor, serial));
  return check_age(list->second, anchor, now);
}

Result<void> check_list_age(const FleetState& state, const Identity& identity, Timestamp now) {
  if (identity.right != facts::EnrolmentRight::foreign || state.ways.lists.empty()) return {};
  for (const auto& [name, anchor] : state.ways.anchors) {
    // One that does not name its issuer's key may be of any CA.
    const bool may_be = identity.issuer.empty() || identity.issuer == anchor.key_id;
    const auto list = state.ways.lists.find(anchor.authority);
    if (anchor.role != facts::AnchorRole::device_ca || !may_be || list == state.ways.lists.end()) continue;
    CHECK(check_age(list->second, anchor, now));
  }
  return {};
}

Result<void> check_new_list(const FleetState& state, const facts::AnchorList& fact,
                            std::span<const ForeignRevoked> revoked, Timestamp now) {
  if (fact.next_update <= now)
    return fail(Errc::expired, "list-expired",
                fmt::format("the list ran out at {}; take a newer one", to_rfc3339(fact.next_update)));
  const auto known = state.ways.lists.find(fact.authority);
  if (known == state.ways.lists.end() && state.ways.lists.size() >= lists_max)
    return fail(Errc::too_large, "too-many", fmt::format("a fleet has lists of at most {} CAs", lists_max));
  if (revoked.size() > revoked_on_list_max)
    return fail(Errc::too_large, "too-many",
                fmt::format("a list may name at most {} certificates", revoked_on_list_max));
  if (known == state.ways.lists.end()) return {};
  const ForeignList& list = known->second;
  // RFC 5280, 5.2.3: numbers only rise, so a lower one is an old list that somebody kept.
  if (!lower(list.number, fact.number))
    return fail(Errc::conflict, "list-older",
                fmt::format("list {} (hex) has been taken already; this one is {}", list.number, fact.number));
  const auto news =
      std::ranges::count_if(revoked, [&](const ForeignRevoked& each) { return !list.serials.contains(each.serial); });
  if (list.serials.size() + static_cast<std::size_t>(news) > revoked_ever_max)
    return fail(Errc::too_large, "too-many",
                fmt::format("lists of one CA may name at most {} certificates over the years", revoked_ever_max));
  return {};
}

}  // namespace outrider::fleet
