#include "gateway/mqtt/state/reconcile.h"

#include <fmt/format.h>

#include <map>
#include <set>

#include "base/log.h"

namespace outrider::gateway::mqtt {

namespace {

constexpr std::size_t page_entries = 1'000;
constexpr std::string_view exchange_mark = "; exchange=\"";
constexpr std::string_view will_mark = "; will=\"";
using Marks = std::set<std::string, std::less<>>;

// The exchanges and wills of entries from `from` on.
Result<Marks> marks_since(const ledger::Ledger& ledger, const FleetId& fleet, std::uint64_t from) {
  Marks out;
  const auto end = ledger.durable(fleet);
  if (!end) return out;  // a fleet that was put back to before it was made
  while (from < *end) {
    TRY(const auto entries, ledger.read(fleet, from, page_entries));
    if (entries.empty()) break;
    from = entries.back().number + 1;
    for (const auto& entry : entries)
      for (const auto mark : {exchange_mark, will_mark})
        if (const auto at = entry.content_type.find(mark); at != std::string::npos)
          out.insert(entry.content_type.substr(at));
  }
  return out;
}

// The entry of this message is there: what comes of it, and with it what `last` says.
template <class Last>
Result<void> settle(StateStore& store, TopicsOfFleets& topics, const std::shared_ptr<Message>& message, Last last) {
  std::vector<Target> targets;
  topics.of(message->fleet).routes.match(*message, targets);
  return store.now([&](StateWork& work) -> Result<void> {
    CHECK(work.enqueue(message, targets));
    if (message->retain()) CHECK(work.retain(message));
    return last(work.tables);
  });
}

// Whose connection was there when the server died. None of them is in the ledger yet.
Result<void> make_wills_due(StateStore& store, const ledger::Ledger& ledger) {
  return store.now([&](StateWork& work) -> Result<void> {
    TRY(const auto fleets, work.tables.fleets_with_wills());
    for (const auto& fleet : fleets) CHECK(work.tables.set_all_due(fleet, ledger.durable(fleet).value_or(0)));
    return {};
  });
}

}  // namespace

std::string exchange_parameter(KeptId kept, std::uint64_t exchange) {
  return fmt::format("{}{:016x}-{:x}\"", exchange_mark, kept, exchange);
}

std::string will_parameter(WillId id) {
  return fmt::format("{}{:016x}\"", will_mark, id);
}

Result<void> reconcile(StateStore& store, const ledger::Ledger& ledger, TopicsOfFleets& topics) {
  TRY(const auto unsettled, store.unsettled());
  TRY(const auto wills, store.unpublished());
  std::map<FleetId, std::uint64_t> since;
  const auto look_from = [&](const Message& message, std::uint64_t number) {
    auto& from = since.try_emplace(message.fleet, number).first->second;
    from = std::min(from, number);
  };
  for (const auto& one : unsettled) look_from(*one.message, one.since);
  for (const auto& one : wills) look_from(*one.will.message, one.since);
  std::map<FleetId, Marks> found;
  for (const auto& [fleet, from] : since) {
    TRY(found[fleet], marks_since(ledger, fleet, from));
  }
  // The others are published when the server runs.
  for (const auto& one : wills) {
    if (!found[one.will.message->fleet].contains(will_parameter(one.id))) continue;
    one.will.message->received = system_clock().now();
    CHECK(settle(store, topics, one.will.message, [&](Tables& tables) { return tables.remove_will(one.id); }));
  }
  CHECK(make_wills_due(store, ledger));
  for (const auto& one : unsettled) {
    if (found[one.message->fleet].contains(exchange_parameter(one.kept, one.inbound.exchange))) {
      CHECK(settle(store, topics, one.message,
                   [&](Tables& tables) { return tables.settle(one.kept, one.inbound.exchange); }));
    } else {
      CHECK(store.now([&](StateWork& work) { return work.tables.forget_exchange(one.kept, one.inbound.exchange); }));
    }
  }
  if (!unsettled.empty()) log::info("settled QoS 2 messages the last run left open", {{"messages", unsettled.size()}});
  return {};
}

}  // namespace outrider::gateway::mqtt
