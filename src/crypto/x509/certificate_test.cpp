#include "crypto/x509/certificate.h"

#include <gtest/gtest.h>

#include "crypto/cms/certs_only.h"
#include "crypto/x509/chain.h"
#include "crypto/x509/issue.h"

namespace outrider::crypto {
namespace {

using namespace std::chrono_literals;

struct Hierarchy {
  Timestamp now = *from_rfc3339("2026-11-22T12:00:00Z");
  KeyPair root_key = KeyPair::generate(KeyType::p256);
  KeyPair issuing_key = KeyPair::generate(KeyType::p256);
  KeyPair device_key = KeyPair::generate(KeyType::ed25519);
  Certificate root = make_root();
  Certificate issuing = make_issuing();

  CertificateTemplate root_template() const {
    return {.common_name = "Root",
            .organization = "Test",
            .key = {},
            .not_before = now,
            .not_after = now + 24h * 365 * 30,
            .authority = true};
  }
  Certificate make_root() const { return *issue_self_signed(root_template(), root_key); }
  Certificate make_issuing() const {
    CertificateTemplate what{.common_name = "Issuing",
                             .key = issuing_key.public_key(),
                             .not_before = now,
                             .not_after = now + 24h * 365,
                             .authority = true,
                             .path_length = 0};
    return *issue_certificate(what, root, root_key);
  }
  CertificateTemplate device() const {
    CertificateTemplate what{.common_name = "t-1",
                             .key = device_key.public_key(),
                             .not_before = now,
                             .not_after = now + 24h,
                             .client_auth = true};
    what.names.uri = {"urn:outrider:demo:t-1"};
    return what;
  }
};

TEST(Certificate, SaysWhatItWasIssuedFor) {
  const Hierarchy h;
  const auto leaf = issue_certificate(h.device(), h.issuing, h.issuing_key);
  ASSERT_TRUE(leaf) << leaf.error().text();
  EXPECT_EQ(leaf->subject.common_name, "t-1");
  EXPECT_EQ(leaf->issuer.text, "CN=Issuing");
  EXPECT_EQ(leaf->not_before, h.now);
  EXPECT_EQ(leaf->not_after, h.now + 24h);
  EXPECT_EQ(leaf->names.uri, std::vector<std::string>{"urn:outrider:demo:t-1"});
  EXPECT_TRUE(leaf->client_auth);
  EXPECT_FALSE(leaf->server_auth);
  EXPECT_FALSE(leaf->authority);
  EXPECT_EQ(leaf->key, h.device_key.public_key());
  EXPECT_EQ(leaf->authority_key_id, h.issuing.subject_key_id);
  EXPECT_EQ(leaf->serial.size(), 32U);
  EXPECT_TRUE(h.issuing.authority);
  EXPECT_EQ(h.issuing.path_length, 0U);
  EXPECT_EQ(h.root.not_after, h.now + 24h * 365 * 30);  // past 2049: GeneralizedTime
  EXPECT_EQ(h.root.authority_key_id, h.root.subject_key_id);
}

TEST(Certificate, SurvivesDerAndPem) {
  const Hierarchy h;
  EXPECT_EQ(parse_certificate(h.issuing.der), h.issuing);
  EXPECT_EQ(certificates_from_pem(h.issuing.pem() + h.root.pem()), (std::vector<Certificate>{h.issuing, h.root}));
  EXPECT_FALSE(certificate_from_pem(h.issuing.pem() + h.root.pem()));
}

TEST(Certificate, SerialNumbersDifferAndArePositive) {
  const Hierarchy h;
  const auto one = *issue_certificate(h.device(), h.issuing, h.issuing_key);
  const auto two = *issue_certificate(h.device(), h.issuing, h.issuing_key);
  EXPECT_NE(one.serial, two.serial);
  for (const auto& serial : {one.serial, two.serial}) EXPECT_LT(from_hex(serial)->front(), 0x80);
}

TEST(Certificate, ReadQuicklyAfterTlsSaysTheSame) {
  const Hierarchy h;
  for (const auto& one : {h.root, h.issuing, *issue_certificate(h.device(), h.issuing, h.issuing_key)}) {
    const auto quick = parse_verified_certificate(one.der);
    ASSERT_TRUE(quick) << quick.error().text();
    EXPECT_EQ(quick->serial, one.serial);
    EXPECT_EQ(quick->subject, one.subject);
    EXPECT_EQ(quick->not_before, one.not_before);
    EXPECT_EQ(quick->not_after, one.not_after);
    EXPECT_EQ(quick->names, one.names);
    EXPECT_EQ(quick->client_auth, one.client_auth);
    EXPECT_EQ(quick->authority, one.authority);
    EXPECT_EQ(quick->spki, one.key.spki);
    for (std::size_t size = 0; size < one.der.size(); size += 7)
      EXPECT_EQ(parse_verified_certificate(ByteView(one.der).first(size)).error().reason, "bad-certificate");
  }
  EXPECT_EQ(parse_verified_certificate(Bytes(certificate_bytes_max + 1, 0x30)).error().code, Errc::too_large);
}

TEST(Certificate, BrokenOrOversizedIsRefused) {
  const Hierarchy h;
  for (std::size_t size = 0; size < h.root.der.size(); size += 7)
    EXPECT_EQ(parse_certificate(ByteView(h.root.der).first(size)).error().reason, "bad-certificate");
  Bytes trailing = h.root.der;
  trailing.push_back(0);
  EXPECT_FALSE(parse_certificate(trailing));
  EXPECT_EQ(parse_certificate(Bytes(certificate_bytes_max + 1, 0x30)).error().code, Errc::too_large);
}

TEST(Certificate, WithANameThatDoesNotFitIsNotIssued) {
  const Hierarchy h;
  auto what = h.device();
  what.common_name = std::string(65, 'x');
  EXPECT_EQ(issue_certificate(what, h.issuing, h.issuing_key).error().reason, "bad-name");
  what = h.device();
  what.names.ip = {"not an address"};
  EXPECT_EQ(issue_certificate(what, h.issuing, h.issuing_key).error().reason, "bad-name");
}

TEST(Chain, OfAnIssuedCertificateLeadsToItsRoot) {
  const Hierarchy h;
  const auto leaf = *issue_certificate(h.device(), h.issuing, h.issuing_key);
  const auto good = verify_chain(leaf, {{h.issuing}}, {{h.root}}, h.now + 1h, Purpose::client);
  EXPECT_TRUE(good) << good.error().text();
  EXPECT_TRUE(signed_by(leaf, h.issuing));
  EXPECT_FALSE(signed_by(leaf, h.root));
}

TEST(Chain, IsRefusedForAnotherPurposeTimeRootOrWithoutItsMiddle) {
  const Hierarchy h;
  const Hierarchy stranger;
  const auto leaf = *issue_certificate(h.device(), h.issuing, h.issuing_key);
  EXPECT_EQ(verify_chain(leaf, {{h.issuing}}, {{h.root}}, h.now + 1h, Purpose::server).error().reason, "bad-chain");
  EXPECT_EQ(verify_chain(leaf, {{h.issuing}}, {{h.root}}, h.now + 25h, Purpose::client).error().reason,
            "certificate-expired");
  EXPECT_EQ(verify_chain(leaf, {{h.issuing}}, {{stranger.root}}, h.now + 1h, Purpose::client).error().reason,
            "bad-chain");
  EXPECT_EQ(verify_chain(leaf, {}, {{h.root}}, h.now + 1h, Purpose::client).error().reason, "bad-chain");
}

TEST(Chain, AnIssuingAuthorityMayNotMakeAnother) {
  const Hierarchy h;
  const auto key = KeyPair::generate(KeyType::p256);
  auto what = h.root_template();
  what.key = key.public_key();
  what.not_after = h.now + 24h;
  const auto below = *issue_certificate(what, h.issuing, h.issuing_key);
  const auto leaf = *issue_certificate(h.device(), below, key);
  EXPECT_EQ(verify_chain(leaf, {{below, h.issuing}}, {{h.root}}, h.now + 1h, Purpose::client).error().reason,
            "bad-chain");
}

TEST(CertsOnly, CarriesCertificatesInOrder) {
  const Hierarchy h;
  const std::vector<Certificate> chain{h.issuing, h.root};
  EXPECT_EQ(from_certs_only(to_certs_only(chain)), chain);
}

TEST(CertsOnly, BrokenOrEmptyIsRefused) {
  const Hierarchy h;
  const Bytes good = to_certs_only({{h.root}});
  for (std::size_t size = 0; size < good.size(); size += 5)
    EXPECT_EQ(from_certs_only(ByteView(good).first(size)).error().reason, "bad-cms");
  EXPECT_EQ(from_certs_only(to_certs_only({})).error().reason, "bad-cms");
  EXPECT_EQ(from_certs_only(Bytes(certs_only_bytes_max + 1)).error().code, Errc::too_large);
}

}  // namespace
}  // namespace outrider::crypto
