// A device that brings nothing but a request: an operator compares its key and decides.
#include "crypto/random.h"
#include "identity/enrolment/enrolment_inside.h"

namespace outrider::identity {
namespace {

constexpr std::size_t request_name_bytes = 8;

// The same for a device that does not exist, or may not ask: nobody learns which devices there are.
Error no_code() {
  return {Errc::unauthenticated, "no-code",
          "send the device's id and its enrolment code as HTTP Basic credentials, or its maker's certificate"};
}

}  // namespace

void Enrolment::ask(const FleetId& fleet, ByteView body, const Origin& from, Issued done) {
  auto& in = *inside_;
  const auto csr = crypto::parse_csr(body);
  if (!csr) return done(std::unexpected(no_code()));
  const auto device = DeviceId::parse(csr->subject.common_name);
  if (!device) return done(std::unexpected(no_code()));
  const auto standing = in.roster.standing(fleet, *device);
  if (!standing || !standing->by_approval) return done(std::unexpected(no_code()));

  const Claim claim{fleet, device->value, from};
  const DeviceName name{fleet, *device};
  const auto checked = in.check_request(name, {body, facts::EnrolmentRight::approval, from});
  if (!checked) return in.refuse(claim, checked.error(), std::move(done));
  facts::EnrolmentRequested fact{.device = *device,
                                 .request = hex(crypto::random_array<request_name_bytes>()),
                                 .spki_sha256 = checked->csr.key.spki_sha256(),
                                 .address = from.address,
                                 .expires = in.clock.now() + approval_life};
  auto answered = [&in, claim, name, csr_der = checked->csr.der,
                   done = std::move(done)](Result<ApprovalStanding> standing_now) mutable {
    if (!standing_now) return in.refuse(claim, std::move(standing_now).error(), std::move(done));
    switch (standing_now->state) {
      case Approval::pending:
        return done(fail(
            Errc::overloaded, "approval-pending",
            "an operator has been asked (request " + standing_now->request + "); send the same request again later"));
      case Approval::rejected:
        return in.refuse(claim, {Errc::forbidden, "approval-rejected", "the operator has rejected the request"},
                         std::move(done));
      case Approval::approved:
        return in.issue(name, {csr_der, facts::EnrolmentRight::approval, claim.from}, claim, std::move(done),
                        [&](auto& issued) { issued.request = standing_now->request; });
    }
  };
  in.roster.ask_approval(fleet, std::move(fact), std::move(answered));
}

}  // namespace outrider::identity
