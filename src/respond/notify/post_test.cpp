#include "respond/notify/transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/testing/temporary_directory.h"

namespace outrider::respond {
namespace {

using testing::HasSubstr;
using testing::Not;

bool reaches(const std::string& address, const std::vector<std::string>& allowed = {}) {
  std::vector<net::Cidr> ranges;
  for (const auto& text : allowed) ranges.push_back(net::Cidr::parse(text).value());
  return may_reach(boost::asio::ip::make_address(address), ranges);
}

TEST(Webhook, DoesNotReachInside) {
  for (const auto* address :
       {"127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1"})
    EXPECT_FALSE(reaches(address)) << address;
  for (const auto* address : {"8.8.8.8", "172.32.0.1", "2606:4700::1", "::ffff:8.8.8.8"})
    EXPECT_TRUE(reaches(address)) << address;
}

TEST(Webhook, ReachesWhatWasAllowedAndNothingBesideIt) {
  EXPECT_TRUE(reaches("10.0.0.5", {"10.0.0.5"}));
  EXPECT_FALSE(reaches("10.0.0.6", {"10.0.0.5"}));
}

TEST(Webhook, TheSignatureCoversTimeAndBody) {
  const auto secret = as_bytes("0123456789abcdef");
  const auto good = webhook_signature(secret, "1700000000", "{}");
  // printf '1700000000.{}' | openssl dgst -sha256 -hmac 0123456789abcdef
  EXPECT_EQ(good.size(), 3 + 64U);
  EXPECT_NE(good, webhook_signature(secret, "1700000001", "{}"));
  EXPECT_NE(good, webhook_signature(secret, "1700000000", "[]"));
  EXPECT_NE(good, webhook_signature(as_bytes("0123456789abcdeg"), "1700000000", "{}"));
}

TEST(Webhook, NothingIsSentUnsignedOrWithAWeakKey) {
  const std::atomic<bool> running{false};
  const Webhook hook{.id = "a", .url = "https://127.0.0.1:1/", .body = "{}"};
  EXPECT_EQ(post_webhook({}, hook, running).fate, Posted::Fate::refused);
  const testing_support::TemporaryDirectory directory;
  const auto file = directory.path() / "secret";
  ASSERT_TRUE(write_file_atomic(file, "short\n", 0600));
  EXPECT_THAT(post_webhook({.webhook_secret_file = file.string()}, hook, running).detail, HasSubstr("shorter"));
  ASSERT_TRUE(write_file_atomic(file, "long enough for a key\n", 0644));
  EXPECT_NE(post_webhook({.webhook_secret_file = file.string()}, hook, running).fate, Posted::Fate::arrived)
      << "others may read the key";
  ASSERT_TRUE(write_file_atomic(file, "long enough for a key\n", 0600));
  const auto inside = post_webhook({.webhook_secret_file = file.string()}, hook, running);
  EXPECT_EQ(inside.fate, Posted::Fate::refused);
  EXPECT_THAT(inside.detail, HasSubstr("127.0.0.1 is not a public address"));
}

TEST(Webhook, AnAnswerIsAnAnswerWhateverBecameOfTheConnection) {
  using Fate = Posted::Fate;
  EXPECT_EQ(fate_of_webhook({.code = CURLE_OK, .status = 204}).fate, Fate::arrived);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_WRITE_ERROR, .status = 200}).fate, Fate::arrived) << "a long body";
  EXPECT_EQ(fate_of_webhook({.code = CURLE_OK, .status = 204, .reached = true, .refused = "fd00::1"}).fate,
            Fate::arrived)
      << "a name with an inside address beside the public one";
  for (const long status : {408L, 429L, 500L, 503L})
    EXPECT_EQ(fate_of_webhook({.code = CURLE_OK, .status = status}).fate, Fate::try_again) << status;
  for (const long status : {301L, 307L, 400L, 401L, 404L})
    EXPECT_EQ(fate_of_webhook({.code = CURLE_OK, .status = status}).fate, Fate::refused) << status;
}

TEST(Webhook, WhatIsInsideIsRefusedAndWhatPassesIsTriedAgain) {
  using Fate = Posted::Fate;
  EXPECT_EQ(fate_of_webhook({.code = CURLE_COULDNT_CONNECT, .refused = "10.0.0.1"}).fate, Fate::refused);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_COULDNT_CONNECT, .reached = true, .refused = "10.0.0.1"}).fate,
            Fate::try_again);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_COULDNT_RESOLVE_HOST}).fate, Fate::try_again);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_GOT_NOTHING, .status = 100, .connected = true}).fate, Fate::try_again);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_URL_MALFORMAT}).fate, Fate::refused);
}

TEST(Webhook, AtOurEndItMayHaveArrivedOnlyWhereTlsStood) {
  using Fate = Posted::Fate;
  EXPECT_EQ(fate_of_webhook({.code = CURLE_ABORTED_BY_CALLBACK, .connected = true}).fate, Fate::broken_off);
  EXPECT_EQ(fate_of_webhook({.code = CURLE_ABORTED_BY_CALLBACK}).fate, Fate::untried);
}

TEST(Mail, NoTextMakesAHeaderOfItsOwn) {
  const PostOptions options{.server_name = "o.example", .mail_from = "outrider@o.example"};
  const auto message = mail_message(
      options, {.id = "5f3a", .to = {"a@x"}, .subject = "Opened\r\nBcc: thief@evil", .text = "Grüße\r\n.\r\nQUIT"},
      from_rfc3339("2026-11-22T11:33:52Z").value());
  EXPECT_THAT(message, HasSubstr("Date: Sun, 22 Nov 2026 11:33:52 +0000\r\n"));
  EXPECT_THAT(message, HasSubstr("Subject: Opened??Bcc: thief@evil\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("\r\nBcc")));
  EXPECT_THAT(message, HasSubstr("Message-ID: <5f3a@o.example>\r\n"));
  EXPECT_THAT(message, Not(HasSubstr("QUIT"))) << "the text is in base64";
}

TEST(Mail, WithoutAServerOrReceiverItIsRefused) {
  const std::atomic<bool> running{false};
  EXPECT_EQ(post_mail({.smtp_host = "127.0.0.1", .mail_from = "o@example.com"}, {.id = "a"}, running).fate,
            Posted::Fate::refused);
  EXPECT_EQ(post_mail({}, {.id = "a", .to = {"a@x"}}, running).fate, Posted::Fate::refused);
}

}  // namespace
}  // namespace outrider::respond
