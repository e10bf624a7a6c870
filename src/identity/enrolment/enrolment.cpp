#include "identity/enrolment/enrolment.h"

#include "base/address.h"
#include "base/log.h"
#include "facts/holder.h"
#include "identity/enrolment/code.h"
#include "identity/enrolment/enrolment_inside.h"
#include "identity/enrolment/request_rules.h"

namespace outrider::identity {
namespace {

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
      if (right == facts::EnrolmentRight::renewal || right == facts::EnrolmentRight::migration) return {};
      return fail(Errc::forbidden, "device-quarantined",
                  "the device is in quarantine; release it before it enrols anew");
    case facts::Lifecycle::expected:
    case facts::Lifecycle::enrolled:
    case facts::Lifecycle::active:
      return {};
  }
  return fail(Errc::internal, "unknown-lifecycle", "the device is in a state this server does not know");
}

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

Result<void> Enrolment::Inside::check_key_free(const DeviceName& name, const std::string& spki_sha256) const {
  if (blocked != nullptr ? blocked->contains(spki_sha256) : BlockList::well_known().contains(spki_sha256))
    return fail(Errc::forbidden, "key-known",
                "the private half of this key is known to others than the device (a test key, or one on the operator's "
                "block list); make a new key");
  const auto holder = roster.holder_of_key(name.fleet, name.device, spki_sha256);
  const bool others = holder && (holder->device != name.device || holder->fleet != name.fleet);
  if (others || authority.is_own_key(spki_sha256))
    return fail(Errc::conflict, "key-in-use",
                "the public key belongs or once belonged to another device; make a new key");
  if (holder && holder->revoked && !holder->superseded)
    return fail(Errc::conflict, "key-revoked", "an identity with this public key has been revoked; make a new key");
  return {};
}

Result<CheckedRequest> Enrolment::Inside::check_request(const DeviceName& name, const Wanted& wanted) const {
  CheckedRequest out;
  TRY(out.standing, roster.standing(name.fleet, name.device));
  CHECK(check_lifecycle(out.standing.lifecycle, wanted.right));
  if (wanted.from.network) CHECK(roster.check_network(name.fleet, name.device, *wanted.from.network));
  TRY(out.csr, crypto::parse_csr(wanted.csr));
  CHECK(check_key(out.csr, out.standing.keys));
  CHECK(check_subject(out.csr, name, wanted.papers));
  TRY(out.home, check_home(out.csr, out.standing.keys));
  CHECK(check_key_free(name, out.csr.key.spki_sha256()));
  return out;
}

Result<Grant> Enrolment::Inside::certify(const DeviceName& name, const Wanted& wanted) const {
  TRY(const auto request, check_request(name, wanted));
  TRY(auto certificate,
      authority.issue_device(name.fleet, name.device, request.csr.key, request.standing.keys.certificate_life));
  facts::IdentityIssued fact;
  fact.device = name.device;
  fact.serial = certificate.serial;
  fact.not_before = certificate.not_before;
  fact.not_after = certificate.not_after;
  fact.spki_sha256 = certificate.spki_sha256();
  fact.right = wanted.right;
  fact.key_home = request.home;
  fact.certificate = certificate.der;
  return Grant{std::move(fact), std::move(certificate)};
}

void Enrolment::Inside::record(const DeviceName& name, Grant grant, Claim claim, Issued done) {
  const auto right = grant.fact.right;
  auto finish = [this, right, certificate = std::move(grant.certificate), claim = std::move(claim),
                 done = std::move(done)](Result<void> recorded) mutable {
    if (!recorded) return refuse(claim, in_our_words(std::move(recorded).error()), std::move(done));
    if (right == facts::EnrolmentRight::code) attempts.succeeded(claim.device, claim.from.address);
    if (metrics != nullptr)
      metrics
          ->counter("outrider_certificates_issued_total", "Certificates issued, by the right that authorised them",
                    {{"right", boost::describe::enum_to_string(right, "?")}})
          .add();
    done(std::move(certificate));
  };
  roster.record_issue(name.fleet, std::move(grant.fact), std::move(finish));
}

void Enrolment::Inside::issue(const DeviceName& name, const Wanted& wanted, Claim claim, Issued done,
                              const Fill& fill) {
  auto grant = certify(name, wanted);
  if (!grant) return refuse(claim, std::move(grant).error(), std::move(done));
  fill(grant->fact);
  record(name, *std::move(grant), std::move(claim), std::move(done));
}

void Enrolment::Inside::suspect(const Claim& claim, facts::IdentitySuspected fact) {
  const std::string key = claim.fleet.value + "|" + fact.device + "|" + fact.serial + "|" + fact.sign;
  if (gate.admit(key, clock.now())) roster.record_suspicion(claim.fleet, std::move(fact));
}

void Enrolment::Inside::count_refusal(const std::string& reason) const {
  if (metrics == nullptr) return;
  metrics->counter("outrider_enrolments_refused_total", "Certificates refused, by reason", {{"reason", reason}}).add();
}

void Enrolment::Inside::refuse(const Claim& claim, Error error, Issued done) {
  count_refusal(error.reason);
  const std::string key =
      claim.fleet.value + "|" + claim.device + "|" + address_key(claim.from.address) + "|" + error.reason;
  if (const auto left_out = gate.admit(key, clock.now())) {
    const std::string more = *left_out == 0 ? "" : " (and " + std::to_string(*left_out) + " more like this before)";
    log::warn("enrolment refused", {{"fleet", claim.fleet.value},
                                    {"device", claim.device},
                                    {"reason", error.reason},
                                    {"detail", error.detail + more},
                                    {"address", claim.from.address}});
    if (is_refusal(error))
      roster.record_refusal(claim.fleet, {claim.device, error.reason, error.detail + more, claim.from.address});
  }
  done(std::unexpected(std::move(error)));
}

Enrolment::Enrolment(const Authority& authority, Roster& roster, EnrolmentOptions options)
    : inside_(new Inside{.authority = authority,
                         .roster = roster,
                         .clock = options.clock == nullptr ? system_clock() : *options.clock,
                         .metrics = options.metrics,
                         .blocked = options.blocked,
                         .attempts = {},
                         .gate = {}}) {}
Enrolment::~Enrolment() = default;

void Enrolment::enrol(const FleetId& fleet, std::string_view device, std::string_view code, ByteView csr,
                      const Origin& from, Issued done) {
  auto& in = *inside_;
  const std::string& address = from.address;
  Claim claim{fleet, std::string(device.substr(0, claim_bytes_max)), from};
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
  in.issue(*name, {csr, facts::EnrolmentRight::code, from}, std::move(claim), std::move(done),
           [&](auto& fact) { fact.code_hash = hash; });
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
