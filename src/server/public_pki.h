#pragma once
// What the server tells everybody about its certificates: revocation lists and OCSP, over HTTPS and, when wanted, over
// a listener without TLS.
#include <memory>

#include "fleet/registry/registry.h"
#include "gateway/pki/pki_service.h"
#include "identity/authority.h"
#include "identity/revocation/lists.h"
#include "identity/revocation/ocsp_responder.h"
#include "net/http/http_server.h"
#include "server/config/config.h"
#include "server/revocation_source.h"

namespace outrider::server {

// Life cycle: construct, sign() before any listener is open, listen(); stop() or the destructor ends it. What it is
// given must outlive it; the listener lives on `loops`.
class PublicPki {
 public:
  PublicPki(identity::Authority& authority, const fleet::Registry& registry, const Config& config,
            const std::filesystem::path& directory, Metrics& metrics);
  ~PublicPki() { stop(); }

  // Every list is there when it returns, and stays current from then on. A list that cannot be signed (its key is in a
  // device that does not answer) is said in the log and does not keep the server from starting.
  void sign();
  Result<void> listen(net::Loops& loops);
  void stop(std::chrono::milliseconds grace = std::chrono::seconds{1});

  // Something was revoked, an authority took over, or there is a new fleet.
  void changed() { lists_.changed(); }
  // How old and how large the lists are; for a scrape.
  void measure() const;
  const gateway::pki::PkiService& service() const { return service_; }
  identity::RevocationLists& lists() { return lists_; }
  // 0 without a listener of its own.
  std::uint16_t port() const { return listener_ ? listener_->port() : 0; }

 private:
  const Config& config_;
  Metrics& metrics_;
  RegistryRevocations source_;
  identity::RevocationLists lists_;
  identity::OcspResponder ocsp_;
  gateway::pki::PkiService service_;
  std::unique_ptr<net::HttpServer> listener_;
};

}  // namespace outrider::server
