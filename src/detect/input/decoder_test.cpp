#include "detect/input/decoder.h"

#include <gtest/gtest.h>

#include "detect/input/hash.h"
#include "detect/testing/entries.h"
#include "facts/alerts.h"
#include "facts/report_content.h"
#include "facts/response.h"
#include "wire/cose/sign1.h"
#include "wire/cose/signed_reading.h"

namespace outrider::detect {
namespace {

using namespace testing;

constexpr double start_s = start_us / 1e6;

struct DecoderTest : ::testing::Test {
  DecoderTest() {
    decode(fact("", 0, facts::ProfileAdded{ProfileId("tracker"), "good"}));
    decode(fact("t-1", 0, facts::DeviceAdded{DeviceId("t-1"), ProfileId("tracker"), {}, {}}));
    decode(fact("t-2", 0, facts::DeviceAdded{DeviceId("t-2"), ProfileId("tracker"), {}, {}}));
  }
  std::vector<Observation> decode(const ledger::Entry& entry) {
    std::vector<Observation> out;
    decoder.decode(entry, out);
    return out;
  }
  Observation one(const ledger::Entry& entry) {
    auto out = decode(entry);
    EXPECT_EQ(out.size(), 1U);
    return out.empty() ? Observation{} : out.front();
  }
  Reading reading(std::string_view records) { return one(telemetry("t-1", 100, records)).reading; }

  Engine engine;
  Decoder decoder{engine, [](std::string_view toml) -> std::optional<Contract> {
                    if (toml != "good") return std::nullopt;
                    Contract contract;
                    contract.interval_s = 77;
                    contract.channels[1] = "co2";
                    return contract;
                  }};
};

TEST_F(DecoderTest, KeepsTheDirectoryOfProfilesAndDevices) {
  EXPECT_EQ(engine.device("t-1"), 1U);
  EXPECT_EQ(engine.contract(engine.contract_of(1)).interval_s, 77);
  EXPECT_EQ(engine.contract(engine.contract_of(1)).profile, "tracker");
}

TEST_F(DecoderTest, ImportedCellsAreOnTheMapAndAListItCannotReadIsPassedOver) {
  EXPECT_TRUE(decode(fact("", 5,
                          facts::CellsImported{"radio,mcc,mnc,area,cell,lat,lon,range,samples\n"
                                               "LTE,262,1,7,5,50.000000,8.000000,1000,9\n",
                                               "local:0"}))
                  .empty());
  const auto place = engine.memory().cells.place(262, 1, 7, 5);
  ASSERT_TRUE(place);
  EXPECT_EQ(place->lat, 50);
  decode(fact("", 6, facts::CellsImported{"LTE,262,1,7,6,50.0,8.0,1000,9\nnonsense", "local:0"}));
  EXPECT_EQ(engine.memory().cells.cells().size(), 1U);
}

TEST_F(DecoderTest, TakesADeviceOfAProfileItCannotRead) {
  decode(fact("", 0, facts::ProfileAdded{ProfileId("odd"), "bad"}));
  decode(fact("t-3", 0, facts::DeviceAdded{DeviceId("t-3"), ProfileId("odd"), {}, {}}));
  decode(fact("t-4", 0, facts::DeviceAdded{DeviceId("t-4"), ProfileId("never-added"), {}, {}}));
  EXPECT_EQ(engine.contract(engine.contract_of(engine.device("t-3"))).profile, "odd");
  EXPECT_EQ(engine.contract(engine.contract_of(engine.device("t-4"))).profile, "never-added");
}

TEST_F(DecoderTest, ReadsNamesTextsAndTruths) {
  const Reading read = reading(
      R"([{"n":"lat","u":"lat","v":48.1},{"n":"lon","u":"lon","v":11.5},{"n":"rat","vs":"NB-IoT"},{"n":"cipher","vs":"A5/1"},)"
      R"({"n":"mcc","v":262},{"n":"cell","v":34359738368},{"n":"firmware","vs":"1.4.2"},{"n":"door","vb":true},)"
      R"({"n":"compressor","vb":false},{"n":"iccid","vs":"8949"},{"n":"co2","u":"ppm","v":700},{"n":"identity_request","v":1}])");
  EXPECT_EQ(read.lat, 48.1);
  EXPECT_EQ(read.rat, Radio::nb_iot);
  EXPECT_EQ(read.cipher, Cipher::weak);
  EXPECT_EQ(read.mcc, 262);
  EXPECT_EQ(read.cell, 34359738368U);
  EXPECT_EQ(read.firmware, 0x0001000400020000U);
  EXPECT_EQ(read.door, Truth::yes);
  EXPECT_EQ(read.compressor, Truth::no);
  EXPECT_EQ(read.iccid, hash_of("8949"));
  EXPECT_EQ(read.channels[1], 700);
  EXPECT_EQ(read.identity_request, Truth::yes);
  EXPECT_FALSE(has(read.speed));
  EXPECT_EQ(read.power, Truth::unknown);
}

TEST_F(DecoderTest, CountsInOneUnit) {
  const Reading read = reading(
      R"([{"n":"speed","u":"km/h","v":36},{"n":"temperature","u":"K","v":277.15},{"n":"battery_v","u":"mV","v":3700},)"
      R"({"n":"battery","u":"%EL","v":50},{"n":"alt","v":12}])");
  EXPECT_NEAR(read.speed, 10, 1e-9);
  EXPECT_NEAR(read.temperature, 4, 1e-9);
  EXPECT_NEAR(read.battery_v, 3.7, 1e-9);
  EXPECT_EQ(read.battery, 50);
  EXPECT_EQ(read.alt, 12);
}

TEST_F(DecoderTest, TakesNoQuantityOfAnotherKind) {
  EXPECT_FALSE(has(reading(R"([{"n":"speed","u":"Cel","v":36}])").speed));
  EXPECT_FALSE(has(reading(R"([{"n":"speed","vs":"36"}])").speed));
}

TEST_F(DecoderTest, TakesNoNumberThatIsNotTheOneOfACell) {
  const Reading read =
      reading(R"([{"n":"mcc","v":70000},{"n":"mnc","v":-1},{"n":"tac","v":1e300},{"n":"cell","v":1e17}])");
  EXPECT_EQ(read.mcc, 0);
  EXPECT_EQ(read.mnc, 0);
  EXPECT_EQ(read.tac, 0U);
  EXPECT_EQ(read.cell, 0U);
}

TEST_F(DecoderTest, KnowsHowGoodAPositionIsFromItsGeometry) {
  EXPECT_EQ(reading(R"([{"n":"hdop","v":2}])").accuracy, 10);
  EXPECT_EQ(reading(R"([{"n":"hdop","v":2},{"n":"accuracy","u":"m","v":3}])").accuracy, 3);
  EXPECT_FALSE(has(reading(R"([{"n":"hdop","v":99.9}])").accuracy));
}

TEST_F(DecoderTest, MakesOneObservationOfEachTimeOldestFirst) {
  const auto out = decode(telemetry("t-1", 100,
                                    R"([{"n":"speed","u":"m/s","v":3},{"n":"speed","u":"m/s","v":1,"t":-20},)"
                                    R"({"n":"alt","u":"m","v":7,"t":-20},{"n":"speed","u":"m/s","v":2,"t":-10}])"));
  ASSERT_EQ(out.size(), 3U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(out[i].reading.speed, i + 1);
    EXPECT_DOUBLE_EQ(out[i].measured_s, start_s + 80 + 10 * i);
    EXPECT_DOUBLE_EQ(out[i].received_s, start_s + 100);
  }
  EXPECT_EQ(out[0].reading.alt, 7);
  EXPECT_GT(out[0].bytes, 0U);
  EXPECT_EQ(out[1].bytes + out[2].bytes, 0U);
}

TEST_F(DecoderTest, TakesTheFirstOfTwoReadingsOfOneNameAndTime) {
  EXPECT_EQ(reading(R"([{"n":"alt","u":"m","v":1},{"n":"alt","u":"m","v":2}])").alt, 1);
}

TEST_F(DecoderTest, BringsImpossibleTimesWithinReasonAndLetsThemBeSeen) {
  const Observation late = one(telemetry("t-1", 0, R"([{"n":"alt","u":"m","v":1,"t":300000000}])"));
  EXPECT_EQ(late.received_s - late.measured_s, 400 * 86400.0);
  const Observation early = one(telemetry("t-1", 0, R"([{"n":"alt","u":"m","v":1,"t":9000000000}])"));
  EXPECT_EQ(early.measured_s - early.received_s, 86400.0);
}

TEST_F(DecoderTest, KnowsThatADeviceSpokeThoughNotWhatItSaid) {
  const Observation rubbish = one(telemetry("t-1", 5, "[{"));
  EXPECT_EQ(rubbish.what, What::report);
  EXPECT_EQ(rubbish.device, 1U);
  EXPECT_EQ(rubbish.bytes, 2U);
  auto shredded = telemetry("t-1", 5, "");
  shredded.shredded = true;
  EXPECT_EQ(one(shredded).what, What::report);
}

TEST_F(DecoderTest, ReadsCborAsJson) {
  const Bytes cbor{0x81, 0xa3, 0x00, 0x63, 'a', 'l', 't', 0x01, 0x61, 'm', 0x02, 0x18, 0x2a};
  const Observation read =
      one(entry(Kind::telemetry, "t-1", 5, as_text(cbor), "application/senml+cbor; exchange=\"1-2\""));
  EXPECT_EQ(read.reading.alt, 42);
}

TEST_F(DecoderTest, KnowsWhoVouchesForAReading) {
  const Bytes message = wire::cose::encode_sign1(
      wire::cose::protected_headers({.format = wire::cose::Format::json, .key_id = {1}, .boot_count = 1, .number = 1}),
      as_bytes(R"([{"n":"alt","u":"m","v":42}])"), Bytes(64));
  const auto trust = [&](std::string_view content_type) {
    const Observation read = one(entry(Kind::telemetry, "t-1", 5, as_text(message), content_type));
    EXPECT_EQ(read.reading.alt, 42);
    return read.reading.trust;
  };
  EXPECT_EQ(trust(facts::signed_content_type(facts::Trust::device_signed, std::nullopt)), 2);
  EXPECT_EQ(trust(facts::signed_content_type(facts::Trust::device_signed_attested, std::nullopt)), 3);
  EXPECT_EQ(one(telemetry("t-1", 5, R"([{"n":"alt","u":"m","v":42}])")).reading.trust, 1);
}

TEST_F(DecoderTest, PassesOverDevicesItDoesNotKnow) {
  EXPECT_TRUE(decode(telemetry("stranger", 5, "[]")).empty());
  facts::SessionOpened opened;
  opened.device = DeviceId("stranger");
  EXPECT_TRUE(decode(fact("stranger", 5, opened)).empty());
}

TEST_F(DecoderTest, ReadsASession) {
  facts::SessionOpened opened;
  opened.device = DeviceId("t-1");
  opened.session = "s-1";
  opened.address = "198.51.100.7:4711";
  opened.network_kind = "carrier";
  opened.country = "DE";
  opened.asn = 64500;
  const Observation read = one(fact("t-1", 5, opened));
  EXPECT_EQ(read.what, What::session_opened);
  EXPECT_EQ(read.session.id, hash_of("s-1"));
  EXPECT_EQ(read.session.network_kind, 3);
  EXPECT_EQ(read.session.country, 'D' << 8 | 'E');
  EXPECT_EQ(read.session.asn, 64500U);
  opened.address = "198.51.100.99:1";
  const Observation near = one(fact("t-1", 5, opened));
  EXPECT_EQ(near.session.prefix, read.session.prefix);
  EXPECT_NE(near.session.address, read.session.address);
  opened.address = "[::ffff:198.51.100.7]:9";
  EXPECT_EQ(one(fact("t-1", 5, opened)).session.address, read.session.address);
  opened.address = "[2001:db8:1:2::3]:9";
  EXPECT_NE(one(fact("t-1", 5, opened)).session.prefix, 0U);
  opened.address = "nonsense";
  EXPECT_EQ(one(fact("t-1", 5, opened)).session.address, 0U);
}

TEST_F(DecoderTest, SaysHowASessionEnded) {
  const auto ended = [&](const char* reason) {
    return one(fact("t-1", 5, facts::SessionClosed{DeviceId("t-1"), "s-1", reason, 1, 2})).ending;
  };
  EXPECT_EQ(ended("disconnected"), Ending::goodbye);
  EXPECT_EQ(ended("taken-over"), Ending::taken_over);
  EXPECT_EQ(ended("keep-alive-timeout"), Ending::silent);
  EXPECT_EQ(ended("reset"), Ending::broken);
  EXPECT_EQ(ended("server-restarted"), Ending::server);
  EXPECT_EQ(ended("identity-revoked"), Ending::expelled);
}

TEST_F(DecoderTest, SaysWhoseTopicWasRefused) {
  facts::AccessRefused refused;
  refused.device = "t-1";
  refused.action = "publish";
  refused.object = "d/t-2/telemetry";
  refused.rule = "foreign-topic";
  refused.count = 7;
  const Observation read = one(fact("t-1", 5, refused));
  EXPECT_EQ(read.what, What::access_refused);
  EXPECT_EQ(read.refusal, Refusal::other_device_topic);
  EXPECT_EQ(read.target, hash_of("t-2"));
  EXPECT_EQ(read.topic, hash_of("telemetry"));
  EXPECT_EQ(read.count, 7U);
  refused.object = "d/t-1/secret";
  refused.rule = "topic-not-granted";
  const Observation own = one(fact("t-1", 5, refused));
  EXPECT_EQ(own.refusal, Refusal::not_granted);
  EXPECT_EQ(own.target, 0U);
}

TEST_F(DecoderTest, HearsOfAttemptsInNamesThatNobodyHas) {
  const Observation read = one(fact("ghost", 5, facts::EnrolmentRefused{"ghost", "code-unknown", "", "192.0.2.1:5"}));
  EXPECT_EQ(read.device, 0U);
  EXPECT_EQ(read.refusal, Refusal::code);
  EXPECT_EQ(read.target, hash_of("ghost"));
  EXPECT_NE(read.session.prefix, 0U);
}

TEST_F(DecoderTest, ReadsIdentitiesAndTheirEnd) {
  facts::IdentityIssued issued;
  issued.device = DeviceId("t-1");
  issued.serial = "0a";
  issued.spki_sha256 = "ff";
  const Observation read = one(fact("t-1", 5, issued));
  EXPECT_EQ(read.what, What::identity_issued);
  EXPECT_EQ(read.key, hash_of("ff"));
  EXPECT_EQ(read.target, hash_of("0a"));
  facts::IdentityRevoked revoked;
  revoked.device = DeviceId("t-1");
  revoked.serial = "0a";
  revoked.why = "keyCompromise";
  EXPECT_EQ(one(fact("t-1", 5, revoked)).refusal, Refusal::revoked);
  revoked.cause = facts::RevocationCause::successor;
  EXPECT_EQ(one(fact("t-1", 5, revoked)).refusal, Refusal::superseded);
}

TEST_F(DecoderTest, ReadsLifecycles) {
  facts::DeviceStateChanged changed;
  changed.device = DeviceId("t-1");
  changed.to = facts::Lifecycle::stolen;
  EXPECT_EQ(one(fact("t-1", 5, changed)).lifecycle, static_cast<int>(facts::Lifecycle::stolen));
  EXPECT_EQ(one(fact("t-1", 5, facts::DeviceRetired{DeviceId("t-1"), {}, "", "", {}})).lifecycle,
            static_cast<int>(facts::Lifecycle::retired));
}

TEST_F(DecoderTest, SeesCommandsGoAndBeAnswered) {
  auto command = entry(Kind::application_message, "", 5, "go", R"(application/octet-stream; topic="d/t-2/command")");
  command.subject = {ledger::SubjectKind::application, "dispatch"};
  const Observation sent = one(command);
  EXPECT_EQ(sent.what, What::command_sent);
  EXPECT_EQ(sent.device, 2U);
  EXPECT_EQ(sent.target, hash_of("dispatch"));
  EXPECT_EQ(sent.key, 0U);
  command.payload = to_bytes(as_bytes(R"({"do":"go","id":"c-1"})"));
  EXPECT_EQ(one(command).key, hash_of("c-1"));
  command.content_type = R"(application/octet-stream; topic="weather")";
  EXPECT_TRUE(decode(command).empty());
  command.content_type = R"(application/octet-stream; topic="d/t-2/command)";  // no end
  EXPECT_TRUE(decode(command).empty());
  const Observation answered =
      one(entry(Kind::message, "t-2", 6, "ok", R"(application/octet-stream; topic="command/ack")"));
  EXPECT_EQ(answered.what, What::command_answered);
  EXPECT_EQ(answered.answer, Answer::none);
  const Observation refused =
      one(entry(Kind::message, "t-2", 6, R"({"id":"c-1","outcome":"refused","reason":"bad-signature"})",
                R"(application/json; topic="command/ack")"));
  EXPECT_EQ(refused.key, hash_of("c-1"));
  EXPECT_EQ(refused.answer, Answer::bad_signature);
  EXPECT_EQ(one(entry(Kind::log, "t-2", 6, "x", "text/plain")).what, What::message);
}

TEST_F(DecoderTest, TellsADeviceOfWhoTriedToCommandIt) {
  facts::AccessRefused refused;
  refused.device = "backend";  // an application, whose refusals stand under its own name
  refused.action = "publish";
  refused.object = "d/t-2/command";
  refused.rule = "topic-not-granted";
  const Observation tried = one(fact("backend", 5, refused));
  EXPECT_EQ(tried.what, What::command_refused);
  EXPECT_EQ(tried.device, 2U);
  refused.object = "d/t-2/config";
  EXPECT_EQ(one(fact("backend", 5, refused)).what, What::access_refused);
  refused.device = "t-1";
  refused.object = "d/t-2/command";
  const Observation by_device = one(fact("t-1", 5, refused));
  EXPECT_EQ(by_device.what, What::access_refused);
  EXPECT_EQ(by_device.device, 1U);
}

TEST_F(DecoderTest, ACommandOfTheServersOwnIsACommandThatWasGiven) {
  facts::ResponseStarted lock{.action = facts::ResponseAction::lock, .device = "t-2", .message = "{}"};
  const Observation sent = one(fact("t-2", 5, lock));
  EXPECT_EQ(sent.what, What::command_sent);
  EXPECT_EQ(sent.device, 2U);
  lock.action = facts::ResponseAction::quarantine;
  EXPECT_TRUE(decode(fact("t-2", 5, lock)).empty());
  facts::ActuationSent actuation{.device = "t-2", .topic = "d/t-2/command", .message = "{}"};
  EXPECT_EQ(one(fact("t-2", 5, actuation)).what, What::command_sent);
  actuation.outcome = "published";
  EXPECT_TRUE(decode(fact("t-2", 5, actuation)).empty()) << "once, and not twice";
}

TEST_F(DecoderTest, PassesTimeOn) {
  const Observation tick = one(fact("", 500, facts::ClockTicked{}));
  EXPECT_EQ(tick.what, What::tick);
  EXPECT_EQ(tick.device, 0U);
  EXPECT_EQ(tick.received_s, start_s + 500);
}

TEST_F(DecoderTest, PassesOverFactsThatAreNone) {
  for (const Kind kind :
       {Kind::session_opened, Kind::session_closed, Kind::access_refused, Kind::report_refused, Kind::enrolment_refused,
        Kind::identity_issued, Kind::identity_revoked, Kind::identity_suspected, Kind::device_state_changed,
        Kind::device_retired, Kind::device_added, Kind::profile_added, Kind::application_message, Kind::fleet_created})
    for (const std::string_view payload : {"", "{}", "[1]", "{\"device\":7}", "\xff"})
      EXPECT_TRUE(decode(entry(kind, "t-1", 5, payload, "application/json")).empty());
}

}  // namespace
}  // namespace outrider::detect
