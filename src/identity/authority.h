#pragma once
// The certification authority: a root, an issuing CA for each fleet, and one for the server's own certificate.
//
// Each can be replaced while the fleet runs (roll-over). A former issuing CA stays trusted for the certificates it has
// signed, and signs their revocation lists; a former root is tied to the new one by two cross certificates (RFC 4210,
// 4.4), so that devices which know only one of them still find a way.
//
// Life cycle: open() makes the root and the server's issuing CA at first start and finds them again later; add_fleet()
// makes or opens a fleet's. Everything is durable before it is used. Files: docs/format/identity.md.
// root.key may be taken offline once the fleets exist: then nothing can be made or replaced below it until it is back,
// all else goes on. A key that others may read, or that does not belong to its certificate, is an error that names the
// file. Any CA's key may be in a device (PKCS#11) instead.
// Threads: every member may be called from any thread. One process a directory (the server's lock file sees to it).
#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "crypto/keys/key.h"
#include "crypto/revocation/crl.h"
#include "crypto/x509/certificate.h"
#include "facts/facts.h"
#include "identity/authority/files.h"

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
// Whoever answers OCSP for an issuing CA has a certificate this short, so that nobody needs to ask about it.
inline constexpr std::chrono::hours ocsp_signer_life{24 * 3};
// A root may be offline for long, and with it whoever could sign its list.
inline constexpr std::chrono::hours root_list_life{24 * 400};

struct AuthorityOptions {
  std::filesystem::path directory;             // made when missing, mode 0700
  std::string server_name = "outrider.local";  // the organization in the CAs' names; cut to 64 bytes
  const Clock* clock = nullptr;                // nullptr: the system's
  // Where revocation lists, OCSP and CA certificates can be had, for the certificates to say: "http://ca.example".
  std::string base_url;
};

// The server's certificate with its key.
struct ServerIdentity {
  std::string chain_pem;  // leaf, its issuing CA, and what leads from there to former roots; no root
  Secret key_pem;         // PKCS#8
  Timestamp not_after;
  bool renewed = false;  // made by this call: listeners have to reload
};

// Whoever answers OCSP for one issuing CA.
struct OcspSigner {
  crypto::Certificate certificate;
  crypto::KeyPair key;
};

// One authority, for people.
struct AuthorityStatus {
  std::string role;  // "root", "former-root", "server-issuing", "issuing", "former-issuing"
  std::optional<FleetId> fleet;
  std::string id;       // hex of its key identifier
  std::string subject;  // RFC 4514
  std::string serial;
  std::string signed_by;  // key identifier of its issuer; its own for a root
  Timestamp not_before;
  Timestamp not_after;
  std::string key;  // "file", "device", "offline"
};
BOOST_DESCRIBE_STRUCT(AuthorityStatus, (), (role, fleet, id, subject, serial, signed_by, not_before, not_after, key))

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

  crypto::Certificate root() const;                                 // the present one
  Result<crypto::Certificate> issuing(const FleetId& fleet) const;  // the present one; not_found "unknown-fleet"
  // The present one and, behind it, former ones whose certificates may still be in use.
  Result<std::vector<crypto::Certificate>> issuers(const FleetId& fleet) const;
  // All that a device needs to know (RFC 7030, 4.1.3): issuing CAs, roots, and the cross certificates between roots.
  Result<std::vector<crypto::Certificate>> ca_certificates(const FleetId& fleet) const;
  // Grows with every change of what issuers() and roots say.
  std::uint64_t generation() const { return generation_; }
  // Everything there is, roots first.
  std::vector<AuthorityStatus> status() const;
  // For a TLS server's client trust: all fleets' issuing CAs as PEM. Changes with add_fleet and roll-over. Without any
  // fleet, the root's: a listener needs an anchor.
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

  // --- revocation (authority/revocation.cpp) ---------------------------------------------------------------------
  // `issuer`: the key identifier (hex) of one of issuers(fleet); not_found ("unknown-issuer") otherwise.
  Result<Bytes> issue_crl(const FleetId& fleet, const std::string& issuer, const crypto::CrlTemplate& what,
                          ByteView elements) const;
  Result<OcspSigner> ocsp_signer(const FleetId& fleet, const std::string& issuer) const;
  // The present root's list of revoked issuing CAs (DER): kept in a file, made anew in the second half of its life when
  // the root's key is there. unavailable ("root-offline") when there is none and cannot be.
  Result<Bytes> root_crl();

  // Writes down what is about to be done, with the key identifier (hex) of what it is done to or will come of it (""
  // when there is none). Runs when nothing can be refused any more and before anything changes: where it fails, nothing
  // has. A change that is interrupted behind it can be asked for again.
  using Record = std::function<Result<void>(const std::string& id)>;

  // --- roll-over (authority/roll_over.cpp) -----------------------------------------------------------------------
  // A new issuing CA takes over at once. `key_uri`: its key is in a device; empty: a new one in a file. Reasons:
  // unknown-fleet, root-offline, key-unavailable.
  Result<crypto::Certificate> replace_issuing(const FleetId& fleet, const std::string& key_uri,
                                              const Record& record = {});
  // The same with the root's key elsewhere: a request to be signed there (PKCS#10, PEM), and then its certificate.
  // bad-authority: it is not what was asked for, or not signed by our root.
  Result<std::string> request_issuing(const FleetId& fleet, const std::string& key_uri, const Record& record = {});
  Result<crypto::Certificate> install_issuing(const FleetId& fleet, std::string_view pem, const Record& record = {});
  // A new root with cross certificates, and a new issuing CA of the server below it. The fleets' issuing CAs stay; they
  // are replaced one by one. Reasons: root-offline, key-unavailable.
  Result<crypto::Certificate> replace_root(const std::string& key_uri, const Record& record = {});
  // No longer trusts roots before the present one, nor sends their cross certificates. Reasons: root-in-use (an issuing
  // CA is still below one), no-former-root.
  Result<void> forget_former_roots(const Record& record = {});
  // The issuing CA is no longer trusted for anything; its files stay in gone/. Reasons: unknown-issuer, issuer-in-use
  // (the present one).
  Result<void> forget_issuer(const FleetId& fleet, const std::string& issuer, const Record& record = {});

  // --- the root's key (authority/root_key.cpp) -------------------------------------------------------------------
  // Under a passphrase (crypto/keys/encrypted.h). Reasons: root-offline, key-in-device, weak-passphrase.
  Result<std::string> export_root_key(ByteView passphrase) const;
  // Takes it offline: file and memory. `spki_sha256` must be its name, or nothing happens (wrong-key).
  Result<void> remove_root_key(const std::string& spki_sha256, const Record& record = {});
  // Brings it back, until the process ends or, with `keep`, for good. Reasons: wrong-key, wrong-passphrase.
  Result<void> import_root_key(std::string_view encrypted_pem, ByteView passphrase, bool keep,
                               const Record& record = {});
  // Always for good: the key stays in its device.
  Result<void> import_root_key(const std::string& key_uri, const Record& record = {});

 private:
  using SignerPtr = std::shared_ptr<const Signer>;
  struct Wanted;
  struct Root {
    SignerPtr present;
    std::vector<crypto::Certificate> former;  // newest first
    std::vector<crypto::Certificate> cross;   // between those above
    // 0 for the present one.
    std::size_t age_of(const Bytes& key_id) const;
  };

  explicit Authority(AuthorityOptions options);
  static Result<void> say(const Record& record, const std::string& id) { return record ? record(id) : Result<void>{}; }
  Result<void> open_root();
  Result<void> load_roots(SignerPtr present);
  std::shared_ptr<const Root> roots() const;
  SignerPtr server_signer() const;
  static Wanted wanted_of(const FleetId& fleet);
  Wanted wanted_server() const;
  bool below_a_root(const crypto::Certificate& certificate) const;
  Result<crypto::Certificate> certify(const Wanted& wanted, const crypto::PublicKey& key) const;
  Result<SignerPtr> open_below_root(const std::filesystem::path& stem, const Wanted& wanted);
  Result<SignerPtr> make_below_root(const std::filesystem::path& stem, const Wanted& wanted);
  Result<SignerPtr> load_below_root(const std::filesystem::path& stem, const Wanted& wanted) const;
  Result<std::vector<SignerPtr>> load_former(const std::filesystem::path& directory) const;
  Result<crypto::Certificate> take_over(const FleetId& fleet);
  Result<void> replace_server_issuing();
  Result<std::vector<SignerPtr>> signers_of(const FleetId& fleet) const;
  Result<SignerPtr> signer_of(const FleetId& fleet, const std::string& issuer) const;
  std::filesystem::path fleet_directory(const FleetId& fleet) const;
  std::filesystem::path root_stem() const { return options_.directory / "root"; }
  Timestamp now() const { return options_.clock->now(); }

  AuthorityOptions options_;
  std::atomic<std::uint64_t> generation_{0};
  std::mutex changing_;              // one roll-over or change of keys at a time; taken before mutex_
  mutable std::shared_mutex mutex_;  // guards what follows
  std::shared_ptr<const Root> root_;
  SignerPtr server_;
  std::map<FleetId, std::vector<SignerPtr>> fleets_;  // the present one first
  std::string server_spki_sha256_;
  Bytes root_list_;  // as in its file; empty: not looked at yet
  Timestamp root_list_until_;
};

}  // namespace outrider::identity
