// Ways into a fleet without an enrolment code: the anchors it trusts, and the requests that wait for an operator.
#include <fmt/format.h>

#include <algorithm>

#include "api/handlers.h"
#include "api/handlers/pending.h"
#include "crypto/x509/certificate.h"
#include "identity/ways/device_mapping.h"
#include "identity/ways/foreign_list.h"

namespace outrider::api {
namespace {

struct NewAnchor {
  std::string anchor;
  facts::AnchorRole role = facts::AnchorRole::manufacturer;
  std::string certificate;  // PEM
  std::optional<std::string> profile;
  std::optional<std::string> device_id_from;
  std::optional<Timestamp> until;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(NewAnchor, (), (anchor, role, certificate, profile, device_id_from, until, dry_run))

struct Decision {
  std::string decision;  // approve, reject
  std::optional<std::string> why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Decision, (), (decision, why, dry_run))

struct Remove {
  std::string why;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(Remove, (), (why, dry_run))

struct NewList {
  Bytes list;  // DER
  std::optional<facts::WhenStale> when_stale;
  std::optional<bool> dry_run;
};
BOOST_DESCRIBE_STRUCT(NewList, (), (list, when_stale, dry_run))

json::Object anchor_view(const fleet::Anchor& anchor) {
  auto out = json::from(anchor).as_object();
  const auto certificate = crypto::parse_certificate(anchor.certificate);
  if (!certificate) return out;
  out["certificate"] = certificate->pem();
  out["subject"] = certificate->subject.text;
  out["not_after"] = to_rfc3339(certificate->not_after);
  out["spki_sha256"] = certificate->spki_sha256();
  return out;
}

Result<facts::AnchorAdded> anchor_fact(const NewAnchor& wanted, std::string by) {
  facts::AnchorAdded out{.anchor = wanted.anchor, .role = wanted.role, .until = wanted.until, .by = std::move(by)};
  TRY(const auto certificate, crypto::certificate_from_pem(wanted.certificate));
  out.certificate = certificate.der;
  if (wanted.profile) {
    TRY(out.profile, ProfileId::parse(*wanted.profile));
  }
  const bool device_ca = wanted.role == facts::AnchorRole::device_ca;
  if (device_ca != wanted.device_id_from.has_value())
    return fail(Errc::malformed, "bad-mapping",
                device_ca ? "device_id_from: say where this CA's certificates name their device"
                          : "device_id_from goes with the role device_ca; a maker's certificate has a serial number");
  if (wanted.device_id_from) CHECK(identity::check_mapping(*wanted.device_id_from));
  out.device_id_from = wanted.device_id_from;
  return out;
}

Result<fleet::Anchor> find_anchor(const House& house, const FleetId& fleet, const std::string& name) {
  TRY(auto anchors, house.registry.anchors(fleet));
  const auto found = std::ranges::find(anchors, name, &fleet::Anchor::anchor);
  if (found == anchors.end())
    return fail(Errc::not_found, "unknown-anchor", fmt::format("there is no anchor '{}'", name));
  return *std::move(found);
}

Result<fleet::EnrolmentRequest> find_request(const House& house, const FleetId& fleet, const std::string& name) {
  TRY(auto requests, house.registry.requests(fleet));
  const auto found = std::ranges::find(requests, name, &fleet::EnrolmentRequest::request);
  if (found == requests.end())
    return fail(Errc::not_found, "unknown-request", fmt::format("there is no request '{}'", name));
  return *std::move(found);
}

}  // namespace

Result<net::HttpResponse> get_anchors(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto anchors, house.registry.anchors(fleet));
  json::Array items;
  for (const auto& anchor : anchors) items.emplace_back(anchor_view(anchor));
  return answer_list(std::move(items));
}

Result<net::HttpResponse> get_anchor(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto name, call.part("anchor"));
  TRY(const auto anchor, find_anchor(house, fleet, name));
  auto out = anchor_view(anchor);
  TRY(const auto progress, house.registry.anchor_progress(fleet, name));
  out["progress"] = json::from(progress);
  TRY(const auto list, house.registry.list_of(fleet, name));
  if (list) out["list"] = json::from(*list);
  return answer(out);
}

Result<net::HttpResponse> post_anchor(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto wanted, call.body<NewAnchor>());
  TRY(auto fact, anchor_fact(wanted, call.by()));
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.add_anchor(fleet, std::move(fact), done.callback(), run_of(dry_run));
  CHECK(done.wait());
  if (!dry_run && house.anchors_changed) house.anchors_changed();
  return answer(json::Object{{"anchor", wanted.anchor}, {"dry_run", dry_run}}, dry_run ? 200 : 201);
}

Result<net::HttpResponse> post_anchor_remove(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto name, call.part("anchor"));
  TRY(const auto wanted, call.body<Remove>());
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.remove_anchor(fleet, {.anchor = name, .why = wanted.why, .by = call.by()}, done.callback(),
                               run_of(dry_run));
  CHECK(done.wait());
  if (!dry_run && house.anchors_changed) house.anchors_changed();
  return answer(json::Object{{"anchor", name}, {"removed", !dry_run}, {"dry_run", dry_run}});
}

Result<net::HttpResponse> post_anchor_list(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto name, call.part("anchor"));
  TRY(const auto wanted, call.body<NewList>());
  TRY(const auto anchor, find_anchor(house, fleet, name));
  TRY(const auto authority, crypto::parse_certificate(anchor.certificate));
  TRY(auto read, identity::read_list(wanted.list, authority));
  read.fact.anchor = name;
  read.fact.when_stale = wanted.when_stale.value_or(facts::WhenStale::refuse);
  read.fact.by = call.by();
  std::vector<fleet::ForeignRevoked> revoked;
  revoked.reserve(read.revoked.size());
  for (auto& each : read.revoked) revoked.push_back({std::move(each.serial), std::move(each.ours)});
  json::Object out{{"anchor", name},
                   {"number", read.fact.number},
                   {"revoked", read.fact.revoked},
                   {"next_update", to_rfc3339(read.fact.next_update)}};
  const bool dry_run = wanted.dry_run.value_or(false);
  Pending<void> done;
  house.registry.take_list(fleet, std::move(read.fact), std::move(revoked), done.callback(), run_of(dry_run));
  CHECK(done.wait());
  out["dry_run"] = dry_run;
  return answer(out);
}

Result<net::HttpResponse> get_requests(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto state, call.text("state"));
  if (!state.empty()) {
    auto known = json::to<fleet::RequestState>(json::Value(state), "state");
    if (!known) return fail(Errc::malformed, "bad-parameter", known.error().detail);
  }
  TRY(const auto requests, house.registry.requests(fleet));
  json::Array items;
  for (const auto& request : requests) {
    auto item = json::from(request);
    if (state.empty() || item.as_object().at("state").as_string() == state) items.push_back(std::move(item));
  }
  return answer_list(std::move(items));
}

Result<net::HttpResponse> get_request(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  TRY(const auto name, call.part("request"));
  TRY(const auto request, find_request(house, fleet, name));
  auto out = json::from(request).as_object();
  TRY(const auto identities, house.registry.identities(fleet, request.device));
  out["identities"] = json::from(identities);
  return answer(out);
}

Result<net::HttpResponse> post_request_decision(const House& house, const Call& call) {
  TRY(const auto fleet, call.fleet());
  CHECK(house.registry.fleet(fleet));
  TRY(const auto name, call.part("request"));
  TRY(const auto wanted, call.body<Decision>());
  if (wanted.decision != "approve" && wanted.decision != "reject")
    return fail(Errc::malformed, "bad-parameter", "decision: expected approve or reject");
  TRY(auto request, find_request(house, fleet, name));
  const bool dry_run = wanted.dry_run.value_or(false);
  if (dry_run && request.state != fleet::RequestState::pending)
    return fail(Errc::conflict, "request-decided", "the request has been decided already");
  if (!dry_run) {
    Pending<void> done;
    house.registry.decide_request(fleet, name, wanted.decision == "approve", wanted.why.value_or(""), call.by(),
                                  done.callback());
    CHECK(done.wait());
    TRY(request, find_request(house, fleet, name));
  }
  auto out = json::from(request).as_object();
  out["dry_run"] = dry_run;
  return answer(out);
}

}  // namespace outrider::api
