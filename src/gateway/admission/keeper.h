#pragma once
// What the doors of the broker share, or those of HTTPS: the limits, what the operator decided, who is inside, and the
// metrics.
#include <memory>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/metrics.h"
#include "gateway/admission/limits.h"
#include "gateway/admission/line.h"
#include "gateway/admission/origin/origin.h"
#include "gateway/admission/sources.h"
#include "net/accept/cidr.h"

namespace outrider::gateway::admission {

// What the operator decided.
struct Policy {
  std::shared_ptr<const Networks> networks = std::make_shared<const Networks>();
  Locate locate;
  // Whose connections must begin with a PROXY protocol header; empty: the listener stands behind no load balancer.
  std::vector<net::Cidr> proxies;
  // Whether a ticket is one of ours and still good. Empty: whoever brings one is believed.
  std::function<bool(ByteView ticket)> knows_ticket;
};

// Thread-safe. Outlives its doors and everything they let in.
struct Keeper {
  // `listener` as in proxy.listeners.
  Keeper(const Limits& l, Policy p, std::size_t d, Metrics& metrics, const std::string& listener = "mqtt")
      : limits(l),
        policy(std::move(p)),
        doors(d),
        sources(limits),
        waiting(metrics.gauge("outrider_admission_waiting", "Connections that wait for their TLS handshake",
                              {{"listener", listener}})),
        handshakes(
            metrics.gauge("outrider_admission_handshakes", "TLS handshakes in progress", {{"listener", listener}})),
        waited{wait_histogram(metrics, listener, "resuming"), wait_histogram(metrics, listener, "full")} {}

  const Limits limits;
  const Policy policy;
  const std::size_t doors;  // each has its share of limits.handshakes_max
  Sources sources;
  const Gauge waiting;
  const Gauge handshakes;
  const std::array<Histogram, 2> waited;  // as Class

 private:
  static Histogram wait_histogram(Metrics& metrics, const std::string& listener, const char* of) {
    return metrics.histogram("outrider_admission_wait_seconds", "From the ClientHello to the begin of the handshake",
                             seconds_buckets(), {{"listener", listener}, {"handshake", of}});
  }
};

}  // namespace outrider::gateway::admission
