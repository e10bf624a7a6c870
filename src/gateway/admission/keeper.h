#pragma once
// What the doors of a listener share: the limits, what the operator decided, who is inside, and the metrics.
#include <memory>
#include <string>
#include <vector>

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
};

// Thread-safe. Outlives its doors and everything they let in.
struct Keeper {
  Keeper(const Limits& l, Policy p, std::size_t d, Metrics& metrics)
      : limits(l),
        policy(std::move(p)),
        doors(d),
        sources(limits),
        waiting(metrics.gauge("outrider_admission_waiting", "Connections that wait for their TLS handshake")),
        handshakes(metrics.gauge("outrider_admission_handshakes", "TLS handshakes in progress")),
        waited{wait_histogram(metrics, "resuming"), wait_histogram(metrics, "full")} {}

  const Limits limits;
  const Policy policy;
  const std::size_t doors;  // each has its share of limits.handshakes_max
  Sources sources;
  const Gauge waiting;
  const Gauge handshakes;
  const std::array<Histogram, 2> waited;  // as Class

 private:
  static Histogram wait_histogram(Metrics& metrics, const char* of) {
    return metrics.histogram("outrider_admission_wait_seconds", "From the ClientHello to the begin of the handshake",
                             seconds_buckets(), {{"handshake", of}});
  }
};

}  // namespace outrider::gateway::admission
