#include "identity/enrolment.h"

#include "base/log.h"
#include "facts/holder.h"
#include "identity/attempts.h"
#include "identity/code.h"
#include "identity/device_name.h"
#include "identity/refusals.h"
#include "identity/request_rules.h"

namespace outrider::identity {
namespace {

// What is known of a request when it is refused.
struct Claim {
  FleetId fleet;
  std::string device;  // as claimed
  std::string address;
};

// A certificate that is made, and what the ledger has to say of it before it may leave.
struct Grant {
  facts::IdentityIssued fact;
  crypto::Certificate certificate;
};

constexpr std::size_t claim_bytes_max = facts::holder_bytes_max;  // longer is no id; the entry keeps this much of it

// Refusals are answers; everything else is our own trouble, which the ledger's reader cannot act on.
bool is_refusal(const Error& error) {
  switch (error.code) {
    case Errc::unavailable:
    case Errc::corrupt:
    case Errc::internal:
      return false;
    default:
      return true;
  }
}

Result<void> check_lifecycle(facts::Lifecycle lifecycle, facts::EnrolmentRight right) {
  switch (lifecycle) {
    case facts::Lifecycle::retired:
      return fail(Errc::forbidden, "device-retired", "the device is retired");
    case facts::Lifecycle::lost:
      return fail(Errc::forbidden, "device-lost", "the device is reported lost");
    case facts::Lifecycle::stolen:
      return fail(Errc::forbidden, "device-stolen", "the device is reported stolen");
    case facts::Lifecycle::quarantined:
      // It keeps the identity it has, or it could never be released again; a new one might be an intruder's.
      if (right == facts::EnrolmentRight::renewal) return {};
      return fail(Errc::forbidden, "device-quarantined",
                  "the device is in quarantine; release it before it enrols anew");
    case facts::Lifecycle::expected:
    case facts::Lifecycle::enrolled:
    case facts::Lifecycle::active:
      return {};
  }
  return fail(Errc::internal, "unknown-lifecycle", "the device is in a state this server does not know");
}

std::unexpected<Error> wrong_code() {
  return fail(Errc::unauthenticated, "code-unknown",
              "the enrolment code is not one of this device, or there is no such device");
}

// The roster's errors with our classes, so that one reason has one answer wherever it was found.
Error in_our_words(Error error) {
  if (error.reason == "code-used" || error.reason == "key-in-use" || error.reason == "key-revoked")
    error.code = Errc::conflict;
  if (error.reason == "code-unknown") return wrong_code().error();
  return error;
}

}  // namespace

struct Enrolment::Inside {
  const Authority& authority;
  Roster& roster;
  const Clock& clock;
  Metrics* metrics;
  Attempts attempts;
  RefusalGate gate;
  // Found once: the label values are a closed set.
  std::optional<Counter> issued_by_code, issued_by_renewal;

  Result<DeviceName> check_code(const FleetId& fleet, std::string_view device, std::string_view code,
                                const std::string& hash) const;
  Result<ClientIdentity> check_certificate(const FleetId& fleet, ByteView der) const;
  Result<Grant> certify(const DeviceName& name, ByteView csr_body, facts::EnrolmentRight right) const;
  Result<void> check_key_free(const DeviceName& name, const std::string& spki_sha256) const;
  void record(const DeviceName& name, Grant grant, Claim claim, Issued done);
  void count_refusal(const std::string& reason) const;
  void refuse(const Claim& claim, Error error, Issued done);
};

Result<DeviceName> Enrolment::Inside::check_code(const FleetId& fleet, std::string_view device, std::string_view code,
                                                 const std::string& hash) const {
  const auto id = facts::parse_holder(device);
  if (!id || canonical_code(code).empty()) return wrong_code();
  if (auto good = roster.check_code(fleet, *id, hash, clock.now()); !good) {
    // Whether the device exists is told only to who has a code of it.
    if (good.error().code == Errc::not_found) return wrong_code();
    return std::unexpected(in_our_words(std::move(good).error()));
  }
  return DeviceName{fleet, *id};
}

Result<ClientIdentity> Enrolment::Inside::check_certificate(const FleetId& fleet, ByteView der) const {
  TRY(auto holder, identify(der));
  if (holder.fleet != fleet)
    return fail(Errc::forbidden, "wrong-fleet",
                "the certificate is of fleet '" + holder.fleet.value + "', the request for '" + fleet.value + "'");
  const auto known = roster.by_serial(fleet, holder.serial);
  if (!known || known->device != holder.device || known->spki_sha256 != holder.spki_sha256)
    return fail(Errc::forbidden, "unknown-identity", "the certificate is not one this server has issued");
  if (known->revoked)
    return fail(Errc::forbidden, "identity-revoked", "the certificate has been revoked; enrol anew with a code");
  if (clock.now() > holder.not_after)
    return fail(Errc::expired, "certificate-expired", "the certificate has expired; enrol anew with a code");
  return holder;
}

Result<void> Enrolment::Inside::check_key_free(const DeviceName& name, const std::string& spki_sha256) const {
  const auto holder = roster.holder_of_key(name.fleet, spki_sha256);
  if ((holder && holder->device != name.device) || authority.is_own_key(spki_sha256))
    return fail(Errc::conflict, "key-in-use",
                "the public key belongs or once belonged to another device; make a new key");
  if (holder && holder->revoked)
    return fail(Errc::conflict, "key-revoked", "an identity with this public key has been revoked; make a new key");
  return {};
}

Result<Grant> Enrolment::Inside::certify(const DeviceName& name, ByteView csr_body, facts::EnrolmentRight right) const {
  TRY(const auto standing, roster.standing(name.fleet, name.device));
  CHECK(check_lifecycle(standing.lifecycle, right));
  TRY(const auto csr, crypto::parse_csr(csr_body));
  CHECK(check_key(csr, standing.keys));
  CHECK(check_subject(csr, name));
  CHECK(check_key_free(name, csr.key.spki_sha256()));
  TRY(auto certificate, authority.issue_device(name.fleet, name.device, csr.key, standing.keys.certificate_life));
  facts::IdentityIssued fact;
  fact.device = name.device;
  fact.serial = certificate.serial;
  fact.not_before = certificate.not_before;
  fact.not_after = certificate.not_after;
  fact.spki_sha256 = certificate.spki_sha256();
  fact.right = right;
  fact.certificate = certificate.der;
  return Grant{std::move(fact), std::move(certificate)};
}

void Enrolment::Inside::record(const DeviceName& name, Grant grant, Claim claim, Issued done) {
  const bool renewal = grant.fact.right == facts::EnrolmentRight::renewal;
  auto finish = [this, renewal, certificate = std::move(grant.certificate), claim = std::move(claim),
                 done = std::move(done)](Result<void> recorded) mutable {
    if (!recorded) return refuse(claim, in_our_words(std::move(recorded).error()), std::move(done));
    if (!renewal) attempts.succeeded(claim.device, claim.address);
    if (const auto& counter = renewal ? issued_by_renewal : issued_by_code) counter->add();
    done(std::move(certificate));
  };
  roster.record_issue(name.fleet, std::move(grant.fact), std::move(finish));
}

void Enrolment::Inside::count_refusal(const std::string& reason) const {
  if (metrics == nullptr) return;
  metrics->counter("outrider_enrolments_refused_total", "Certificates refused, by reason", {{"reason", reason}}).add();
}

void Enrolment::Inside::refuse(const Claim& claim, Error error, Issued done) {
  count_refusal(error.reason);
  const std::string key =
      claim.fleet.value + "|" + claim.device + "|" + address_key(claim.address) + "|" + error.reason;
  if (const auto left_out = gate.admit(key, clock.now())) {
    const std::string more = *left_out == 0 ? "" : " (and " + std::to_string(*left_out) + " more like this before)";
    log::warn("enrolment refused", {{"fleet", claim.fleet.value},
                                    {"device", claim.device},
                                    {"reason", error.reason},
                                    {"detail", error.detail + more},
                                    {"address", claim.address}});
    if (is_refusal(error))
      roster.record_refusal(claim.fleet, {claim.device, error.reason, error.detail + more, claim.address});
  }
  done(std::unexpected(std::move(error)));
}

Enrolment::Enrolment(const Authority& authority, Roster& roster, EnrolmentOptions options)
    : inside_(new Inside{authority,
                         roster,
                         options.clock == nullptr ? system_clock() : *options.clock,
                         options.metrics,
                         {},
                         {},
                         {},
                         {}}) {
  if (options.metrics == nullptr) return;
  const std::string help = "Certificates issued, by the right that authorised them";
  inside_->issued_by_code = options.metrics->counter("outrider_certificates_issued_total", help, {{"right", "code"}});
  inside_->issued_by_renewal =
      options.metrics->counter("outrider_certificates_issued_total", help, {{"right", "renewal"}});
}
Enrolment::~Enrolment() = default;

void Enrolment::enrol(const FleetId& fleet, std::string_view device, std::string_view code, ByteView csr,
                      const std::string& address, Issued done) {
  auto& in = *inside_;
  Claim claim{fleet, std::string(device.substr(0, claim_bytes_max)), address};
  if (const auto wait = in.attempts.wait(device, address, in.clock.now()); wait.count() > 0) {
    // Counted, but neither logged nor recorded: the failures that led here are.
    in.count_refusal("too-many-attempts");
    return done(fail(Errc::overloaded, "too-many-attempts",
                     "too many wrong enrolment codes; try again in " + std::to_string(wait.count()) + " s"));
  }
  const std::string hash = code_hash(DeviceId(std::string(device)), code);
  auto name = in.check_code(fleet, device, code, hash);
  if (!name) {
    if (name.error().reason == "code-unknown") in.attempts.failed(device, address, in.clock.now());
    return in.refuse(claim, std::move(name).error(), std::move(done));
  }
  auto grant = in.certify(*name, csr, facts::EnrolmentRight::code);
  if (!grant) return in.refuse(claim, std::move(grant).error(), std::move(done));
  grant->fact.code_hash = hash;
  in.record(*name, *std::move(grant), std::move(claim), std::move(done));
}

void Enrolment::renew(const FleetId& fleet, ByteView certificate, ByteView csr, const std::string& address,
                      Issued done) {
  auto& in = *inside_;
  const auto holder = in.check_certificate(fleet, certificate);
  if (!holder) {
    const auto claimed = identify(certificate);
    return in.refuse({fleet, claimed ? claimed->device.value : "", address}, holder.error(), std::move(done));
  }
  Claim claim{fleet, holder->device.value, address};
  const DeviceName name{fleet, holder->device};
  auto grant = in.certify(name, csr, facts::EnrolmentRight::renewal);
  if (!grant) return in.refuse(claim, std::move(grant).error(), std::move(done));
  grant->fact.renews_serial = holder->serial;
  in.record(name, *std::move(grant), std::move(claim), std::move(done));
}

std::chrono::seconds Enrolment::back_off(std::string_view device, const std::string& address) const {
  return inside_->attempts.wait(device, address, inside_->clock.now());
}

KeyPolicy Enrolment::key_policy(const FleetId& fleet, ByteView certificate) const {
  if (certificate.empty()) return {};
  const auto holder = inside_->check_certificate(fleet, certificate);
  if (!holder) return {};
  const auto standing = inside_->roster.standing(fleet, holder->device);
  return standing ? standing->keys : KeyPolicy{};
}

}  // namespace outrider::identity
