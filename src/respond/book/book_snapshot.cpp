// The book as bytes: one line with the SHA-256 of the rest, then one JSON document. It saves reading the ledger from
// its beginning, and may be deleted at any time.
#include <fmt/format.h>

#include "crypto/hash.h"
#include "respond/book/book.h"

namespace outrider::respond {
namespace {

constexpr std::uint64_t format_version = 2;
constexpr std::size_t digest_digits = 2 * crypto::sha256_bytes;

struct SavedPlaybook {
  std::string toml;
  std::uint64_t since = 0;
};
BOOST_DESCRIBE_STRUCT(SavedPlaybook, (), (toml, since))

struct Saved {
  std::uint64_t format = format_version;
  FleetId fleet;
  std::uint64_t next = 0;
  std::vector<SavedPlaybook> playbooks;  // those that are not built in
  std::vector<std::string> removed;
  std::vector<AlertRow> alerts;
  std::vector<Wanted> wanted;
  std::vector<Response> responses;
  std::vector<Actuation> actuations;
  std::vector<facts::RouteAssigned> routes;
  std::vector<std::string> holding;
  std::vector<Timestamp> restricted;
  std::vector<Acted> acted;
  std::map<std::string, std::string> in_force;
  std::vector<std::string> holds;  // responses that hold actuation
};
BOOST_DESCRIBE_STRUCT(Saved, (),
                      (format, fleet, next, playbooks, removed, alerts, wanted, responses, actuations, routes, holding,
                       restricted, acted, in_force, holds))

template <class Map>
auto values_of(const Map& map) {
  std::vector<typename Map::mapped_type> out;
  for (const auto& [key, value] : map) out.push_back(value);
  return out;
}

}  // namespace

std::string Book::save() const {
  Saved out{.fleet = fleet_,
            .next = next_,
            .removed = {removed_.begin(), removed_.end()},
            .alerts = values_of(alerts_),
            .wanted = values_of(wanted_),
            .responses = values_of(responses_),
            .actuations = values_of(actuations_),
            .routes = values_of(watch_.routes()),
            .holding = {watch_.holding().begin(), watch_.holding().end()},
            .restricted = {restricted_.begin(), restricted_.end()},
            .acted = {acted_.begin(), acted_.end()},
            .in_force = in_force_};
  for (const auto& [id, playbook] : playbooks_)
    if (!playbook.builtin) out.playbooks.push_back({playbook.toml, playbook.since});
  for (const auto& [device, responses] : holds_) out.holds.insert(out.holds.end(), responses.begin(), responses.end());
  const std::string text = json::write(out);
  return fmt::format("{}\n{}", hex(crypto::sha256(as_bytes(text))), text);
}

Result<Book> Book::load(FleetId fleet, std::string_view snapshot) {
  const auto bad = [](std::string_view why) { return fail(Errc::corrupt, "bad-snapshot", std::string(why)); };
  if (snapshot.size() <= digest_digits || snapshot[digest_digits] != '\n') return bad("it has no checksum");
  const auto text = snapshot.substr(digest_digits + 1);
  if (hex(crypto::sha256(as_bytes(text))) != snapshot.substr(0, digest_digits)) return bad("its checksum is wrong");
  TRY(auto saved, json::read<Saved>(text));
  if (saved.format != format_version || saved.fleet != fleet) return bad("it is of another format or fleet");
  Book out(std::move(fleet));
  out.next_ = saved.next;
  for (const auto& id : saved.removed) out.playbooks_.erase(id);
  out.removed_ = {saved.removed.begin(), saved.removed.end()};
  for (const auto& [toml, since] : saved.playbooks) {
    TRY(auto playbook, Playbook::parse(toml, "snapshot"));
    playbook.since = since;
    out.playbooks_.insert_or_assign(playbook.id, playbook);
  }
  for (auto& row : saved.alerts) {
    out.index(row);
    out.alerts_.emplace(row.alert, std::move(row));
  }
  for (auto& row : saved.wanted) out.wanted_.emplace(row.response, std::move(row));
  for (auto& row : saved.responses) {
    if (row.state == State::started) out.intents_[row.entry] = row.response;
    out.responses_.emplace(row.response, std::move(row));
  }
  for (auto& row : saved.actuations) {
    if (row.state == ActuationState::held) out.held_[whose_of(row)] = row.actuation;
    out.actuations_.emplace(row.actuation, std::move(row));
  }
  for (const auto& route : saved.routes) out.watch_.set_route(route);
  out.watch_.set_holding({saved.holding.begin(), saved.holding.end()});
  out.restricted_.assign(saved.restricted.begin(), saved.restricted.end());
  out.acted_.assign(saved.acted.begin(), saved.acted.end());
  out.in_force_ = std::move(saved.in_force);
  for (const auto& id : saved.holds)
    if (const Response* const response = out.response(id)) out.holds_[response->device].insert(id);
  out.look_for_rules();
  return out;
}

}  // namespace outrider::respond
