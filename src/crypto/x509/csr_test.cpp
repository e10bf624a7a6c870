#include "crypto/x509/csr.h"

#include <gtest/gtest.h>

#include "crypto/keys/pem.h"

namespace outrider::crypto {
namespace {

AltNames device_names() {
  AltNames names;
  names.uri = {"urn:outrider:demo:t-1"};
  names.dns = {"t-1"};
  names.ip = {"192.0.2.7", "2001:db8::1"};
  return names;
}

TEST(Csr, SaysWhatItWasMadeOfAndProvesPossession) {
  for (const auto type : {KeyType::p256, KeyType::p384, KeyType::ed25519}) {
    const auto key = KeyPair::generate(type);
    const auto der = make_csr(key, "t-1", device_names());
    ASSERT_TRUE(der) << der.error().text();
    const auto csr = parse_csr(*der);
    ASSERT_TRUE(csr) << csr.error().text();
    EXPECT_EQ(csr->subject.common_name, "t-1");
    EXPECT_EQ(csr->subject.text, "CN=t-1");
    EXPECT_EQ(csr->names, device_names());
    EXPECT_EQ(csr->key, key.public_key());
    EXPECT_TRUE(csr->signature_valid);
  }
}

TEST(Csr, IsReadAsDerPemAndBase64) {
  const Bytes der = *make_csr(KeyPair::generate(KeyType::p256), "t-1");
  const std::string one_line = base64(der);
  std::string lines;
  for (std::size_t at = 0; at < one_line.size(); at += 64) lines += one_line.substr(at, 64) + "\r\n";
  EXPECT_EQ(parse_csr(der)->der, der);
  for (const auto& body :
       {one_line, lines, to_pem("CERTIFICATE REQUEST", der), to_pem("NEW CERTIFICATE REQUEST", der)}) {
    const auto csr = parse_csr(as_bytes(body));
    ASSERT_TRUE(csr) << csr.error().text();
    EXPECT_EQ(csr->der, der);
  }
}

TEST(Csr, WithoutSubjectIsStillARequest) {
  const auto csr = parse_csr(*make_csr(KeyPair::generate(KeyType::p256), ""));
  ASSERT_TRUE(csr);
  EXPECT_TRUE(csr->subject.text.empty());
  EXPECT_TRUE(csr->names.empty());
}

TEST(Csr, ChangedAfterSigningHasNoValidSignature) {
  Bytes der = *make_csr(KeyPair::generate(KeyType::p256), "t-1");
  const std::string text(as_text(der));
  const auto at = text.find("t-1");
  ASSERT_NE(at, std::string::npos);
  der[at + 2] = '2';
  const auto csr = parse_csr(der);
  ASSERT_TRUE(csr);
  EXPECT_EQ(csr->subject.common_name, "t-2");
  EXPECT_FALSE(csr->signature_valid);
}

TEST(Csr, BrokenOrOversizedIsRefusedWithOneReason) {
  Bytes trailing = *make_csr(KeyPair::generate(KeyType::p256), "t-1");
  trailing.push_back(0);
  Bytes cut = *make_csr(KeyPair::generate(KeyType::p256), "t-1");
  cut.resize(cut.size() / 2);
  const std::vector<Bytes> bodies{{},
                                  {0x30},
                                  to_bytes(as_bytes("hello!")),
                                  to_bytes(as_bytes("aGVsbG8=")),
                                  to_bytes(as_bytes(to_pem("CERTIFICATE", cut))),
                                  trailing,
                                  cut,
                                  Bytes(csr_body_bytes_max + 1, 'A')};
  for (const auto& body : bodies) {
    const auto csr = parse_csr(body);
    ASSERT_FALSE(csr);
    EXPECT_EQ(csr.error().reason, "malformed-csr");
    EXPECT_FALSE(csr.error().detail.empty());
  }
}

TEST(Csr, ForANameThatDoesNotFitIsNotMade) {
  EXPECT_EQ(make_csr(KeyPair::generate(KeyType::p256), std::string(65, 'x')).error().reason, "bad-name");
}

}  // namespace
}  // namespace outrider::crypto
