#pragma once
// The certification authority: a root, an issuing CA for each fleet, and one for the server's own certificate.
//
// Life cycle: open() makes the root and the server's issuing CA at first start and finds them again later; add_fleet()
// makes or opens a fleet's. Everything is durable before it is used. Files (docs/format/identity.md):
//   <dir>/root.key  root.pem  server-issuing.key  server-issuing.pem  server.key  server.pem
//   <dir>/fleets/<fleet>/issuing.key  issuing.pem  recorded
// root.key may be taken offline once the fleets exist: then no fleet can be added until it is back, all else goes on.
// A key that others may read, or that does not belong to its certificate, is an error that names the file.
// Threads: every member may be called from any thread. One process a directory (the server's lock file sees to it).
#include <filesystem>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/x509/certificate.h"
#include "facts/facts.h"

namespace outrider::identity {

// Lives of what we issue. A root outlives the devices of its time; an issuing CA is replaced with years to spare.
inline constexpr std::chrono::hours root_life{24 * 365 * 20};
inline constexpr std::chrono::hours issuing_life{24 * 365 * 5};
inline constexpr std::chrono::hours server_life{24 * 90};
inline constexpr std::chrono::hours server_renewal_left = server_life / 3;
// Certificates begin in the past, because clocks of devices that just woke up are late.
inline constexpr std::chrono::hours backdating{1};
// A profile may ask for less; never for less than this, or a device would renew all day.
inline constexpr std::chrono::minutes device_life_min{10};

struct AuthorityOptions {
  std::filesystem::path directory;             // made when missing, mode 0700
  std::string server_name = "outrider.local";  // the organization in the CAs' names; cut to 64 bytes
  const Clock* clock = nullptr;                // nullptr: the system's
};

// The server's certificate with its key.
struct ServerIdentity {
  std::string chain_pem;  // leaf and its issuing CA, not the root
  Secret key_pem;         // PKCS#8
  Timestamp not_after;
  bool renewed = false;  // made by this call: listeners have to reload
};

class Authority {
 public:
  static Result<std::unique_ptr<Authority>> open(AuthorityOptions options);
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  ~Authority();

  // Makes or opens the fleet's issuing CA; call for every fleet before it is used. Does nothing the second time.
  Result<void> add_fleet(const FleetId& fleet);
  // The authorities of the fleet (root, issuing) that its ledger has not been told of. The caller appends them and then
  // calls mark_recorded; a crash in between repeats them, which is harmless.
  Result<std::vector<facts::AuthorityCreated>> unrecorded(const FleetId& fleet) const;
  Result<void> mark_recorded(const FleetId& fleet);

  const crypto::Certificate& root() const { return *root_; }
  Result<crypto::Certificate> issuing(const FleetId& fleet) const;  // not_found "unknown-fleet"
  // For a TLS server's client trust: all fleets' issuing CAs as PEM. Changes with add_fleet. Without any fleet, the
  // root's: a listener needs an anchor.
  std::string client_anchors_pem() const;

  // A device certificate: CN = device, SAN URI, clientAuth, digitalSignature; `life` from now, never outliving the
  // issuing CA. Written nowhere: recording it before it leaves is Enrolment's part.
  Result<crypto::Certificate> issue_device(const FleetId& fleet, const DeviceId& device, const crypto::PublicKey& key,
                                           std::chrono::seconds life) const;
  // Is this the key of one of our authorities or of the server?
  bool is_own_key(const std::string& spki_sha256) const;

  // The certificate for our listeners with these names (DNS names and IP addresses), from the files or made anew: when
  // less than a third of its life is left, when the names differ, or when key and certificate do not belong together.
  // Call at start and then daily.
  Result<ServerIdentity> server_identity(const std::vector<std::string>& names);

 private:
  // A CA that can sign, or, for the root, only be trusted.
  struct Signer {
    crypto::Certificate certificate;
    std::optional<crypto::KeyPair> key;
  };
  struct Wanted;

  explicit Authority(AuthorityOptions options);
  Result<void> open_root();
  Result<std::shared_ptr<const Signer>> open_below_root(const std::filesystem::path& stem, const Wanted& wanted);
  Result<std::shared_ptr<const Signer>> make_below_root(const std::filesystem::path& stem, const Wanted& wanted);
  Result<std::shared_ptr<const Signer>> signer_of(const FleetId& fleet) const;
  std::filesystem::path fleet_directory(const FleetId& fleet) const;
  Timestamp now() const { return options_.clock->now(); }

  AuthorityOptions options_;
  std::shared_ptr<const crypto::Certificate> root_;
  std::optional<crypto::KeyPair> root_key_;  // absent: offline
  std::shared_ptr<const Signer> server_;
  mutable std::shared_mutex mutex_;  // guards what follows
  std::map<FleetId, std::shared_ptr<const Signer>> fleets_;
  std::string server_spki_sha256_;
};

}  // namespace outrider::identity
