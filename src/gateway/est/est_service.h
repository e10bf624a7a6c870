#pragma once
// Enrolment over Secure Transport (RFC 7030, clarified by RFC 8951) as a handler of the HTTPS server:
//   GET  /.well-known/est[/<fleet>]/cacerts         issuing CA and root, to anybody
//   GET  /.well-known/est[/<fleet>]/csrattrs        what a request must look like
//   POST /.well-known/est[/<fleet>]/simpleenroll    HTTP Basic: device id and enrolment code; or the maker's
//   certificate
//                                                   in TLS; or nothing, and an operator is asked (202, Retry-After)
//   POST /.well-known/est[/<fleet>]/simplereenroll  the device's present certificate, from the TLS handshake; expired,
//                                                   or of another CA, where the fleet allows that
// The label may be left out while there is one fleet only. What is refused is answered by a line of text:
// "<reason>: <sentence>".
// Where a request comes from is asked like at a CONNECT: a device whose profile confines it to kinds of networks gets
// its certificate there, too.
//
// Life cycle: what the constructor is given must outlive it; the HTTP server waits for requests under way before it is
// destroyed. Threads: handle() may run on any number of loops at once; it suspends while the ledger writes.
#include <functional>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "base/metrics.h"
#include "gateway/admission/origin/networks.h"
#include "identity/authority.h"
#include "identity/enrolment/enrolment.h"
#include "net/http/http.h"

namespace outrider::gateway::est {

using FleetList = std::function<std::vector<FleetId>()>;

class EstService {
 public:
  // What is counted is in `metrics`, unless there are none.
  EstService(const identity::Authority& authority, identity::Enrolment& enrolment, FleetList fleets,
             std::shared_ptr<const admission::Networks> networks, Metrics* metrics = nullptr);

  // Is this path ours?
  static bool handles(std::string_view path);
  net::Awaitable<net::HttpResponse> handle(net::HttpRequest request);

 private:
  struct Route;
  net::Awaitable<net::HttpResponse> serve(Route route, net::HttpRequest request);
  identity::Origin origin_of(const net::Peer& peer) const;
  Result<Route> route(std::string_view path) const;
  net::HttpResponse ca_certificates(const FleetId& fleet) const;
  net::HttpResponse request_attributes(const net::HttpRequest& request, const FleetId& fleet) const;
  net::Awaitable<net::HttpResponse> enrol(net::HttpRequest request, FleetId fleet);
  net::Awaitable<net::HttpResponse> enrol_without_code(net::HttpRequest request, FleetId fleet);
  net::Awaitable<net::HttpResponse> reenrol(net::HttpRequest request, FleetId fleet);

  const identity::Authority& authority_;
  identity::Enrolment& enrolment_;
  FleetList fleets_;
  std::shared_ptr<const admission::Networks> networks_;
  Metrics* metrics_;
};

}  // namespace outrider::gateway::est
