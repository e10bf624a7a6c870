#include "identity/revocation/ocsp_responder.h"

#include <algorithm>

#include "base/log.h"

namespace outrider::identity {
namespace {

using crypto::OcspProblem;
using crypto::OcspStatus;

OcspAnswer problem(OcspProblem what, std::string_view result) {
  return {.der = crypto::ocsp_problem(what), .result = result};
}

std::string_view result_of(const std::vector<OcspStatus>& statuses) {
  if (statuses.size() != 1) return "several";
  switch (statuses.front().kind) {
    case OcspStatus::Kind::good:
      return "good";
    case OcspStatus::Kind::revoked:
      return "revoked";
    case OcspStatus::Kind::unknown:
      break;
  }
  return "unknown";
}

bool same(const OcspStatus& a, const OcspStatus& b) {
  return a.kind == b.kind && a.when == b.when && a.reason == b.reason;
}

std::string name_of(const crypto::OcspRequest& request) {
  std::string out;
  for (const auto& one : request.certificates) out.append(as_text(one.der));
  return out;
}

}  // namespace

OcspResponder::OcspResponder(const Authority& authority, const RevocationSource& source, OcspOptions options)
    : authority_(authority),
      source_(source),
      options_(options),
      clock_(options.clock == nullptr ? system_clock() : *options.clock) {}
OcspResponder::~OcspResponder() = default;

std::shared_ptr<const OcspResponder::Issuers> OcspResponder::issuers() {
  const std::uint64_t generation = authority_.generation();
  {
    const std::lock_guard lock(mutex_);
    if (issuers_ && generation_ == generation) return issuers_;
  }
  auto found = std::make_shared<Issuers>();
  for (const auto& fleet : source_.fleets()) {
    const auto all = authority_.issuers(fleet);
    if (!all) continue;  // being made
    for (const auto& issuer : *all)
      found->push_back({fleet, hex(issuer.subject_key_id), &issuer == &all->back(), crypto::OcspIssuerNames(issuer)});
  }
  const std::lock_guard lock(mutex_);
  generation_ = generation;
  issuers_ = found;
  kept_.clear();
  return found;
}

OcspStatus OcspResponder::status_of(const Issuer& issuer, const std::string& serial) const {
  const auto state = serial.empty() ? std::nullopt : source_.state(issuer.fleet, serial);
  // An entry from before there were two issuing CAs names none: then it was the oldest.
  if (!state || (state->issuer.empty() ? !issuer.oldest : state->issuer != issuer.id)) return {};
  if (!state->revoked) return {.kind = OcspStatus::Kind::good};
  return {.kind = OcspStatus::Kind::revoked, .when = *state->revoked, .reason = state->why};
}

Result<std::shared_ptr<const OcspSigner>> OcspResponder::signer_of(const Issuer& issuer, Timestamp now) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = signers_.find(issuer.id);
    if (found != signers_.end() && found->second->certificate.not_after - now > ocsp_signer_life / 2)
      return found->second;
  }
  TRY(auto made, authority_.ocsp_signer(issuer.fleet, issuer.id));
  auto signer = std::make_shared<const OcspSigner>(std::move(made));
  const std::lock_guard lock(mutex_);
  signers_[issuer.id] = signer;
  return signer;
}

Result<OcspAnswer> OcspResponder::sign(const Issuer& issuer, const crypto::OcspRequest& request,
                                       const Statuses& statuses) {
  const Timestamp now = clock_.now();
  TRY(const auto signer, signer_of(issuer, now));
  OcspAnswer out{.der = {},
                 .result = result_of(statuses),
                 .good_for_others = request.nonce.empty(),
                 .this_update = now,
                 .next_update = std::min<Timestamp>(now + options_.life, signer->certificate.not_after)};
  TRY(out.der,
      crypto::ocsp_response(request, statuses, {out.this_update, out.next_update}, signer->certificate, signer->key));
  return out;
}

OcspAnswer OcspResponder::answer(ByteView bytes) {
  const auto request = crypto::parse_ocsp_request(bytes);
  if (!request) return problem(OcspProblem::malformed_request, "malformed");
  const auto all = issuers();
  const auto issuer =
      std::ranges::find_if(*all, [&](const Issuer& each) { return each.names.match(request->certificates.front()); });
  if (issuer == all->end() ||
      !std::ranges::all_of(request->certificates, [&](const auto& one) { return issuer->names.match(one); }))
    return problem(OcspProblem::unauthorized, "unauthorized");
  Statuses statuses;
  for (const auto& one : request->certificates) statuses.push_back(status_of(*issuer, one.serial));

  const std::string name = name_of(*request);
  if (request->nonce.empty()) {
    const std::lock_guard lock(mutex_);
    const auto found = kept_.find(name);
    if (found != kept_.end() && clock_.now() - found->second.answer.this_update < options_.life / 4 &&
        std::ranges::equal(found->second.statuses, statuses, same))
      return found->second.answer;
  }
  auto signed_answer = sign(*issuer, *request, statuses);
  if (!signed_answer) {
    static log::Throttle throttle;
    if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
      log::error("cannot answer OCSP", {{"why", signed_answer.error().text()}, {"suppressed", suppressed}});
    return problem(OcspProblem::try_later, "try-later");
  }
  if (request->nonce.empty()) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= ocsp_kept_max) kept_.clear();
    kept_[name] = {std::move(statuses), *signed_answer};
  }
  return *std::move(signed_answer);
}

}  // namespace outrider::identity
