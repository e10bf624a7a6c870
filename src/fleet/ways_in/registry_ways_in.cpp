// Requests for approval, and the retirement of identities that newer ones have replaced.
#include <fmt/format.h>

#include <algorithm>

#include "base/address.h"
#include "base/log.h"
#include "fleet/registry/live_registry.h"
#include "fleet/ways_in/rules.h"
#include "ledger/subject.h"

namespace outrider::fleet {
namespace {

Result<void> check_room(const WaysIn& ways, const facts::EnrolmentRequested& fact, Timestamp now) {
  const std::string from = address_key(fact.address);
  std::size_t all = 0;
  std::size_t of_address = 0;
  std::size_t of_device = 0;
  for (const auto& [name, request] : ways.requests) {
    if (request.state != RequestState::pending || request.expires <= now) continue;
    ++all;
    if (address_key(request.address) == from) ++of_address;
    if (request.device == fact.device) ++of_device;
  }
  if (all < requests_per_fleet_max && of_address < requests_per_address_max && of_device < requests_per_device_max)
    return {};
  return fail(Errc::overloaded, "too-many-requests",
              "too many requests wait for an operator already; ask the operator, or try again later");
}

const EnrolmentRequest* find_request(const WaysIn& ways, const facts::EnrolmentRequested& fact, Timestamp now) {
  for (const auto& [name, request] : ways.requests) {
    const bool open = request.state != RequestState::used && now < request.expires;
    if (open && request.device == fact.device && request.spki_sha256 == fact.spki_sha256) return &request;
  }
  return nullptr;
}

}  // namespace

void LiveRegistry::ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) {
  auto done = std::make_shared<Asked>(std::move(asked));
  auto outcome = std::make_shared<EnrolmentRequest>();
  decide(
      [done, outcome](Result<void> decided) {
        if (!decided) return (*done)(std::unexpected(std::move(decided).error()));
        (*done)(*outcome);
      },
      [&](State& state, Plan& plan) -> Result<void> {
        TRY(const FleetState* const found, require_fleet(state, fleet));
        const Timestamp now = clock_.now();
        if (const EnrolmentRequest* const known = find_request(found->ways, fact, now)) {
          *outcome = *known;
          return {};
        }
        CHECK(check_room(found->ways, fact, now));
        outcome->request = fact.request;
        plan.append(fleet, ledger::subject_of(fact.device), fact);
        return {};
      });
}

void LiveRegistry::decide_request(const FleetId& fleet, const std::string& request, bool approved,
                                  const std::string& why, const std::string& by, Done done) {
  decide(std::move(done), [&](State& state, Plan& plan) -> Result<void> {
    TRY(const FleetState* const found, require_fleet(state, fleet));
    CHECK(check_text("why", why, why_bytes_max));
    CHECK(check_text("by", by, label_bytes_max));
    const auto row = found->ways.requests.find(request);
    if (row == found->ways.requests.end())
      return fail(Errc::not_found, "unknown-request", fmt::format("there is no request '{}'", request.substr(0, 64)));
    if (row->second.state != RequestState::pending)
      return fail(Errc::conflict, "request-decided",
                  fmt::format("the request is {} already", boost::describe::enum_to_string(row->second.state, "?")));
    if (row->second.expires <= clock_.now())
      return fail(Errc::expired, "request-expired", "the request has expired; the device will ask again");
    plan.append(fleet, ledger::subject_of(row->second.device),
                facts::EnrolmentDecided{
                    .device = row->second.device, .request = request, .approved = approved, .why = why, .by = by});
    return {};
  });
}

Result<std::vector<EnrolmentRequest>> LiveRegistry::requests(const FleetId& fleet) const {
  const Timestamp now = clock_.now();
  return look(fleet, [&](const FleetState& state) -> Result<std::vector<EnrolmentRequest>> {
    std::vector<EnrolmentRequest> out;
    for (const auto& [name, request] : state.ways.requests)
      if (now < request.expires) out.push_back(request);
    std::ranges::sort(out, {}, &EnrolmentRequest::requested);
    return out;
  });
}

void LiveRegistry::record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) {
  // Changes nothing that decisions are made against, so it needs no turn.
  auto subject = ledger::subject_of(DeviceId(fact.device));
  subject.id.resize(std::min(subject.id.size(), id_bytes_max));
  ledger_.append(ledger::draft_of(fleet, std::move(subject), fact), [](const Result<std::uint64_t>& number) {
    if (!number) log::warn("a suspicion could not be recorded", {{"problem", number.error().text()}});
  });
}

void LiveRegistry::retire_replaced(const std::vector<Connected>& connected) {
  for (const auto& [fleet, device, serial] : connected) {
    decide(
        [](const Result<void>& retired) {
          if (!retired) log::warn("a replaced identity stays valid", {{"problem", retired.error().text()}});
        },
        [&](State& state, Plan& plan) -> Result<void> {
          TRY(const FleetState* const found, require_fleet(state, fleet));
          if (const HolderState* const row = found->find_holder(device))
            plan_retirement(fleet, *found, *row, serial, clock_.now(), plan);
          return {};
        });
  }
}

}  // namespace outrider::fleet
