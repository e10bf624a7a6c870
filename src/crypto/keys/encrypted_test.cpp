#include "crypto/keys/encrypted.h"

#include <gtest/gtest.h>

namespace outrider::crypto {
namespace {

constexpr std::string_view passphrase = "correct horse battery";

TEST(EncryptedKey, ComesBackWithItsPassphraseOnly) {
  const auto key = KeyPair::generate(KeyType::p256);
  const auto pem = to_encrypted_pem(key, as_bytes(passphrase));
  ASSERT_TRUE(pem) << pem.error().text();
  EXPECT_TRUE(pem->starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"));
  const auto back = from_encrypted_pem(*pem, as_bytes(passphrase));
  ASSERT_TRUE(back) << back.error().text();
  EXPECT_EQ(back->public_key(), key.public_key());
  EXPECT_EQ(from_encrypted_pem(*pem, as_bytes("correct horse batterz")).error().reason, "wrong-passphrase");
}

TEST(EncryptedKey, AShortPassphraseIsRefused) {
  const auto key = KeyPair::generate(KeyType::ed25519);
  EXPECT_EQ(to_encrypted_pem(key, as_bytes("elevenbytes")).error().reason, "weak-passphrase");
  EXPECT_TRUE(to_encrypted_pem(key, as_bytes("twelve bytes")));
}

TEST(EncryptedKey, WhatIsNoEncryptedKeyIsRefused) {
  const auto plain = KeyPair::generate(KeyType::p256).to_pem();
  EXPECT_EQ(from_encrypted_pem(as_text(plain.view()), as_bytes(passphrase)).error().reason, "bad-key");
  EXPECT_FALSE(from_encrypted_pem("", as_bytes(passphrase)));
  EXPECT_EQ(from_encrypted_pem("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
                               as_bytes(passphrase))
                .error()
                .reason,
            "bad-key");
}

TEST(DeviceKey, ANameThatIsNoPkcs11UriIsRefused) {
  EXPECT_EQ(KeyPair::from_device("file:/etc/key").error().reason, "bad-key-uri");
  EXPECT_EQ(KeyPair::from_device("pkcs11:" + std::string(2000, 'x')).error().reason, "bad-key-uri");
}

}  // namespace
}  // namespace outrider::crypto
