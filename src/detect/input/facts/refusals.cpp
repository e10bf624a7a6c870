#include "detect/input/facts/refusals.h"

#include <algorithm>
#include <array>

namespace outrider::detect {
namespace {

struct Row {
  std::string_view slug;
  Refusal refusal;
};

// By slug.
constexpr std::array rows{
    Row{"alive-twice", Refusal::alive_twice},
    Row{"approval-rejected", Refusal::not_granted},
    Row{"bad-csr-signature", Refusal::certificate_invalid},
    Row{"certificate-expired", Refusal::certificate_invalid},
    Row{"certificate-untrusted", Refusal::untrusted},
    Row{"client-identifier-not-valid", Refusal::client_id},
    Row{"code-expired", Refusal::code},
    Row{"code-unknown", Refusal::code},
    Row{"code-used", Refusal::code},
    Row{"cross-device-wildcard", Refusal::other_device_filter},
    Row{"device-lost", Refusal::stolen},
    Row{"device-quarantined", Refusal::wrong_state},
    Row{"device-retired", Refusal::wrong_state},
    Row{"device-stolen", Refusal::stolen},
    Row{"foreign-topic", Refusal::other_device_topic},
    Row{"identity-expired", Refusal::certificate_invalid},
    Row{"identity-not-newest", Refusal::superseded},
    Row{"identity-revoked", Refusal::revoked},
    Row{"identity-superseded", Refusal::superseded},
    Row{"key-in-use", Refusal::key_in_use},
    Row{"key-revoked", Refusal::key_revoked},
    Row{"network-not-allowed", Refusal::network},
    Row{"no-certificate", Refusal::unknown_certificate},
    Row{"no-code", Refusal::code},
    Row{"not-granted", Refusal::not_granted},
    Row{"rate-exceeded", Refusal::rate},
    Row{"revoked-by-its-ca", Refusal::revoked},
    Row{"server-topic", Refusal::not_granted},
    Row{"superseded-used", Refusal::superseded},
    Row{"ticket-revoked", Refusal::ticket},
    Row{"topic-not-granted", Refusal::not_granted},
    Row{"unknown-identity", Refusal::unknown_certificate},
    Row{"wrong-device", Refusal::subject},
    Row{"wrong-fleet", Refusal::subject},
    Row{"wrong-subject", Refusal::subject},
};
static_assert(std::ranges::is_sorted(rows, {}, &Row::slug));

struct EndingRow {
  std::string_view slug;
  Ending ending;
};

constexpr std::array endings{
    EndingRow{"disconnected", Ending::goodbye},
    EndingRow{"taken-over", Ending::taken_over},
    EndingRow{"keep-alive-timeout", Ending::silent},
    EndingRow{"connection-closed", Ending::goodbye},  // with a close_notify: it was alive
    EndingRow{"truncated", Ending::broken},
    EndingRow{"reset", Ending::broken},
    EndingRow{"tls", Ending::broken},
    EndingRow{"tls-alert", Ending::broken},
    EndingRow{"server-stopped", Ending::server},
    EndingRow{"server-restarted", Ending::server},
    EndingRow{"server-shutting-down", Ending::server},
    EndingRow{"join-timeout", Ending::server},
    EndingRow{"state-failed", Ending::server},
};

}  // namespace

Refusal refusal_of(std::string_view slug) {
  const auto row = std::ranges::lower_bound(rows, slug, {}, &Row::slug);
  return row != rows.end() && row->slug == slug ? row->refusal : Refusal::other;
}

Ending ending_of(std::string_view slug) {
  const auto row = std::ranges::find(endings, slug, &EndingRow::slug);
  return row != endings.end() ? row->ending : Ending::expelled;
}

}  // namespace outrider::detect
