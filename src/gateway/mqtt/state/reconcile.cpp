#include "gateway/mqtt/state/reconcile.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/log.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::size_t page_entries = 1'000;
constexpr std::string_view parameter = "; exchange=\"";

// The exchanges of entries from `from` on.
Result<std::set<std::string, std::less<>>> exchanges_since(const ledger::Ledger& ledger, const FleetId& fleet,
                                                           std::uint64_t from) {
  std::set<std::string, std::less<>> out;
  const auto end = ledger.durable(fleet);
  if (!end) return out;  // a fleet that was put back to before it was made
  while (from < *end) {
    TRY(const auto entries, ledger.read(fleet, from, page_entries));
    if (entries.empty()) break;
    from = entries.back().number + 1;
    for (const auto& entry : entries)
      if (const auto at = entry.content_type.find(parameter); at != std::string::npos)
        out.insert(entry.content_type.substr(at));
  }
  return out;
}

Result<void> settle(StateStore& store, TopicsOfFleets& topics, const Unsettled& one) {
  std::vector<Target> targets;
  topics.of(one.message->fleet).routes.match(*one.message, targets);
  return store.now([&](StateWork& work) -> Result<void> {
    CHECK(work.enqueue(one.message, targets));
    if (one.message->retain()) CHECK(work.retain(one.message));
    return work.tables.settle(one.kept, one.inbound.packet_identifier);
  });
}

}  // namespace

std::string exchange_parameter(KeptId kept, std::uint64_t exchange) {
  return fmt::format("{}{:016x}-{:x}\"", parameter, kept, exchange);
}

Result<void> reconcile(StateStore& store, const ledger::Ledger& ledger, TopicsOfFleets& topics) {
  TRY(const auto unsettled, store.unsettled());
  std::map<FleetId, std::uint64_t> since;
  for (const auto& one : unsettled) {
    auto& from = since.try_emplace(one.message->fleet, one.since).first->second;
    from = std::min(from, one.since);
  }
  std::map<FleetId, std::set<std::string, std::less<>>> found;
  for (const auto& [fleet, from] : since) {
    TRY(found[fleet], exchanges_since(ledger, fleet, from));
  }
  for (const auto& one : unsettled) {
    if (found[one.message->fleet].contains(exchange_parameter(one.kept, one.inbound.exchange))) {
      CHECK(settle(store, topics, one));
    } else {
      CHECK(store.now(
          [&](StateWork& work) { return work.tables.forget_inbound(one.kept, one.inbound.packet_identifier); }));
    }
  }
  if (!unsettled.empty()) log::info("settled QoS 2 messages the last run left open", {{"messages", unsettled.size()}});
  return {};
}

}  // namespace outrider::gateway::mqtt
