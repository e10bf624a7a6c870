#pragma once
// What is asked of a server without signing in: is it alive, is it ready, how is it doing.
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/time.h"
#include "fleet/projection/projector.h"
#include "fleet/registry/registry.h"
#include "ledger/ledger.h"
#include "net/http/http.h"
#include "server/expiry/watch.h"

namespace outrider::server {

// Projections further behind than this answer questions about the past; under a burst of reports some thousand are
// usual.
inline constexpr std::uint64_t lag_entries_max = 100'000;

// Everything it is given must outlive it. Any thread.
class Health {
 public:
  Health(Metrics& metrics, const ledger::Ledger& ledger, const fleet::Registry& registry,
         const fleet::Projector& projector, const ExpiryWatch& expiry, std::string version);

  // Why the server should get no traffic, a sentence each; empty when it is ready.
  std::vector<std::string> problems() const;
  void stopping() { stopping_ = true; }

  // GET /livez, /readyz, /metrics.
  net::Awaitable<net::HttpResponse> handle(net::HttpRequest request) const;

 private:
  net::HttpResponse ready() const;
  void measure() const;

  Metrics& metrics_;
  const ledger::Ledger& ledger_;
  const fleet::Registry& registry_;
  const fleet::Projector& projector_;
  const ExpiryWatch& expiry_;
  std::atomic<bool> stopping_{false};

  Gauge healthy_;
  Gauge durable_;
  Gauge integrated_;
  Gauge wal_bytes_;
  Gauge lag_;
  Gauge fleets_;
  Gauge devices_;
  Gauge online_;
};

}  // namespace outrider::server
