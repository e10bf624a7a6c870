#pragma once
// The live inventory: fleets, profiles, devices, identities, enrolment codes, API tokens, posture.
//
// In memory it is the authority that decisions are made against; in the database it is a projection. Both are made from
// ledger entries alone, so losing the database loses nothing. A change is decided under the registry's lock (validate,
// hand to the ledger, apply), so the ledger's order is the order of decisions, and it is answered only once durable.
//
// When an append fails:
//  - refused at once (disk full, ledger closed): nothing was applied, the caller gets the error, memory equals the
//  ledger;
//  - failed later (fdatasync failed): the caller gets the error, and memory is ahead of the ledger by entries that
//    nobody was told of. The ledger is then poisoned and refuses every append; the registry notes it and refuses every
//    decision with "ledger-failed" until the process starts again and rebuilds memory from what is durable. Look-ups go
//    on: what is ahead can be a device more (it has no certificate, for that never left) or a right less.
//
// Life cycle: open() loads the tables; a Projector (fleet/projection/projector.h) with this registry as one of its
// projections catches up; mark_ready(); decisions are refused ("starting") before that. `ledger` and `database` must
// outlive it. Threads: every member may be called from any thread. Look-ups take a shared lock for a few microseconds
// (100,000 and more a second on two busy cores, beside hundreds of decisions: bench/history.cpp). `Done` runs once the
// entry is durable, on a thread of the ledger, or before the call returns when refused; never with the registry's lock
// held. It must be quick.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "facts/facts.h"
#include "fleet/lifecycle/lifecycle.h"
#include "fleet/profile/profile.h"
#include "fleet/projection/projection.h"
#include "fleet/registry/revocation.h"
#include "fleet/signed/signer.h"
#include "fleet/state/inventory.h"
#include "ledger/ledger.h"
#include "store/database.h"

namespace outrider::fleet {

class Registry {
 public:
  using Done = std::move_only_function<void(Result<void>)>;
  // Told, on the deciding thread and without waiting for the disk, when a decision must close sessions: an identity
  // revoked (serial set) or a device retired, lost or stolen (serial empty: all of its sessions).
  using Expel = std::function<void(const FleetId&, const DeviceId&, const std::string& serial, const std::string& why)>;

  // A dry run is refused for the same reasons and changes nothing.
  enum class Run : std::uint8_t { real, dry };

  struct Options {
    const Clock* clock = nullptr;  // nullptr: the system's
  };
  static Result<std::unique_ptr<Registry>> open(store::Database& database, ledger::Ledger& ledger, Options options);
  virtual ~Registry() = default;

  // To be given to the Projector, which drives it.
  virtual Projection& projection() = 0;
  // Call after Projector::catch_up: from now on decisions are taken. Appends a session.closed for every session that an
  // earlier process left open, and calls `done` when they are durable.
  virtual void mark_ready(Done done) = 0;
  virtual bool ready() const = 0;
  // Adds a listener; call before mark_ready, for whoever decides also tells them, without a lock. Listeners must not
  // call back into the registry's decisions.
  virtual void on_expel(Expel expel) = 0;
  // Told likewise when a decision changes what those who are connected may do, so that they must be judged again: one
  // device (quarantined, released) or a whole fleet (a profile replaced). Adds a listener.
  using Reconsider = std::function<void(const FleetId&, const std::optional<DeviceId>&)>;
  virtual void on_reconsider(Reconsider reconsider) = 0;

  // --- fleets and profiles ---------------------------------------------------------------------------------------
  // Makes the tree and adds the built-in profiles. Reasons: fleet-exists.
  virtual void create_fleet(const FleetId& fleet, const std::string& title, Done done) = 0;
  virtual std::vector<Fleet> fleets() const = 0;
  virtual Result<Fleet> fleet(const FleetId& fleet) const = 0;
  // Adds or replaces (same id). Errors of Profile::parse.
  virtual void add_profile(const FleetId& fleet, std::string_view toml, std::string_view file, Done done) = 0;
  virtual Result<std::vector<std::shared_ptr<const Profile>>> profiles(const FleetId& fleet) const = 0;
  virtual Result<std::shared_ptr<const Profile>> profile(const FleetId& fleet, const ProfileId& profile) const = 0;

  // --- devices ---------------------------------------------------------------------------------------------------
  // Each device is added or refused by itself (device-exists, unknown-profile, too-long); `outcomes[i]` belongs to
  // `devices[i]`. Any number up to add_devices_max; the lock is released between batches.
  using Added = std::move_only_function<void(Result<std::vector<Result<void>>> outcomes)>;
  virtual void add_devices(const FleetId& fleet, std::vector<facts::DeviceAdded> devices, Added done) = 0;
  virtual Result<DevicePage> devices(const FleetId& fleet, const DeviceQuery& query) const = 0;
  virtual Result<Device> device(const FleetId& fleet, const DeviceId& device) const = 0;
  virtual Result<Posture> posture(const FleetId& fleet, const DeviceId& device) const = 0;
  // A change in its life, along the edges of lifecycle_edges (fleet/lifecycle/lifecycle.h). At once, on every listener:
  // in quarantine an open session goes on with a device's diagnostics alone, and after it with all its rights; that of
  // a device lost, stolen or retired ends and its tickets with it. Retiring is final and revokes its identities.
  // Reasons: those of check_change and next_state, unknown-device, unknown-entry (a cause that is not there).
  using Changed = std::move_only_function<void(Result<Transition>)>;
  virtual void change_state(const FleetId& fleet, const DeviceId& device, const StateChange& change, Changed done) = 0;
  // What change_state would do now.
  virtual Result<Transition> try_change(const FleetId& fleet, const DeviceId& device,
                                        const StateChange& change) const = 0;

  // --- applications ----------------------------------------------------------------------------------------------
  // Wherever this interface says device of a code, an identity, a session or an admission, an application's name among
  // holders is taken too (facts/holder.h). Reasons: application-exists, too-many, too-long.
  virtual void add_application(const FleetId& fleet, facts::ApplicationAdded application, Done done,
                               Run run = Run::real) = 0;
  // In addition to what it has; works at once, in open sessions too. Reasons: unknown-application, application-removed,
  // nothing-granted, too-many, those of check_publish_grant and check_subscribe_grant (fleet/state/grants.h).
  virtual void grant(const FleetId& fleet, facts::ApplicationGranted grants, Done done, Run run = Run::real) = 0;
  // Reasons: unknown-application, unknown-grant.
  virtual void withdraw(const FleetId& fleet, facts::ApplicationGrantWithdrawn grants, Done done,
                        Run run = Run::real) = 0;
  // For good: revokes its identities, closes its sessions. Reasons: unknown-application, application-removed.
  virtual void remove_application(const FleetId& fleet, facts::ApplicationRemoved fact, Done done,
                                  Run run = Run::real) = 0;
  virtual Result<std::vector<Application>> applications(const FleetId& fleet) const = 0;  // by id; removed ones too
  virtual Result<Application> application(const FleetId& fleet, const ApplicationId& application) const = 0;

  // --- enrolment (the operations of identity/roster.h; wired in src/server) -----------------------------------------
  // Replaces earlier unused codes of the device. Reasons: unknown-device, device-retired, bad-code-hash, code-expired.
  virtual void create_code(const FleetId& fleet, facts::CodeCreated code, Done done) = 0;
  virtual Result<Standing> standing(const FleetId& fleet, const DeviceId& device) const = 0;
  virtual Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                                  Timestamp now) const = 0;
  virtual std::optional<KnownIdentity> holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                                     const std::string& spki_sha256) const = 0;
  virtual std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const = 0;
  // Checks everything once more in one step, appends, applies. Reasons: unknown-device, device-retired, device-lost,
  // device-stolen, code-unknown, code-used, code-expired, unknown-identity, identity-revoked, key-in-use, key-revoked,
  // serial-in-use.
  virtual void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) = 0;
  virtual void record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) = 0;
  virtual void record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) = 0;
  virtual Result<DeviceId> by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                            const std::optional<ProfileId>& profile) const = 0;

  // --- ways in without a code (fleet/ways_in) ----------------------------------------------------------------------
  // Reasons: bad-certificate, not-an-authority, anchor-expired, unknown-profile, anchor-exists, anchor-elsewhere,
  // too-many.
  virtual void add_anchor(const FleetId& fleet, facts::AnchorAdded fact, Done done, Run run = Run::real) = 0;
  // Reasons: unknown-anchor.
  virtual void remove_anchor(const FleetId& fleet, facts::AnchorRemoved fact, Done done, Run run = Run::real) = 0;
  virtual Result<std::vector<Anchor>> anchors(const FleetId& fleet) const = 0;  // by name
  // A revocation list of the anchor's CA, whose signature has been checked; `revoked` is what stands on it. Identities
  // among them end. Who has done it is in `fact`; which CA it is, this says. Reasons: unknown-anchor, list-expired,
  // list-older (than the one before), too-many.
  virtual void take_list(const FleetId& fleet, facts::AnchorList fact, std::vector<ForeignRevoked> revoked, Done done,
                         Run run = Run::real) = 0;
  virtual Result<std::optional<ListStanding>> list_of(const FleetId& fleet, const std::string& anchor) const = 0;
  // May a certificate that the anchor's CA has issued still be believed? Reasons: unknown-anchor, revoked-by-its-ca,
  // list-stale.
  virtual Result<void> check_list(const FleetId& fleet, const std::string& anchor, const std::string& serial) const = 0;
  // Of all fleets, those with the role device_ca.
  virtual std::vector<std::pair<FleetId, Anchor>> device_authorities() const = 0;
  virtual Result<AnchorProgress> anchor_progress(const FleetId& fleet, const std::string& anchor) const = 0;
  // The request of this device and key that is open, or a new one. Reasons: too-many-requests.
  using Asked = std::move_only_function<void(Result<EnrolmentRequest>)>;
  virtual void ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) = 0;
  // Reasons: unknown-request, request-decided, request-expired.
  virtual void decide_request(const FleetId& fleet, const std::string& request, bool approved, const std::string& why,
                              const std::string& by, Done done) = 0;
  // Those that have not expired, oldest first.
  virtual Result<std::vector<EnrolmentRequest>> requests(const FleetId& fleet) const = 0;

  // --- identities ------------------------------------------------------------------------------------------------
  // Of one device, newest first.
  virtual Result<std::vector<Identity>> identities(const FleetId& fleet, const DeviceId& device) const = 0;
  virtual Result<Identity> identity(const FleetId& fleet, const std::string& serial) const = 0;
  // The same with the number of its entry, which is known once that has been read back; waits for it. Refused
  // (unavailable, projection-behind) after the deadline.
  virtual Result<Identity> recorded_identity(const FleetId& fleet, const std::string& serial,
                                             std::chrono::milliseconds deadline) const = 0;
  // Of the fleet, by serial; `after` is the last serial of the page before.
  virtual Result<IdentityPage> identities(const FleetId& fleet, const IdentityQuery& query) const = 0;
  // Appends, applies, tells the Expel listeners. Reasons: unknown-identity, identity-revoked, bad-reason (not a name of
  // RFC 5280 section 5.3.1).
  virtual void revoke(const FleetId& fleet, const std::string& serial, const std::string& why, const std::string& by,
                      Done done) = 0;

  // The identities that the filter means, as of now. Reasons: empty-filter, unknown-device, unknown-identity (named and
  // not there), unknown-profile.
  virtual Result<Selection> select(const FleetId& fleet, const RevocationFilter& filter) const = 0;
  // Each identity by itself, up to revoke_batch_max: `outcomes[i]` belongs to `serials[i]`, with the reasons of revoke.
  virtual void revoke_batch(const FleetId& fleet, const std::vector<std::string>& serials, const std::string& why,
                            const std::string& by, Added done) = 0;
  // What was revoked, in that order, from number `from` on; up to revocations_max, empty at the end. The order stays
  // while the process runs, unless the ledger failed and memory was rebuilt.
  virtual Result<std::vector<Revocation>> revocations(const FleetId& fleet, std::size_t from) const = 0;
  // How often memory was rebuilt after a failure of the ledger.
  virtual std::uint64_t rebuilds() const = 0;

  // --- admission -------------------------------------------------------------------------------------------------
  // May the holder of this certificate have a session? The caller has verified the chain and the proof of possession.
  // Reasons: unknown-fleet, unknown-device, unknown-identity, wrong-device, key-mismatch, identity-revoked,
  // identity-expired, device-expected, device-retired, device-lost, device-stolen. A device in quarantine has one: its
  // lifecycle says that its rights are few.
  // An empty `spki_sha256` skips the comparison of keys (the serial alone names the certificate).
  virtual Result<Admission> admit(const FleetId& fleet, const DeviceId& device, const std::string& certificate_serial,
                                  const std::string& spki_sha256) const = 0;

  // --- signed readings ---------------------------------------------------------------------------------------------
  // Who signs with the key that this key id names? One of the device's own identities, as of now. Reasons:
  // unknown-fleet, unknown-device, signing-key-unknown, signing-key-revoked, signing-key-expired.
  virtual Result<Signer> signer(const FleetId& fleet, const DeviceId& device, ByteView key_id) const = 0;
  // How far the numbers of each key have come, as the tables know it: for whoever begins to watch them.
  virtual Result<std::vector<KeyMark>> signed_marks() const = 0;

  // --- API tokens ------------------------------------------------------------------------------------------------
  // Reasons: token-exists (a living one of that name), bad-token-hash.
  virtual void create_token(const FleetId& fleet, facts::TokenCreated token, Done done) = 0;
  virtual void revoke_token(const FleetId& fleet, const std::string& name, const std::string& by, Done done) = 0;
  virtual Result<std::vector<Token>> tokens(const FleetId& fleet) const = 0;
  // Whose token is this? Compares with every token in constant time. Reasons: unknown-token, token-expired.
  virtual Result<Token> token_by_hash(const std::string& token_hash) const = 0;

  virtual Counts counts() const = 0;  // all fleets
  virtual Result<Counts> counts(const FleetId& fleet) const = 0;
};

}  // namespace outrider::fleet
