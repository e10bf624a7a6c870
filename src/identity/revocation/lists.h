#pragma once
// The revocation lists of every issuing CA, always current: signed anew within a moment of a revocation, and long
// before they run out. Full lists and deltas (RFC 5280, 5), under rising numbers that survive a restart.
//
// Each revocation is encoded once and added; a list of 100,000 is joined and signed in some ten milliseconds. When a
// list is due by time it is rebuilt, and certificates that have expired meanwhile leave it; that list is the base of
// the deltas that follow.
//
// Life cycle: construct, refresh() once so that there is something to hand out, start(); stop() or the destructor joins
// its thread. What it is given must outlive it. changed() and find() may be called from any thread.
#include <condition_variable>
#include <map>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "identity/revocation/list_state.h"

namespace outrider::identity {

struct ListOptions {
  std::filesystem::path directory;  // for the numbers; made when missing
  std::string base_url;             // where the lists can be had; empty: not said
  std::chrono::seconds life = std::chrono::hours{24};
  // Between two lists of one issuer: a mass revocation is some lists, not a thousand.
  std::chrono::milliseconds pause{500};
  const Clock* clock = nullptr;  // nullptr: the system's
};

class RevocationLists {
 public:
  RevocationLists(const Authority& authority, const RevocationSource& source, ListOptions options);
  ~RevocationLists();
  RevocationLists(const RevocationLists&) = delete;
  RevocationLists& operator=(const RevocationLists&) = delete;

  void start();
  void stop();
  // Something was revoked, or an authority took over.
  void changed();
  // Brings every list up to date; what fails is logged, and the first failure returned. One thread: before start().
  Result<void> refresh();

  // `issuer`: the beginning of its key identifier (Signer::short_id), empty for the present one. nullptr: no such list.
  ListPtr find(const FleetId& fleet, std::string_view issuer, bool delta) const;
  // Those of all its issuing CAs.
  std::vector<ListPtr> all(const FleetId& fleet, bool delta) const;
  // The highest number of a list of the fleet; 0: none yet.
  std::uint64_t number(const FleetId& fleet) const;
  // When a list has to be signed anew, at the latest. One thread: before start().
  Timestamp next_due() const;
  // Lists of the fleet get higher numbers than this. Before refresh().
  void raise(const FleetId& fleet, std::uint64_t number) { floors_[fleet] = number; }

 private:
  using Key = std::pair<FleetId, std::string>;  // fleet, key identifier of the issuer
  void run();
  Result<void> refresh(const FleetId& fleet);
  Result<ListState*> state_of(const FleetId& fleet, const std::string& issuer);
  Result<void> read(const FleetId& fleet, const std::string& oldest);

  const Authority& authority_;
  const RevocationSource& source_;
  const ListOptions options_;
  const Clock& clock_;

  // The publishing thread's.
  std::map<Key, ListState> states_;
  std::map<FleetId, std::size_t> read_;        // revocations of the fleet that the states hold
  std::map<FleetId, std::uint64_t> rebuilds_;  // of the source, when they were read
  std::map<FleetId, std::uint64_t> floors_;

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  bool dirty_ = false;
  bool stopping_ = false;
  struct Out {
    ListPtr full;
    ListPtr delta;
    bool present = false;
  };
  std::map<Key, Out> out_;
  std::thread thread_;
};

}  // namespace outrider::identity
