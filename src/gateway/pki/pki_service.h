#pragma once
// What anybody may ask about our certificates, over HTTP and HTTPS: revocation lists, OCSP, and the CAs' own
// certificates. Everything is signed, so none of it needs TLS, and none of it is secret.
//
//   GET  /crl/<fleet>.crl            the list of the present issuing CA, /crl/<fleet>-delta.crl the delta
//   GET  /crl/<fleet>/<ca>.crl       of the issuing CA whose key identifier begins so, …-delta.crl the delta
//   GET  /crl.root                   the root's list of issuing CAs
//   POST /ocsp, GET /ocsp/<base64>   RFC 6960, appendix A.1; RFC 5019
//   GET  /ca/<fleet>/<ca>.cer, /ca.root.cer   certificates in DER, for caIssuers
#include <functional>
#include <string_view>

#include "base/metrics.h"
#include "identity/authority.h"
#include "identity/revocation/lists.h"
#include "identity/revocation/ocsp_responder.h"
#include "net/http/http.h"

namespace outrider::gateway::pki {

// What it is given must outlive it. Any thread; never waits.
class PkiService {
 public:
  // Requests are counted by kind and result.
  PkiService(identity::Authority& authority, const identity::RevocationLists& lists, identity::OcspResponder& ocsp,
             const Clock& clock, Metrics& metrics);

  static bool handles(std::string_view path);
  net::HttpResponse answer(const net::HttpRequest& request) const;
  net::Awaitable<net::HttpResponse> handle(net::HttpRequest request) const;

 private:
  // An answer, and as what it counts.
  struct Counted {
    net::HttpResponse response;
    std::string_view kind;
    std::string_view result = {};  // empty: the HTTP status
  };
  Counted judge(const net::HttpRequest& request) const;
  Counted list(const net::HttpRequest& request, std::string_view rest) const;
  net::HttpResponse root_list(const net::HttpRequest& request) const;
  Counted ocsp(const net::HttpRequest& request) const;
  net::HttpResponse certificate(const net::HttpRequest& request, std::string_view rest) const;

  identity::Authority& authority_;
  const identity::RevocationLists& lists_;
  identity::OcspResponder& ocsp_;
  const Clock& clock_;
  Metrics& metrics_;
};

}  // namespace outrider::gateway::pki
