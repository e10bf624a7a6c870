#include "identity/revocation/lists.h"

#include <algorithm>

#include "base/file.h"
#include "base/log.h"

namespace outrider::identity {
namespace {

constexpr std::chrono::seconds retry{10};    // after a failure: a full disk, a token that is not there
constexpr std::chrono::seconds look{60};     // at the clock, at least: it may be set
constexpr std::size_t short_id_digits = 16;  // Signer::short_id

}  // namespace

RevocationLists::RevocationLists(const Authority& authority, const RevocationSource& source, ListOptions options)
    : authority_(authority),
      source_(source),
      options_(std::move(options)),
      clock_(options_.clock == nullptr ? system_clock() : *options_.clock) {}

RevocationLists::~RevocationLists() {
  stop();
}

void RevocationLists::start() {
  thread_ = std::thread([this] { run(); });
}

void RevocationLists::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void RevocationLists::changed() {
  {
    const std::lock_guard lock(mutex_);
    dirty_ = true;
  }
  wake_.notify_all();
}

void RevocationLists::run() {
  auto wait = std::chrono::milliseconds{0};
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      wake_.wait_for(lock, wait, [this] { return stopping_ || dirty_; });
      if (stopping_) return;
      dirty_ = false;
    }
    const auto refreshed = refresh();
    wait = std::chrono::duration_cast<std::chrono::milliseconds>(
        refreshed ? std::clamp<Timestamp::duration>(next_due() - clock_.now(), std::chrono::seconds{1}, look) : retry);
    std::unique_lock lock(mutex_);
    if (wake_.wait_for(lock, options_.pause, [this] { return stopping_; })) return;
  }
}

Timestamp RevocationLists::next_due() const {
  Timestamp out = clock_.now() + look;
  for (const auto& [key, state] : states_) out = std::min(out, state.due());
  return out;
}

Result<void> RevocationLists::refresh() {
  Result<void> first;
  for (const auto& fleet : source_.fleets()) {
    auto done = refresh(fleet);
    if (done) continue;
    static log::Throttle throttle;
    if (std::uint64_t suppressed = 0; throttle.allow(suppressed))
      log::error("cannot publish revocation lists", {{"fleet", fleet.value}, {"why", done.error().text()}});
    if (first) first = std::move(done);
  }
  return first;
}

Result<ListState*> RevocationLists::state_of(const FleetId& fleet, const std::string& issuer) {
  const Key key{fleet, issuer};
  if (const auto found = states_.find(key); found != states_.end()) return &found->second;
  CHECK(make_directories(options_.directory));
  const std::string name = issuer.substr(0, short_id_digits);
  ListState::Place place{.fleet = fleet,
                         .issuer = issuer,
                         .file = options_.directory / (fleet.value + "-" + name + ".json"),
                         .delta_url = {}};
  if (!options_.base_url.empty())
    place.delta_url = options_.base_url + "/crl/" + fleet.value + "/" + name + "-delta.crl";
  TRY(auto state, ListState::open(std::move(place)));
  state.raise(floors_[fleet]);
  return &states_.emplace(key, std::move(state)).first->second;
}

// Takes over what was revoked since the last time.
Result<void> RevocationLists::read(const FleetId& fleet, const std::string& oldest) {
  for (std::size_t& from = read_[fleet];;) {
    TRY(const auto page, source_.revoked(fleet, from));
    if (page.empty()) return {};
    for (const auto& each : page) {
      const auto state = states_.find({fleet, each.issuer.empty() ? oldest : each.issuer});
      // An issuer that was forgotten has no list.
      if (state != states_.end() && state->second.keeps(each.not_after, clock_.now())) CHECK(state->second.add(each));
      ++from;
    }
  }
}

Result<void> RevocationLists::refresh(const FleetId& fleet) {
  TRY(const auto issuers, authority_.issuers(fleet));
  const Timestamp now = clock_.now();
  // Memory was rebuilt after a failure of the ledger: some revocations never were, others stand elsewhere. Asked before
  // they are read, so that what changes meanwhile is seen the next time.
  const std::uint64_t rebuilds = source_.rebuilds();
  bool rebuild = rebuilds_[fleet] != rebuilds;
  std::erase_if(states_, [&](const auto& entry) {
    return entry.first.first == fleet && std::ranges::none_of(issuers, [&](const auto& issuer) {
             return hex(issuer.subject_key_id) == entry.first.second;
           });
  });
  std::vector<ListState*> states;
  for (const auto& issuer : issuers) {
    const bool known = states_.contains({fleet, hex(issuer.subject_key_id)});
    TRY(ListState* const state, state_of(fleet, hex(issuer.subject_key_id)));
    states.push_back(state);
    // By time, and when an issuer is new: then revocations may have been passed over for want of its list.
    rebuild = rebuild || !known || now >= state->due();
  }
  if (rebuild) {
    for (auto* const state : states) state->clear();
    read_[fleet] = 0;
    rebuilds_[fleet] = rebuilds;
  }
  CHECK(read(fleet, hex(issuers.back().subject_key_id)));
  for (auto* const state : states) {
    if (!state->changed()) continue;
    CHECK(state->publish(authority_, now, options_.life));
  }
  const std::lock_guard lock(mutex_);
  std::erase_if(out_, [&](const auto& entry) { return entry.first.first == fleet; });
  for (std::size_t i = 0; i < issuers.size(); ++i)
    out_[{fleet, hex(issuers[i].subject_key_id)}] = {states[i]->full(), states[i]->delta(), i == 0};
  return {};
}

ListPtr RevocationLists::find(const FleetId& fleet, std::string_view issuer, bool delta) const {
  const std::lock_guard lock(mutex_);
  for (auto each = out_.lower_bound({fleet, std::string()}); each != out_.end() && each->first.first == fleet; ++each) {
    const bool meant = issuer.empty() ? each->second.present
                                      : std::string_view(each->first.second).substr(0, short_id_digits) == issuer;
    if (meant) return delta ? each->second.delta : each->second.full;
  }
  return nullptr;
}

std::vector<ListPtr> RevocationLists::all(const FleetId& fleet, bool delta) const {
  std::vector<ListPtr> out;
  const std::lock_guard lock(mutex_);
  for (auto each = out_.lower_bound({fleet, std::string()}); each != out_.end() && each->first.first == fleet; ++each)
    if (const auto& list = delta ? each->second.delta : each->second.full) out.push_back(list);
  return out;
}

std::uint64_t RevocationLists::number(const FleetId& fleet) const {
  const std::lock_guard lock(mutex_);
  std::uint64_t out = 0;
  for (auto each = out_.lower_bound({fleet, std::string()}); each != out_.end() && each->first.first == fleet; ++each)
    if (each->second.full) out = std::max(out, each->second.full->number);
  return out;
}

}  // namespace outrider::identity
