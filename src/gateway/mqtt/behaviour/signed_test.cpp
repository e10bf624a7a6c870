// Signed readings, from the wire to the ledger.
#include <gmock/gmock.h>

#include "facts/facts.h"
#include "facts/report_content.h"
#include "gateway/testing/mqtt_client.h"
#include "gateway/testing/sign.h"
#include "gateway/testing/world.h"

namespace outrider::gateway::mqtt {
namespace {

using namespace wire::mqtt;
using testing::MqttClient;
using testing::sign_reading;

constexpr std::string_view cargo = R"([{"n":"temperature","u":"Cel","v":3}])";
constexpr std::string_view cose = "application/cose; cose-type=\"cose-sign1\"";

class Signed : public ::testing::Test {
 protected:
  void start(bool required = false) {
    Limits limits;
    limits.tls.close_deadline = std::chrono::milliseconds{200};
    world_.start(limits, [this, required](const Caller& caller) {
      return world_.admit_device(caller, [required](fleet::Profile& p) { p.signed_readings_required = required; });
    });
    identity_ = std::make_unique<net::TlsIdentity>(world_.enrol("t-1"));
    serial_ = world_.serial_of("t-1");
    connect(*identity_);
  }
  void connect(const net::TlsIdentity& identity) {
    key_ = std::make_unique<crypto::KeyPair>(crypto::KeyPair::from_pem(as_text(identity.key_pem.view())).value());
    client_ = std::make_unique<MqttClient>(world_.broker->port(), world_.client_tls, &identity);
    ASSERT_TRUE(client_->connect("t-1"));
  }
  Bytes sign(std::uint64_t boot_count, std::uint64_t number, std::string_view payload = cargo) {
    return sign_reading(*key_, serial_, boot_count, number, payload);
  }
  // "" when it was taken, else the reason that the ledger holds.
  std::string send(ByteView message, std::optional<std::string_view> content_type = cose,
                   std::string_view topic = "d/me/telemetry") {
    const std::size_t refused = world_.facts<facts::ReportRefused>().size();
    client_->publish(topic, as_text(message), next_packet_++, content_type);
    const auto puback = client_->next<Puback>();
    if (!puback) return "no answer";
    const auto all = world_.facts<facts::ReportRefused>();
    EXPECT_EQ(all.size(), refused + (is_error(puback->reason) ? 1 : 0));
    return is_error(puback->reason) ? all.back().reason : "";
  }
  ledger::Entry last() { return world_.entries(Kind::telemetry).back(); }

  testing::World world_;
  std::unique_ptr<net::TlsIdentity> identity_;
  std::string serial_;
  std::unique_ptr<crypto::KeyPair> key_;
  std::unique_ptr<MqttClient> client_;
  std::uint16_t next_packet_ = 1;
};

TEST_F(Signed, ReadingsGoIntoTheLedgerByteForByteWithTheirTrust) {
  start();
  const Bytes message = sign(1, 1);
  ASSERT_EQ(send(message), "");
  const auto entry = last();
  EXPECT_EQ(entry.payload, message);
  const auto report = facts::read_report(entry.content_type, entry.payload, entry.received);
  ASSERT_TRUE(report) << entry.content_type;
  EXPECT_EQ(report->trust, facts::Trust::device_signed);
  EXPECT_EQ(report->pack.at(0).name, "temperature");
  EXPECT_EQ(report->signature->number, 1U);
  // By its tag alone, as a client of MQTT 3.1.1 sends it; and without tag where the content type says what it is.
  EXPECT_EQ(send(sign(1, 2), std::nullopt), "");
  EXPECT_EQ(send(ByteView(sign(1, 3)).subspan(1)), "");
  EXPECT_EQ(send(sign_reading(*key_,
                              {.format = wire::cose::Format::json,
                               .key_id = from_hex(key_->public_key().spki_sha256()).value(),
                               .boot_count = 1,
                               .number = 4},
                              as_bytes(cargo))),
            "");
  EXPECT_EQ(send(sign(1, 5, R"([{"n":"boot","vs":"power"}])"), cose, "d/me/event"), "");
}

TEST_F(Signed, PersonalReadingsAreNamedByTheirDigest) {
  start();
  const Bytes message = sign(1, 1, R"([{"n":"lat","u":"lat","v":52.5},{"n":"lon","u":"lon","v":13.4}])");
  ASSERT_EQ(send(message), "");
  const auto entry = last();
  EXPECT_EQ(entry.privacy, ledger::Privacy::personal);
  EXPECT_EQ(entry.payload, message);
  EXPECT_EQ(facts::read_signed_content_type(entry.content_type)->digest, to_bytes(crypto::sha256(message)));
}

TEST_F(Signed, ReadingsThatDoNotVerifyAreRefusedAndRecorded) {
  start();
  Bytes forged = sign(1, 1);
  forged.back() ^= 1U;
  EXPECT_EQ(send(forged), "bad-signature");
  EXPECT_EQ(send(sign_reading(*key_, "0badc0de", 1, 1, cargo)), "signing-key-unknown");
  const auto other = world_.enrol("t-2");
  EXPECT_EQ(send(sign_reading(crypto::KeyPair::from_pem(as_text(other.key_pem.view())).value(), world_.serial_of("t-2"),
                              1, 1, cargo)),
            "signing-key-unknown")
      << "another device's word is not this one's to bring";
  EXPECT_EQ(send(as_bytes("\xd2")), "bad-cbor");
  EXPECT_EQ(send(as_bytes(cargo)), "bad-cose");
  EXPECT_EQ(send(sign(1, 1), "application/cose; cose-type=\"cose-mac0\""), "bad-content-type");
  EXPECT_EQ(send(sign(1, 1, "no senml")), "bad-json");
  EXPECT_EQ(send(sign(1, 1, R"([{"n":"temperature","u":"Cel","v":3000}])")), "out-of-range");
  EXPECT_EQ(send(sign(1, 1)), "") << "what was refused has used up no number";
  EXPECT_EQ(world_.broker->status().refused.at("bad-signature"), 1U);
}

TEST_F(Signed, ReadingsMayComeTwiceButNotLate) {
  start();
  const Bytes first = sign(1, 1);
  const Bytes second = sign(1, 2);
  EXPECT_EQ(send(first), "");
  EXPECT_EQ(send(second), "");
  EXPECT_EQ(send(first), "") << "QoS 1 delivers at least once";
  EXPECT_EQ(send(sign(1, 1, R"([{"n":"temperature","u":"Cel","v":4}])")), "signed-number-old");
  EXPECT_EQ(send(sign(0, 9)), "signed-number-old");
  EXPECT_EQ(send(sign(2, 0)), "");
}

TEST_F(Signed, ReadingsOfTheKeyBeforeARenewalAreTakenUntilSomebodyRevokesIt) {
  start();
  const Bytes kept = sign(1, 1);
  const Bytes later = sign(1, 2);
  const std::string before = serial_;
  const auto renewed = world_.renew("t-1");
  connect(renewed);
  EXPECT_EQ(send(kept), "") << "what it signed and kept before it renewed itself";
  world_.revoke_serial(before, "keyCompromise");
  EXPECT_EQ(send(later), "signing-key-revoked");
  serial_ = world_.serial_of("t-1");
  EXPECT_EQ(send(sign(1, 1)), "") << "the new key counts anew";
}

TEST_F(Signed, ReadingsAreRequiredWhereTheProfileSaysSo) {
  start(true);
  EXPECT_EQ(send(as_bytes(cargo), "application/senml+json"), "signature-required");
  EXPECT_EQ(send(as_bytes(cargo), std::nullopt), "signature-required");
  EXPECT_EQ(send(sign(1, 1)), "");
}

}  // namespace
}  // namespace outrider::gateway::mqtt
