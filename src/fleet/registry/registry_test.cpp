#include "fleet/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "fleet/testing/house_suite.h"

namespace outrider::fleet {
namespace {

using namespace testing;
using facts::Lifecycle;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using facts::LifecycleEvent;
const StateChange went_lost{.event = LifecycleEvent::lost, .why = "gone", .by = "test"};
const StateChange was_stolen{.event = LifecycleEvent::stolen, .why = "gone", .by = "test"};

class RegistryTest : public HouseSuite {
 protected:
  RegistryTest() {
    EXPECT_TRUE(op().create_fleet());
    EXPECT_TRUE(op().add_device("t-1"));
  }

  // Enrols t-1 with serial "a1" and key 'a'.
  void enrol() {
    ASSERT_TRUE(op().create_code("t-1", hash_of('1'), clock_.now() + std::chrono::hours{1}));
    ASSERT_TRUE(op().issue(certificate("t-1", "a1", 'a', hash_of('1'), clock_.now())));
  }
  template <class Fact>
  void append(const std::string& device, const Fact& fact) {
    ledger_.append(ledger::draft_of(demo, {ledger::SubjectKind::device, device}, fact), [](const auto&) {});
    house_->follow();
  }
  void connect(const std::string& session) {
    append("t-1", facts::SessionOpened{.device = DeviceId("t-1"),
                                       .session = session,
                                       .protocol = "mqtt/5.0",
                                       .client_id = "t-1",
                                       .address = "192.0.2.1:5000",
                                       .certificate_serial = "a1",
                                       .tls = "TLSv1.3",
                                       .network = "fleet-apn",
                                       .network_kind = "private-apn",
                                       .asn = 64500});
  }
  void disconnect(const std::string& session) {
    append("t-1", facts::SessionClosed{.device = DeviceId("t-1"), .session = session, .reason = "bye"});
  }
  std::string admit(const std::string& device = "t-1", const std::string& serial = "a1", char key = 'a') {
    const auto admitted = registry().admit(demo, DeviceId(device), serial, hash_of(key));
    return admitted ? "admitted" : admitted.error().reason;
  }
  Lifecycle lifecycle() { return registry().device(demo, DeviceId("t-1"))->lifecycle; }
};

// --- fleets and profiles

TEST_F(RegistryTest, ANewFleetHasTheBuiltInProfiles) {
  EXPECT_EQ(registry().profiles(demo)->size(), builtin_profiles().size());
  EXPECT_EQ((*registry().profile(demo, ProfileId("handheld")))->title, "Industrial handheld");
  EXPECT_EQ(registry().profile(demo, ProfileId("nothing")).error().reason, "unknown-profile");
}

TEST_F(RegistryTest, AFleetIsMadeOnce) {
  EXPECT_EQ(op().create_fleet().error().reason, "fleet-exists");
}

TEST_F(RegistryTest, ATreeLeftWithoutEntriesByAnEarlierAttemptIsUsed) {
  ASSERT_TRUE(ledger_.create_fleet(FleetId("half")));
  EXPECT_TRUE((Operator{registry(), FleetId("half")}.create_fleet()));
}

TEST_F(RegistryTest, WhatIsOfNoFleetIsRefused) {
  const FleetId none("none");
  EXPECT_EQ((Operator{registry(), none}.add_device("x")).error().reason, "unknown-fleet");
  EXPECT_EQ(registry().device(none, DeviceId("t-1")).error().reason, "unknown-fleet");
  EXPECT_EQ(registry().admit(none, DeviceId("t-1"), "a1", "").error().reason, "unknown-fleet");
  EXPECT_FALSE(registry().holder_of_key(none, DeviceId("t-1"), hash_of('a')));
}

TEST_F(RegistryTest, AProfileIsReplacedByOneOfTheSameIdAndABadOneRefused) {
  std::string toml((*registry().profile(demo, ProfileId("handheld")))->toml);
  toml.replace(toml.find("Industrial handheld\""), 19, "Scanner of the dock");
  ASSERT_TRUE(op().add_profile(toml));
  EXPECT_EQ((*registry().profile(demo, ProfileId("handheld")))->title, "Scanner of the dock");
  EXPECT_EQ(op().add_profile("nonsense").error().reason, "bad-toml");
}

// --- devices

TEST_F(RegistryTest, ADeviceIsAddedOnceAndOnlyWithAKnownProfile) {
  EXPECT_EQ(op().add_device("t-1").error().reason, "device-exists");
  EXPECT_EQ(op().add_device("t-2", "toaster").error().reason, "unknown-profile");
  EXPECT_EQ(op().add_device("a/b").error().code, Errc::malformed);
  EXPECT_EQ(registry().device(demo, DeviceId("t-2")).error().reason, "unknown-device");
}

TEST_F(RegistryTest, ABulkOfDevicesIsJudgedOneByOne) {
  std::vector<facts::DeviceAdded> devices;
  for (int i = 0; i < 600; ++i) {
    devices.push_back({.device = DeviceId("b-" + std::to_string(i)), .profile = ProfileId("handheld")});
  }
  devices[300].profile = ProfileId("toaster");
  devices[500].device = DeviceId("b-7");
  devices[501].label = std::string(1000, 'x');
  Answer<std::vector<Result<void>>> answer;
  registry().add_devices(demo, devices, answer.callback());
  const auto outcomes = answer.get();
  ASSERT_TRUE(outcomes);
  EXPECT_EQ(outcomes->at(300).error().reason, "unknown-profile");
  EXPECT_EQ(outcomes->at(500).error().reason, "device-exists");
  EXPECT_EQ(outcomes->at(501).error().reason, "too-long");
  EXPECT_EQ(std::ranges::count_if(*outcomes, [](const auto& outcome) { return outcome.has_value(); }), 597);
  EXPECT_EQ(registry().counts().devices, 598U);
}

TEST_F(RegistryTest, MoreDevicesThanABulkMayHaveAreRefusedWhole) {
  Answer<std::vector<Result<void>>> answer;
  registry().add_devices(demo, std::vector<facts::DeviceAdded>(add_devices_max + 1), answer.callback());
  EXPECT_EQ(answer.get().error().reason, "too-many");
}

TEST_F(RegistryTest, ListsPageByPageByPrefixProfileAndLifecycle) {
  for (const std::string id : {"t-2", "t-3", "u-1", "u-2"}) ASSERT_TRUE(op().add_device(id, "handheld"));
  const auto ids = [&](const DeviceQuery& query) {
    std::vector<std::string> out;
    for (const auto& device : registry().devices(demo, query)->devices) out.push_back(device.id.value);
    return out;
  };
  EXPECT_THAT(ids({}), ElementsAre("t-1", "t-2", "t-3", "u-1", "u-2"));
  EXPECT_THAT(ids({.prefix = "t-"}), ElementsAre("t-1", "t-2", "t-3"));
  EXPECT_THAT(ids({.profile = ProfileId("handheld"), .prefix = "t-"}), ElementsAre("t-2", "t-3"));
  ASSERT_TRUE(op().change("t-2", LifecycleEvent::lost));
  EXPECT_THAT(ids({.lifecycle = Lifecycle::lost}), ElementsAre("t-2"));
  const auto first = registry().devices(demo, {.prefix = "t-", .limit = 2});
  EXPECT_EQ(first->next, "t-2");
  const auto second = registry().devices(demo, {.prefix = "t-", .after = *first->next, .limit = 2});
  ASSERT_EQ(second->devices.size(), 1U);
  EXPECT_EQ(second->devices[0].id.value, "t-3");
  EXPECT_FALSE(second->next);
}

// --- enrolment

TEST_F(RegistryTest, ACodeIsGoodOnceForItsDeviceUntilItExpires) {
  const DeviceId device("t-1");
  ASSERT_TRUE(op().add_device("t-2"));
  ASSERT_TRUE(op().create_code("t-1", hash_of('1'), clock_.now() + std::chrono::hours{1}));
  const auto check = [&](const std::string& who, char code) {
    const auto good = registry().check_code(demo, DeviceId(who), hash_of(code), clock_.now());
    return good ? "good" : good.error().reason;
  };
  EXPECT_EQ(check("t-1", '1'), "good");
  EXPECT_EQ(check("t-2", '1'), "code-unknown");
  EXPECT_EQ(check("t-1", '2'), "code-unknown");
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(check("t-1", '1'), "code-expired");
  EXPECT_EQ(op().issue(certificate("t-1", "a1", 'a', hash_of('1'), clock_.now())).error().reason, "code-expired");
  ASSERT_TRUE(op().create_code("t-1", hash_of('2'), clock_.now() + std::chrono::hours{1}));
  EXPECT_EQ(check("t-1", '1'), "code-unknown") << "a new code replaces the unused one";
  ASSERT_TRUE(op().issue(certificate("t-1", "a1", 'a', hash_of('2'), clock_.now())));
  EXPECT_EQ(check("t-1", '2'), "code-used");
  EXPECT_EQ(op().issue(certificate("t-1", "a2", 'b', hash_of('2'), clock_.now())).error().reason, "code-used");
}

TEST_F(RegistryTest, ACodeIsRefusedWithABadHashOrInThePast) {
  const auto later = clock_.now() + std::chrono::hours{1};
  EXPECT_EQ(op().create_code("t-1", "xyz", later).error().reason, "bad-code-hash");
  EXPECT_EQ(op().create_code("t-1", std::string(64, 'A'), later).error().reason, "bad-code-hash");
  EXPECT_EQ(op().create_code("t-1", hash_of('1'), clock_.now()).error().reason, "code-expired");
  EXPECT_EQ(op().create_code("nobody", hash_of('1'), later).error().reason, "unknown-device");
  ASSERT_TRUE(op().create_code("t-1", hash_of('1'), later));
  EXPECT_EQ(op().create_code("t-1", hash_of('1'), later).error().reason, "code-exists");
}

TEST_F(RegistryTest, ASingleUseCodeRedeemedByManyThreadsIsUsedOnce) {
  for (int round = 0; round < 50; ++round) {
    const std::string device = "race-" + std::to_string(round);
    const std::string code = hash_of('0').replace(0, 4, std::to_string(1000 + round));
    ASSERT_TRUE(op().add_device(device));
    ASSERT_TRUE(op().create_code(device, code, clock_.now() + std::chrono::hours{1}));
    std::atomic<int> won{0};
    std::atomic<int> lost{0};
    {
      std::vector<std::jthread> threads;
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
          auto fact = certificate(device, device + "-" + std::to_string(i), 'f', code, clock_.now());
          fact.spki_sha256 = device + std::to_string(i);
          const auto issued = op().issue(fact);
          if (issued) {
            ++won;
          } else if (issued.error().reason == "code-used") {
            ++lost;
          }
        });
      }
    }
    ASSERT_EQ(won, 1);
    ASSERT_EQ(lost, 3);
  }
}

TEST_F(RegistryTest, AKeyBelongsToOneDeviceForEver) {
  enrol();
  ASSERT_TRUE(op().add_device("t-2"));
  ASSERT_TRUE(op().create_code("t-2", hash_of('2'), clock_.now() + std::chrono::hours{1}));
  EXPECT_EQ(op().issue(certificate("t-2", "b1", 'a', hash_of('2'), clock_.now())).error().reason, "key-in-use");
  EXPECT_EQ(op().issue(certificate("t-2", "a1", 'b', hash_of('2'), clock_.now())).error().reason, "serial-in-use");
  EXPECT_EQ(registry().holder_of_key(demo, DeviceId("t-1"), hash_of('a'))->device.value, "t-1");
  ASSERT_TRUE(op().revoke("a1"));
  EXPECT_TRUE(registry().holder_of_key(demo, DeviceId("t-1"), hash_of('a'))->revoked);
  EXPECT_EQ(op().issue(certificate("t-2", "b1", 'a', hash_of('2'), clock_.now())).error().reason, "key-in-use");
  ASSERT_TRUE(op().create_code("t-1", hash_of('3'), clock_.now() + std::chrono::hours{1}));
  EXPECT_EQ(op().issue(certificate("t-1", "a2", 'a', hash_of('3'), clock_.now())).error().reason, "key-revoked");
}

TEST_F(RegistryTest, AnIdentityIsRenewedByItsOwnerWhileItIsGood) {
  enrol();
  ASSERT_TRUE(op().add_device("t-2"));
  EXPECT_EQ(op().issue(renewal("t-2", "b1", 'b', "a1", clock_.now())).error().reason, "unknown-identity");
  EXPECT_EQ(op().issue(renewal("t-1", "a2", 'b', "zz", clock_.now())).error().reason, "unknown-identity");
  EXPECT_TRUE(op().issue(renewal("t-1", "a2", 'a', "a1", clock_.now()))) << "with the same key, too";
  EXPECT_TRUE(op().issue(renewal("t-1", "a3", 'b', "a2", clock_.now())));
  ASSERT_TRUE(op().revoke("a3"));
  EXPECT_EQ(op().issue(renewal("t-1", "a4", 'c', "a3", clock_.now())).error().reason, "identity-revoked");
  const auto identities = registry().identities(demo, DeviceId("t-1"));
  ASSERT_EQ(identities->size(), 3U);
  EXPECT_EQ(identities->front().serial, "a3") << "newest first";
}

TEST_F(RegistryTest, ADeviceLostOrStolenGetsNoCertificate) {
  enrol();
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::lost));
  EXPECT_EQ(op().issue(renewal("t-1", "a2", 'b', "a1", clock_.now())).error().reason, "device-lost");
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::stolen));
  EXPECT_EQ(op().issue(renewal("t-1", "a2", 'b', "a1", clock_.now())).error().reason, "device-stolen");
  EXPECT_EQ(op().issue(certificate("nobody", "x", 'x', hash_of('1'), clock_.now())).error().reason, "unknown-device");
}

TEST_F(RegistryTest, StandingTellsLifecycleAndKeyPolicy) {
  EXPECT_EQ(registry().standing(demo, DeviceId("nobody")).error().reason, "unknown-device");
  const auto standing = registry().standing(demo, DeviceId("t-1"));
  ASSERT_TRUE(standing);
  EXPECT_EQ(standing->lifecycle, Lifecycle::expected);
  EXPECT_TRUE(standing->keys.p256);
  EXPECT_EQ(standing->keys.rsa_bits_min, 0U);
}

// --- identities and admission

TEST_F(RegistryTest, RevocationClosesTheSessionsOfThatIdentity) {
  enrol();
  std::vector<std::string> expelled;
  registry().on_expel([&](const FleetId&, const DeviceId& device, const std::string& serial, const std::string& why) {
    expelled.push_back(device.value + "/" + serial + "/" + why);
  });
  EXPECT_EQ(op().revoke("a1", "mood").error().reason, "bad-reason");
  EXPECT_EQ(op().revoke("zz").error().reason, "unknown-identity");
  EXPECT_TRUE(expelled.empty());
  ASSERT_TRUE(op().revoke("a1"));
  EXPECT_THAT(expelled, ElementsAre("t-1/a1/identity-revoked"));
  EXPECT_EQ(op().revoke("a1").error().reason, "identity-revoked");
  EXPECT_EQ(admit(), "identity-revoked");
}

TEST_F(RegistryTest, AdmitsOnlyALivingIdentityOfALivingDevice) {
  EXPECT_EQ(admit(), "unknown-identity");
  enrol();
  EXPECT_EQ(lifecycle(), Lifecycle::enrolled);
  EXPECT_EQ(admit(), "admitted");
  EXPECT_EQ(registry().admit(demo, DeviceId("t-1"), "a1", hash_of('a'))->profile->id.value, "fleet-tracker");
  EXPECT_EQ(admit("nobody"), "unknown-device");
  ASSERT_TRUE(op().add_device("t-2"));
  EXPECT_EQ(admit("t-2"), "wrong-device");
  EXPECT_EQ(admit("t-1", "a1", 'b'), "key-mismatch");
  EXPECT_EQ(admit("t-1", "zz"), "unknown-identity");
  EXPECT_TRUE(registry().admit(demo, DeviceId("t-1"), "a1", ""));
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::lost));
  EXPECT_EQ(admit(), "device-lost");
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::stolen));
  EXPECT_EQ(admit(), "device-stolen");
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::found));
  EXPECT_EQ(admit(), "admitted") << "in quarantine";
  clock_.advance(std::chrono::hours{24 * 90});
  EXPECT_EQ(admit(), "identity-expired");
  ASSERT_TRUE(op().retire("t-1"));
  EXPECT_EQ(admit(), "identity-revoked");
}

TEST_F(RegistryTest, IdentitiesOfAFleetArePaged) {
  enrol();
  ASSERT_TRUE(op().issue(renewal("t-1", "a2", 'b', "a1", clock_.now())));
  ASSERT_TRUE(op().revoke("a1"));
  EXPECT_EQ(registry().identities(demo, IdentityQuery{.revoked = true})->identities.at(0).serial, "a1");
  EXPECT_EQ(registry().identities(demo, IdentityQuery{.revoked = false})->identities.at(0).serial, "a2");
  const auto first = registry().identities(demo, IdentityQuery{.limit = 1});
  EXPECT_EQ(first->next, "a1");
  EXPECT_FALSE(registry().identities(demo, IdentityQuery{.after = "a1", .limit = 1})->next);
  EXPECT_EQ(registry().by_serial(demo, "a2")->spki_sha256, hash_of('b'));
  EXPECT_EQ(registry().identity(demo, "zz").error().reason, "unknown-identity");
}

// --- sessions and posture

TEST_F(RegistryTest, TheFirstSessionMakesADeviceActive) {
  enrol();
  connect("s1");
  EXPECT_EQ(lifecycle(), Lifecycle::active);
  EXPECT_TRUE(registry().device(demo, DeviceId("t-1"))->online);
  EXPECT_EQ(registry().counts().online, 1U);
}

TEST_F(RegistryTest, TheEndOfAnOldSessionDoesNotTakeTheNewOneOffLine) {
  enrol();
  connect("s1");
  connect("s2");
  disconnect("s1");
  EXPECT_TRUE(registry().device(demo, DeviceId("t-1"))->online);
  disconnect("s2");
  EXPECT_FALSE(registry().device(demo, DeviceId("t-1"))->online);
  EXPECT_EQ(registry().counts().online, 0U);
}

TEST_F(RegistryTest, SessionsLeftOpenByACrashAreClosedAtTheNextStart) {
  enrol();
  connect("s1");
  restart();
  EXPECT_FALSE(registry().device(demo, DeviceId("t-1"))->online);
  house_->follow();
  EXPECT_EQ(registry().posture(demo, DeviceId("t-1"))->online.value, "no");
}

TEST_F(RegistryTest, PostureTellsWhatIsKnownAndSinceWhen) {
  const DeviceId device("t-1");
  const auto added = clock_.now();
  house_->follow();
  clock_.advance(std::chrono::minutes{1});
  auto posture = registry().posture(demo, device);
  ASSERT_TRUE(posture);
  EXPECT_EQ(posture->online, (Belief{.value = std::nullopt, .since = added, .entry = std::nullopt}));
  enrol();
  connect("s1");
  const auto connected = clock_.now();
  clock_.advance(std::chrono::minutes{1});
  ledger_.append({.kind = static_cast<std::uint16_t>(Kind::telemetry),
                  .fleet = demo,
                  .subject = {ledger::SubjectKind::device, "t-1"},
                  .content_type = "application/senml+json",
                  .payload = to_bytes(as_bytes(R"([{"n":"lat","u":"lat","v":48.1},{"n":"lon","u":"lon","v":11.5},)"
                                               R"({"n":"battery","u":"%","v":87.5},{"n":"firmware","vs":"1.2"}])")),
                  .privacy = ledger::Privacy::personal},
                 [](const auto&) {});
  append("t-1", facts::AccessRefused{.device = "t-1", .action = "publish", .object = "d/x", .rule = "not-granted"});
  append("stranger", facts::AccessRefused{.device = "stranger", .rule = "unknown-device"});
  posture = registry().posture(demo, device);
  EXPECT_EQ(posture->online.value, "yes");
  EXPECT_EQ(posture->online.since, connected);
  EXPECT_EQ(posture->address.value, "192.0.2.1:5000");
  EXPECT_EQ(posture->protocol.value, "mqtt/5.0");
  EXPECT_EQ(posture->network.value, "fleet-apn");
  EXPECT_EQ(posture->network_kind.value, "private-apn");
  EXPECT_EQ(posture->asn.value, "64500");
  EXPECT_EQ(posture->country.value, std::nullopt);
  EXPECT_EQ(posture->country.since, connected);
  EXPECT_EQ(posture->battery.value, "87.5");
  EXPECT_EQ(posture->battery.since, clock_.now());
  EXPECT_EQ(posture->firmware.value, "1.2");
  EXPECT_EQ(posture->position.value, "48.1000000,11.5000000");
  EXPECT_EQ(posture->last_seen.value, "telemetry");
  EXPECT_EQ(posture->last_refusal.value, "not-granted");
  EXPECT_EQ(posture->certificate_expiry.value, to_rfc3339(registry().identity(demo, "a1")->not_after));
  EXPECT_THAT(house_->dump(), ::testing::Not(HasSubstr("stranger")));
  EXPECT_EQ(registry().posture(demo, DeviceId("nobody")).error().reason, "unknown-device");

  clock_.advance(std::chrono::minutes{1});
  ASSERT_TRUE(ledger_.shred(demo, {ledger::SubjectKind::device, "t-1"}));
  append("t-1", facts::KeyShredded{.subject = "t-1", .why = "asked for", .by = "test"});
  posture = registry().posture(demo, device);
  EXPECT_FALSE(posture->position.value);
  EXPECT_EQ(posture->position.since, clock_.now()) << "unknown since the key was shredded";
  EXPECT_EQ(posture->last_seen.value, "telemetry");
}

// --- tokens

TEST_F(RegistryTest, ATokenIsFoundByItsHashUntilRevokedOrExpired) {
  ASSERT_TRUE(op().create_token("ci", hash_of('c')));
  EXPECT_EQ(registry().token_by_hash(hash_of('c'))->name, "ci");
  EXPECT_EQ(registry().token_by_hash(hash_of('d')).error().reason, "unknown-token");
  EXPECT_EQ(registry().token_by_hash("").error().reason, "unknown-token");
  EXPECT_EQ(op().create_token("ci", hash_of('d')).error().reason, "token-exists");
  EXPECT_EQ(op().create_token("cd", hash_of('c')).error().reason, "token-exists");
  EXPECT_EQ(op().create_token("cd", "short").error().reason, "bad-token-hash");
  ASSERT_TRUE(op().revoke_token("ci"));
  EXPECT_EQ(registry().token_by_hash(hash_of('c')).error().reason, "unknown-token");
  EXPECT_EQ(op().revoke_token("ci").error().reason, "unknown-token");
  ASSERT_TRUE(op().create_token("ci", hash_of('d'), clock_.now() + std::chrono::hours{1}));
  EXPECT_TRUE(registry().token_by_hash(hash_of('d')));
  clock_.advance(std::chrono::hours{1});
  EXPECT_EQ(registry().token_by_hash(hash_of('d')).error().reason, "token-expired");
  EXPECT_EQ(registry().tokens(demo)->size(), 2U);
}

// --- durability

TEST_F(RegistryTest, NoDecisionIsTakenBeforeTheLedgerWasReadToItsEnd) {
  const auto database = *store::Database::open({.file = directory_.path() / "q.db"});
  const auto early = *Registry::open(*database, ledger_, {.clock = &clock_});
  EXPECT_FALSE(early->ready());
  EXPECT_EQ((Operator{*early}.add_device("x")).error().reason, "starting");
}

TEST_F(RegistryTest, WhatTheLedgerRefusesAtOnceIsNotApplied) {
  enrol();
  int expelled = 0;
  registry().on_expel([&](const auto&...) { ++expelled; });
  ledger_.refuse(Error(Errc::unavailable, "disk-full", "no space left"));
  EXPECT_EQ(op().add_device("t-2").error().reason, "disk-full");
  EXPECT_EQ(op().revoke("a1").error().reason, "disk-full");
  EXPECT_EQ(op().retire("t-1").error().reason, "disk-full");
  EXPECT_EQ(registry().device(demo, DeviceId("t-2")).error().reason, "unknown-device");
  EXPECT_EQ(admit(), "admitted");
  EXPECT_EQ(expelled, 0);
  ledger_.refuse(std::nullopt);
  EXPECT_TRUE(op().add_device("t-2")) << "and it goes on when there is space again";
}

TEST_F(RegistryTest, ADecisionIsAnsweredOnlyOnceDurable) {
  ledger_.hold();
  bool answered = false;
  registry().change_state(demo, DeviceId("t-1"), went_lost, [&](const auto&) { answered = true; });
  EXPECT_FALSE(answered);
  EXPECT_EQ(lifecycle(), Lifecycle::lost) << "but the next decision is made against it";
  ledger_.settle();
  EXPECT_TRUE(answered);
}

TEST_F(RegistryTest, AfterTheLedgerLostEntriesMemoryIsRebuiltFromWhatIsDurable) {
  enrol();
  ledger_.hold();
  Answer<Transition> answer;
  registry().change_state(demo, DeviceId("t-1"), was_stolen, answer.callback());
  Answer<Transition> second;
  registry().change_state(demo, DeviceId("t-1"), went_lost, second.callback());
  std::thread writer([&] { ledger_.lose(Error(Errc::unavailable, "sync-failed", "fdatasync failed")); });
  writer.join();
  EXPECT_EQ(answer.get().error().reason, "sync-failed");
  EXPECT_EQ(second.get().error().reason, "sync-failed");
  // The tables are behind, and the last entries are in the ledger alone.
  ASSERT_TRUE(op().change("t-1", LifecycleEvent::quarantine)) << "an edge of 'enrolled', not of 'stolen'";
  EXPECT_EQ(registry().identity(demo, "a1")->device.value, "t-1");
}

TEST_F(RegistryTest, WhileEntriesAreInDoubtAfterAFailureNothingIsDecided) {
  ledger_.hold();
  std::string tried;
  registry().change_state(demo, DeviceId("t-1"), was_stolen, [&](const auto&) {
    // The entry after this one is not answered yet.
    tried = op().add_device("t-9").error().reason;
  });
  registry().change_state(demo, DeviceId("t-1"), went_lost, [](const auto&) {});
  std::thread writer([&] { ledger_.lose(Error(Errc::unavailable, "sync-failed", "fdatasync failed")); });
  writer.join();
  EXPECT_EQ(tried, "ledger-failed");
  EXPECT_TRUE(op().add_device("t-9"));
  EXPECT_EQ(lifecycle(), Lifecycle::expected);
}

TEST_F(RegistryTest, ADeviceShowsTheTimeOfItsDecisionBeforeAndAfterItIsReadBack) {
  const auto decided = clock_.now();
  ledger_.hold();
  Answer<std::vector<Result<void>>> answer;
  registry().add_devices(demo, {{.device = DeviceId("t-2"), .profile = ProfileId("handheld")}}, answer.callback());
  EXPECT_EQ(registry().device(demo, DeviceId("t-2"))->added, decided);
  clock_.advance(std::chrono::seconds{3});
  ledger_.settle();
  ASSERT_TRUE(answer.get());
  house_->follow();
  EXPECT_EQ(registry().device(demo, DeviceId("t-2"))->added, decided);
}

}  // namespace
}  // namespace outrider::fleet
