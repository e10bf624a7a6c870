#pragma once
// What may come in, and how fast. A source network is a configured one, else the /24 (IPv6: the /48) of the address:
// what one customer of a provider can have many addresses of.
#include <chrono>
#include <cstddef>

namespace outrider::gateway::admission {

struct Limits {
  // --- connections, from accept() to their end
  std::size_t connections_max = 250'000;  // all of them
  // Carrier NAT puts thousands of devices behind one address; IPv6 counts by /64, the least that a customer has.
  std::size_t connections_per_address_max = 20'000;
  std::size_t connections_per_network_max = 100'000;
  // Averaged; a minute's worth may come at once, so that a fleet can come back together.
  double connections_per_network_per_second = 500;
  double handshakes_per_network_per_second = 200;  // whole ones; a resumed one costs a third
  std::chrono::seconds burst{60};

  // --- handshakes
  // At one time, of all loops. Enough to keep the processors busy while answers are on their way (a round trip by radio
  // takes a second), few enough that what is ready at one time does not keep sessions waiting.
  std::size_t handshakes_max = 1'024;
  // One that takes longer waits for its peer, not for us: it gives its place away, and counts among the unfinished.
  std::chrono::milliseconds slow_handshake{2'000};
  std::size_t unfinished_factor = 8;                 // times handshakes_max: each holds about 60 KiB
  std::chrono::milliseconds hello_deadline{10'000};  // from accept() to a whole ClientHello, PROXY header included
  // From the ClientHello to the begin of its handshake. Modems give up after 30 to 75 seconds, so that there is time
  // left for the handshake.
  std::chrono::milliseconds wait_max{15'000};
};

}  // namespace outrider::gateway::admission
