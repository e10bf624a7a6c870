#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>

#include "net/http/http_client.h"
#include "net/tls/tls.h"
#include "sim/device/habits.h"
#include "sim/files/journal.h"
#include "sim/files/keyring.h"
#include "sim/run/counters.h"
#include "sim/run/notices.h"
#include "sim/run/settings.h"

namespace outrider::sim {

// What all loops of a run share: constant, or thread-safe. Outlives them.
struct RunContext {
  const RunSettings& settings;
  Keyring& keyring;
  Journal* journal;  // may be null
  std::shared_ptr<const net::ClientTls> tls;
  net::HttpEndpoint est;
  boost::asio::ip::tcp::endpoint mqtt;
  net::TlsStreamLimits stream_limits;
  Habits::Paces paces;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  Counters counters;
  Notices notices;
  std::function<void(Error)> give_up;  // the run cannot go on (disk full under the journal); from any thread
};

}  // namespace outrider::sim
