#pragma once
// The Registry's implementation. Private to the room.
//   live_registry.cpp        life cycle, the projection, and the one way decisions are taken
//   registry_fleets.cpp      fleets, profiles, API tokens, counts
//   registry_devices.cpp     devices
//   lifecycle/registry_lifecycle.cpp  changes in their lives
//   applications/             applications and their grants
//   registry_identities.cpp  enrolment, identities, admission
//   ways_in/registry_anchors.cpp  anchors
//   ways_in/registry_lists.cpp  revocation lists of the CAs behind them
//   ways_in/registry_ways_in.cpp  requests for approval, identities that were replaced
//   registry_revocation.cpp  taking identities back
//   signed/registry_signers.cpp  whose key signed a reading
#include <condition_variable>
#include <shared_mutex>
#include <string>
#include <vector>

#include "fleet/projection/inventory_projection.h"
#include "fleet/projection/writer_first_mutex.h"
#include "fleet/registry/commit.h"
#include "fleet/registry/registry.h"
#include "fleet/state/state.h"

namespace outrider::fleet {

inline constexpr std::string_view registry_reader = "registry";

// What a decision does: entries to append in order, and sessions to close.
struct Plan {
  struct Expulsion {
    FleetId fleet;
    DeviceId device;
    std::string serial;
    std::string why;
  };
  struct Reconsidered {
    FleetId fleet;
    std::optional<DeviceId> device = {};  // nothing: all of them
  };
  std::vector<ledger::Draft> drafts;
  std::vector<Expulsion> expulsions;
  std::optional<Reconsidered> reconsider;  // whose sessions are to be judged again

  template <class Fact>
  void append(const FleetId& fleet, ledger::Subject subject, const Fact& fact) {
    drafts.push_back(ledger::draft_of(fleet, std::move(subject), fact));
  }
};

class LiveRegistry final : public Registry, private Projection {
 public:
  LiveRegistry(store::Database& database, ledger::Ledger& ledger, const Clock& clock)
      : database_(database), ledger_(ledger), clock_(clock) {}
  Result<void> load();

  Projection& projection() override { return *this; }
  void mark_ready(Done done) override;
  bool ready() const override { return ready_; }
  std::uint64_t rebuilds() const override { return rebuilds_; }
  void on_expel(Expel expel) override { listeners_.push_back(std::move(expel)); }
  void on_reconsider(Reconsider reconsider) override { reconsiderers_.push_back(std::move(reconsider)); }

  void create_fleet(const FleetId& fleet, const std::string& title, Done done) override;
  std::vector<Fleet> fleets() const override;
  Result<Fleet> fleet(const FleetId& fleet) const override;
  void add_profile(const FleetId& fleet, std::string_view toml, std::string_view file, Done done) override;
  Result<std::vector<std::shared_ptr<const Profile>>> profiles(const FleetId& fleet) const override;
  Result<std::shared_ptr<const Profile>> profile(const FleetId& fleet, const ProfileId& profile) const override;

  void add_devices(const FleetId& fleet, std::vector<facts::DeviceAdded> devices, Added done) override;
  Result<DevicePage> devices(const FleetId& fleet, const DeviceQuery& query) const override;
  Result<Device> device(const FleetId& fleet, const DeviceId& device) const override;
  Result<Posture> posture(const FleetId& fleet, const DeviceId& device) const override;
  void change_state(const FleetId& fleet, const DeviceId& device, const StateChange& change, Changed done) override;
  Result<Transition> try_change(const FleetId& fleet, const DeviceId& device, const StateChange& change) const override;

  void add_application(const FleetId& fleet, facts::ApplicationAdded application, Done done, Run run) override;
  void grant(const FleetId& fleet, facts::ApplicationGranted grants, Done done, Run run) override;
  void withdraw(const FleetId& fleet, facts::ApplicationGrantWithdrawn grants, Done done, Run run) override;
  void remove_application(const FleetId& fleet, facts::ApplicationRemoved fact, Done done, Run run) override;
  Result<std::vector<Application>> applications(const FleetId& fleet) const override;
  Result<Application> application(const FleetId& fleet, const ApplicationId& application) const override;

  void create_code(const FleetId& fleet, facts::CodeCreated code, Done done) override;
  Result<Standing> standing(const FleetId& fleet, const DeviceId& device) const override;
  Result<void> check_code(const FleetId& fleet, const DeviceId& device, const std::string& code_hash,
                          Timestamp now) const override;
  std::optional<KnownIdentity> holder_of_key(const FleetId& fleet, const DeviceId& asking,
                                             const std::string& spki_sha256) const override;
  std::optional<KnownIdentity> by_serial(const FleetId& fleet, const std::string& serial) const override;
  void record_issue(const FleetId& fleet, facts::IdentityIssued fact, Done done) override;
  void record_refusal(const FleetId& fleet, facts::EnrolmentRefused fact) override;
  void record_suspicion(const FleetId& fleet, facts::IdentitySuspected fact) override;
  Result<DeviceId> by_serial_number(const FleetId& fleet, const std::string& serial_number,
                                    const std::optional<ProfileId>& profile) const override;

  void add_anchor(const FleetId& fleet, facts::AnchorAdded fact, Done done, Run run) override;
  void remove_anchor(const FleetId& fleet, facts::AnchorRemoved fact, Done done, Run run) override;
  void take_list(const FleetId& fleet, facts::AnchorList fact, std::vector<ForeignRevoked> revoked, Done done,
                 Run run) override;
  Result<std::optional<ListStanding>> list_of(const FleetId& fleet, const std::string& anchor) const override;
  Result<void> check_list(const FleetId& fleet, const std::string& anchor, const std::string& serial) const override;
  Result<std::vector<Anchor>> anchors(const FleetId& fleet) const override;
  std::vector<std::pair<FleetId, Anchor>> device_authorities() const override;
  Result<AnchorProgress> anchor_progress(const FleetId& fleet, const std::string& anchor) const override;
  void ask_approval(const FleetId& fleet, facts::EnrolmentRequested fact, Asked asked) override;
  void decide_request(const FleetId& fleet, const std::string& request, bool approved, const std::string& why,
                      const std::string& by, Done done) override;
  Result<std::vector<EnrolmentRequest>> requests(const FleetId& fleet) const override;

  Result<std::vector<Identity>> identities(const FleetId& fleet, const DeviceId& device) const override;
  Result<Identity> identity(const FleetId& fleet, const std::string& serial) const override;
  Result<Identity> recorded_identity(const FleetId& fleet, const std::string& serial,
                                     std::chrono::milliseconds deadline) const override;
  Result<IdentityPage> identities(const FleetId& fleet, const IdentityQuery& query) const override;
  void revoke(const FleetId& fleet, const std::string& serial, const std::string& why, const std::string& by,
              Done done) override;
  Result<Selection> select(const FleetId& fleet, const RevocationFilter& filter) const override;
  void revoke_batch(const FleetId& fleet, const std::vector<std::string>& serials, const std::string& why,
                    const std::string& by, Added done) override;
  Result<std::vector<Revocation>> revocations(const FleetId& fleet, std::size_t from) const override;
  Result<Admission> admit(const FleetId& fleet, const DeviceId& device, const std::string& certificate_serial,
                          const std::string& spki_sha256) const override;

  Result<Signer> signer(const FleetId& fleet, const DeviceId& device, ByteView key_id) const override;
  Result<std::vector<KeyMark>> signed_marks() const override;

  void create_token(const FleetId& fleet, facts::TokenCreated token, Done done) override;
  void revoke_token(const FleetId& fleet, const std::string& name, const std::string& by, Done done) override;
  Result<std::vector<Token>> tokens(const FleetId& fleet) const override;
  Result<Token> token_by_hash(const std::string& token_hash) const override;

  Counts counts() const override;
  Result<Counts> counts(const FleetId& fleet) const override;

 private:
  // Projection
  std::string_view name() const override { return registry_reader; }
  Result<void> apply(store::Session& session, DecodedEntry& entry) override;
  Result<void> flush(store::Session& session) override { return tables_.flush(session); }
  void committed() override;
  void rolled_back() override;

  // Takes a decision: `validate` sees the state under the lock and fills the plan or refuses; then the plan is
  // appended, applied, and `done` called once it is durable. A dry run ends with the plan.
  using Validate = std::function<Result<void>(State& state, Plan& plan)>;
  void decide(Done done, const Validate& validate, Run run = Run::real);
  // Appends and applies one draft of a decision. With the lock held. False when the ledger refused it at once.
  bool carry_out(Commit& commit, ledger::Draft draft, std::size_t place);
  void expel(const std::vector<Plan::Expulsion>& expulsions) const;
  // An identity has been used: those of the same device issued before it end.
  struct Connected {
    FleetId fleet;
    DeviceId device;
    std::string serial;
  };
  void note_connected(const ledger::Entry& entry, std::vector<Connected>& connected) const;
  void retire_replaced(const std::vector<Connected>& connected);
  // May decisions be taken? Rebuilds memory first when the ledger has failed. With the lock held.
  Result<void> check_ready();
  Result<State> load_state() const;

  // Runs a look-up under the shared lock; refused (unknown-fleet) when there is no such fleet.
  template <class F>
  auto look(const FleetId& fleet, F&& query) const -> decltype(query(std::declval<const FleetState&>())) {
    const std::shared_lock lock(mutex_);
    const FleetState* const state = state_.find(fleet);
    if (state == nullptr) return fail(Errc::not_found, "unknown-fleet", "there is no fleet '" + fleet.value + "'");
    return query(*state);
  }

  store::Database& database_;
  ledger::Ledger& ledger_;
  const Clock& clock_;
  std::shared_ptr<LedgerHealth> health_ = std::make_shared<LedgerHealth>();
  std::vector<Reconsider> reconsiderers_;
  std::vector<Expel> listeners_;
  std::atomic<bool> ready_{false};
  std::atomic<std::uint64_t> rebuilds_{0};

  mutable WriterFirstMutex mutex_;                 // guards state_
  mutable std::condition_variable_any read_back_;  // entries have reached memory
  State state_;

  InventoryTables tables_;             // the projector's thread only, and the next
  std::vector<ledger::Entry> unseen_;  // of the batch: what memory has to see once it is committed
};

// Shared by the files of the registry.
Result<FleetState*> require_fleet(State& state, const FleetId& fleet);
Result<DeviceState*> require_device(FleetState& state, const DeviceId& device);
Error unknown_device(const DeviceId& device);
Error unknown_application(const ApplicationId& application);
Error removed_application(const ApplicationId& application);
// A device or an application. Reasons: unknown-device, unknown-application.
Result<const HolderState*> require_holder(const FleetState& state, const DeviceId& holder);
// Refused: too-long.
Result<void> check_text(std::string_view what, std::string_view text, std::size_t bytes_max);
// 64 lower-case hexadecimal digits.
bool is_sha256_hex(std::string_view text);
KnownIdentity known_identity(const FleetState& state, const Identity& identity);
// Why a device of this lifecycle may not have what it asks for: "device-lost" …
Error refused_lifecycle(const DeviceId& device, facts::Lifecycle lifecycle);

}  // namespace outrider::fleet
