// Two record layers that speak to each other in memory, and one that breaks every rule.
#include "net/tls/record/record_layer.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "net/loop.h"

namespace outrider::net::tls {
namespace {

using Alert = AlertDescription;
using What = RecordLayer::What;

constexpr std::array all_suites{Suite::aes_128_gcm_sha256, Suite::aes_256_gcm_sha384, Suite::chacha20_poly1305_sha256};

// What one side heard.
struct Heard {
  Bytes content;
  std::vector<Alert> alerts;
  std::optional<Breach> breach;
  bool closed = false;
  std::size_t records = 0;
};

class RecordLayerTest : public ::testing::TestWithParam<Suite> {
 protected:
  RecordLayer make(Side side, RecordLayer::Start start = {}) {
    const Bytes client(traits_of(GetParam()).secret_bytes, 'c');
    const Bytes server(traits_of(GetParam()).secret_bytes, 's');
    start.side = side;
    start.suite = GetParam();
    start.read_secret = side == Side::server ? client : server;
    start.write_secret = side == Side::server ? server : client;
    return RecordLayer(aead_, start);
  }
  Heard hear(RecordLayer& layer, Bytes bytes) {
    Heard out;
    std::span<std::uint8_t> rest(bytes);
    while (!rest.empty()) {
      const auto size = whole_record(rest);
      if (!size) {
        out.breach = size.error();
        break;
      }
      if (*size == 0) break;
      const auto opened = layer.open(aead_, rest.first(*size));
      rest = rest.subspan(*size);
      ++out.records;
      if (!opened) {
        out.breach = opened.error();
        break;
      }
      if (opened->what == What::content)
        out.content.insert(out.content.end(), opened->content.begin(), opened->content.end());
      if (opened->what == What::alert) out.alerts.push_back(opened->alert);
      if (opened->what == What::closed) out.closed = true;
    }
    return out;
  }
  Bytes say(RecordLayer& layer, std::string_view text) {
    Bytes out;
    layer.seal(aead_, as_bytes(text), out);
    return out;
  }

  // A client that seals whatever it likes.
  class Rogue {
   public:
    explicit Rogue(Aead& aead, Suite suite) : aead_(aead), suite_(suite) {
      key_.secret.fill('c');
      aead_.expand(suite_, key_);
    }
    // `inner` is the whole TLSInnerPlaintext.
    Bytes record(Bytes inner) {
      Bytes out(header_bytes);
      put_header(out.data(), inner.size() + tag_bytes);
      Bytes tag(tag_bytes);
      aead_.seal(suite_, key_, out, inner, tag.data());
      out.insert(out.end(), inner.begin(), inner.end());
      out.insert(out.end(), tag.begin(), tag.end());
      return out;
    }
    void update() { aead_.update(suite_, key_); }

   private:
    Aead& aead_;
    Suite suite_;
    TrafficKey key_;
  };
  Rogue rogue() { return Rogue(aead_, GetParam()); }

  Loop loop_;
  Aead& aead_ = loop_.aead();
  RecordLayer server_ = make(Side::server);
  RecordLayer client_ = make(Side::client);
};

INSTANTIATE_TEST_SUITE_P(Suites, RecordLayerTest, ::testing::ValuesIn(all_suites),
                         [](const auto& one) { return std::string(traits_of(one.param).name); });

TEST_P(RecordLayerTest, ContentGoesBothWays) {
  EXPECT_EQ(as_text(hear(server_, say(client_, "report")).content), "report");
  EXPECT_EQ(as_text(hear(client_, say(server_, "answer")).content), "answer");
  EXPECT_EQ(as_text(hear(server_, say(client_, "again")).content), "again");
}

TEST_P(RecordLayerTest, SessionsThatShareAnAeadDoNotMixTheirKeys) {
  const Bytes other(traits_of(GetParam()).secret_bytes, 'o');
  RecordLayer::Start start;
  start.suite = GetParam();
  start.read_secret = start.write_secret = other;
  RecordLayer stranger(aead_, start);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(as_text(hear(server_, say(client_, "one")).content), "one");
    EXPECT_EQ(as_text(hear(stranger, say(stranger, "two")).content), "two");
  }
  EXPECT_EQ(hear(stranger, say(client_, "x")).breach->alert, Alert::bad_record_mac);
}

TEST_P(RecordLayerTest, LongContentIsCutIntoRecords) {
  const std::string text(3 * plaintext_bytes_max + 5, 'x');
  const auto heard = hear(server_, say(client_, text));
  EXPECT_EQ(heard.records, 4U);
  EXPECT_EQ(as_text(heard.content), text);
}

TEST_P(RecordLayerTest, ShorterRecordsCanBeAgreedOn) {
  RecordLayer::Start start;
  start.fragment_bytes_max = 512;
  RecordLayer small_client = make(Side::client, start);
  RecordLayer small_server = make(Side::server, start);
  EXPECT_EQ(hear(small_server, say(small_client, std::string(1025, 'x'))).records, 3U);
  EXPECT_EQ(hear(client_, say(small_server, std::string(512, 'x'))).records, 1U);
  // The other side keeps to it, or is refused.
  RecordLayer::Start other = start;
  other.records_read = 3;
  RecordLayer strict = make(Side::server, start);
  EXPECT_EQ(hear(strict, say(client_, std::string(513, 'x'))).breach->alert, Alert::record_overflow);
}

TEST_P(RecordLayerTest, ItGoesOnWhereTheHandshakeStopped) {
  RecordLayer::Start after_two;
  after_two.records_written = 2;
  RecordLayer server = make(Side::server, after_two);
  RecordLayer::Start two_read;
  two_read.records_read = 2;
  RecordLayer client = make(Side::client, two_read);
  EXPECT_EQ(as_text(hear(client, say(server, "x")).content), "x");
  EXPECT_EQ(hear(client_, say(server, "x")).breach->alert, Alert::bad_record_mac);
}

TEST_P(RecordLayerTest, AnyFlippedBitIsRefused) {
  const Bytes good = say(client_, "report");
  for (std::size_t i = 0; i < good.size(); ++i) {
    if (i == 3 || i == 4) continue;  // another length is another record
    Bytes bad = good;
    bad[i] ^= 0x10;
    RecordLayer server = make(Side::server);
    const auto heard = hear(server, bad);
    ASSERT_TRUE(heard.breach) << i;
    EXPECT_EQ(heard.breach->alert, i == 0 ? Alert::unexpected_message : Alert::bad_record_mac) << i;
  }
}

TEST_P(RecordLayerTest, ReplayedReorderedAndLostRecordsAreRefused) {
  const Bytes first = say(client_, "1");
  const Bytes second = say(client_, "2");
  RecordLayer replayed = make(Side::server);
  hear(replayed, first);
  EXPECT_EQ(hear(replayed, first).breach->alert, Alert::bad_record_mac);
  RecordLayer lost = make(Side::server);
  EXPECT_EQ(hear(lost, second).breach->alert, Alert::bad_record_mac);
}

TEST_P(RecordLayerTest, PaddedRecordsAreRead) {
  EXPECT_EQ(as_text(hear(server_, rogue().record({'h', 'i', 23, 0, 0, 0, 0})).content), "hi");
}

TEST_P(RecordLayerTest, OverlongContentIsRefused) {
  Bytes inner(plaintext_bytes_max + 1, 'x');
  inner.push_back(23);
  EXPECT_EQ(hear(server_, rogue().record(inner)).breach->alert, Alert::record_overflow);
}

TEST_P(RecordLayerTest, EveryAlertButCloseNotifyAndUserCanceledEndsTheConnection) {
  for (int number = 0; number < 256; ++number) {
    for (const std::uint8_t level : std::initializer_list<std::uint8_t>{1, 2}) {  // 6: the level is of no meaning
      RecordLayer server = make(Side::server);
      const auto heard = hear(server, rogue().record({level, static_cast<std::uint8_t>(number), 21}));
      EXPECT_FALSE(heard.breach);
      EXPECT_EQ(heard.closed, number == 0);
      const bool ends = number != 0 && number != 90;
      ASSERT_EQ(heard.alerts.size(), ends ? 1U : 0U) << number;
      if (ends) EXPECT_EQ(static_cast<int>(heard.alerts[0]), number);
    }
  }
}

TEST_P(RecordLayerTest, AlertsWeSendAreHeard) {
  for (const auto alert : {Alert::bad_record_mac, Alert::unexpected_message, Alert::record_overflow,
                           Alert::decode_error, Alert::illegal_parameter, Alert::internal_error}) {
    RecordLayer server = make(Side::server);
    RecordLayer client = make(Side::client);
    Bytes out;
    server.seal_alert(aead_, alert, out);
    EXPECT_EQ(hear(client, out).alerts, std::vector{alert});
  }
  Bytes out;
  server_.seal_alert(aead_, Alert::close_notify, out);
  EXPECT_TRUE(hear(client_, out).closed);
}

TEST_P(RecordLayerTest, BrokenAlertsAreRefused) {
  EXPECT_EQ(hear(server_, rogue().record({2, 21})).breach->alert, Alert::decode_error);
  RecordLayer other = make(Side::server);
  EXPECT_EQ(hear(other, rogue().record({1, 0, 1, 0, 21})).breach->alert, Alert::decode_error);
}

TEST_P(RecordLayerTest, AKeyUpdateChangesThePeersKey) {
  auto client = rogue();
  EXPECT_FALSE(hear(server_, client.record({24, 0, 0, 1, 0, 22})).breach);
  client.update();
  EXPECT_EQ(as_text(hear(server_, client.record({'x', 23})).content), "x");
  // None was asked for, so none is answered.
  EXPECT_EQ(hear(client_, say(server_, "y")).records, 1U);
}

TEST_P(RecordLayerTest, TheOldKeyIsOfNoUseAfterAKeyUpdate) {
  auto client = rogue();
  hear(server_, client.record({24, 0, 0, 1, 0, 22}));
  EXPECT_EQ(hear(server_, client.record({'x', 23})).breach->alert, Alert::bad_record_mac);
}

TEST_P(RecordLayerTest, SeveralRequestsAreAnsweredByOneKeyUpdateBeforeTheNextContent) {
  auto client = rogue();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(hear(server_, client.record({24, 0, 0, 1, 1, 22})).breach);
    client.update();
  }
  const auto heard = hear(client_, say(server_, "answer"));
  EXPECT_EQ(heard.records, 2U);
  EXPECT_EQ(as_text(heard.content), "answer");
  EXPECT_EQ(hear(client_, say(server_, "more")).records, 1U);
  // update_not_requested: two that follow the rules do not answer each other for ever.
  EXPECT_EQ(hear(server_, client.record({'x', 23})).content.size(), 1U);
}

TEST_P(RecordLayerTest, AKeyUpdateInPiecesIsUnderstood) {
  auto client = rogue();
  for (const std::uint8_t byte : std::initializer_list<std::uint8_t>{24, 0, 0, 1})
    EXPECT_FALSE(hear(server_, client.record({byte, 22})).breach);
  EXPECT_FALSE(hear(server_, client.record({0, 22})).breach);
  client.update();
  EXPECT_EQ(as_text(hear(server_, client.record({'x', 23})).content), "x");
}

TEST_P(RecordLayerTest, ContentBetweenThePiecesOfAMessageIsRefused) {
  auto client = rogue();
  hear(server_, client.record({24, 0, 22}));
  EXPECT_EQ(hear(server_, client.record({'x', 23})).breach->alert, Alert::unexpected_message);
}

TEST_P(RecordLayerTest, BrokenKeyUpdatesAreRefused) {
  struct Case {
    Bytes inner;
    Alert alert;
  };
  const std::array cases{
      Case{{24, 0, 0, 1, 2, 22}, Alert::illegal_parameter},       // 4.6.3
      Case{{24, 0, 0, 2, 0, 0, 22}, Alert::decode_error},         // too long
      Case{{24, 0, 0, 0, 22}, Alert::decode_error},               // empty
      Case{{24, 0, 0, 1, 0, 24, 22}, Alert::unexpected_message},  // 5.1: something behind it
      Case{{1, 0, 0, 1, 0, 22}, Alert::unexpected_message},       // ClientHello: no renegotiation
      Case{{4, 0, 0, 1, 0, 22}, Alert::unexpected_message},       // NewSessionTicket is a server's
      Case{{11, 0, 0, 1, 0, 22}, Alert::unexpected_message},      // Certificate was not asked for
      Case{{20, 0, 0, 1, 0, 22}, Alert::unexpected_message},      // a second Finished
      Case{{22}, Alert::unexpected_message},                      // an empty fragment
      Case{{20, 20}, Alert::unexpected_message},                  // a protected change_cipher_spec
      Case{{0, 0, 0}, Alert::unexpected_message},                 // padding alone
  };
  for (const auto& one : cases) {
    RecordLayer server = make(Side::server);
    const auto heard = hear(server, rogue().record(one.inner));
    ASSERT_TRUE(heard.breach) << hex(one.inner);
    EXPECT_EQ(heard.breach->alert, one.alert) << hex(one.inner);
  }
}

TEST_P(RecordLayerTest, AFloodOfRecordsThatBringNothingIsRefused) {
  for (const Bytes& inner : {Bytes{23}, Bytes{24, 0, 0, 1, 1, 22}, Bytes{1, 90, 21}}) {
    RecordLayer server = make(Side::server);
    auto client = rogue();
    const bool update = inner[0] == 24;
    for (unsigned i = 0; i < records_without_content_max; ++i) {
      ASSERT_FALSE(hear(server, client.record(inner)).breach) << i;
      if (update) client.update();
    }
    EXPECT_EQ(hear(server, client.record(inner)).breach->alert, Alert::unexpected_message);
  }
}

TEST_P(RecordLayerTest, ContentBetweenThemMakesKeyUpdatesWelcome) {
  auto client = rogue();
  for (unsigned i = 0; i < 2 * records_without_content_max; ++i) {
    ASSERT_FALSE(hear(server_, client.record({24, 0, 0, 1, 0, 22})).breach);
    client.update();
    ASSERT_FALSE(hear(server_, client.record({'x', 23})).breach);
  }
}

TEST_P(RecordLayerTest, AClientThrowsTicketsAwayAlsoInPieces) {
  Bytes ticket{4, 0, 1, 0};
  ticket.resize(4 + 256, 't');
  // Our server's key is the rogue's when it is told so.
  RecordLayer::Start start;
  RecordLayer client = [&] {
    const Bytes secret(traits_of(GetParam()).secret_bytes, 'c');
    start.side = Side::client;
    start.suite = GetParam();
    start.read_secret = start.write_secret = secret;
    return RecordLayer(aead_, start);
  }();
  auto server = rogue();
  const auto piece = [&](std::size_t from, std::size_t to) {
    Bytes inner(ticket.begin() + static_cast<std::ptrdiff_t>(from), ticket.begin() + static_cast<std::ptrdiff_t>(to));
    inner.push_back(22);
    return server.record(inner);
  };
  for (const auto& bytes : {piece(0, 2), piece(2, 100), piece(100, 260), piece(0, 260)})
    EXPECT_FALSE(hear(client, bytes).breach);
  EXPECT_EQ(as_text(hear(client, server.record({'x', 23})).content), "x");
  EXPECT_EQ(hear(client, server.record({4, 255, 255, 255, 22})).breach->alert, Alert::decode_error);
}

TEST_P(RecordLayerTest, OurKeyIsReplacedBeforeItHasProtectedTooMuch) {
  RecordLayer::Start short_life;
  short_life.records_per_key = 5;
  RecordLayer server = make(Side::server, short_life);
  std::size_t records = 0;
  for (int i = 0; i < 20; ++i) {
    const auto heard = hear(client_, say(server, "x"));
    ASSERT_FALSE(heard.breach);
    ASSERT_EQ(heard.content.size(), 1U);
    records += heard.records;
  }
  EXPECT_EQ(records, 24U);  // a KeyUpdate after every four
}

TEST_P(RecordLayerTest, ThePeerIsAskedForAnotherKeyWhenItsOwnHasProtectedTooMuch) {
  RecordLayer::Start short_life;
  short_life.records_per_key = 5;
  RecordLayer server = make(Side::server, short_life);
  for (int i = 0; i < 6; ++i) hear(server, say(client_, "x"));
  const auto asked = hear(client_, say(server, "y"));
  EXPECT_EQ(asked.records, 2U);
  EXPECT_EQ(hear(client_, say(server, "y")).records, 1U);  // once
  // The client answers with its next content, and the server goes along.
  const auto answered = hear(server, say(client_, "z"));
  EXPECT_EQ(answered.records, 2U);
  EXPECT_EQ(as_text(answered.content), "z");
}

}  // namespace
}  // namespace outrider::net::tls
