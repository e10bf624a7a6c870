#include "crypto/aead.h"

#include <openssl/evp.h>

#include "crypto/openssl.h"

namespace outrider::crypto {
namespace {

const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* method = [] {
    EVP_CIPHER* fetched = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
    must(fetched != nullptr, "fetch AES-256-GCM");
    return fetched;
  }();
  return method;
}

// Holds key material until it goes out of scope; OpenSSL wipes it then.
Owned<EVP_CIPHER_CTX> new_context() {
  Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
  must(context != nullptr, "allocate a cipher context");
  return context;
}

// Of a context that knows the cipher already.
void seal_with(EVP_CIPHER_CTX* context, ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain,
               std::span<std::uint8_t> out) {
  must(key.size() == aead_key_bytes && plain.size() <= aead_text_bytes_max &&
           associated.size() <= aead_text_bytes_max && out.size() == plain.size() + aead_tag_bytes,
       "AES-256-GCM: sizes");
  int size = 0;
  must(EVP_EncryptInit_ex2(context, nullptr, key.data(), nonce.data(), nullptr) == 1, "start AES-256-GCM");
  if (!associated.empty())
    must(EVP_EncryptUpdate(context, nullptr, &size, associated.data(), static_cast<int>(associated.size())) == 1,
         "AES-256-GCM");
  if (!plain.empty())
    must(EVP_EncryptUpdate(context, out.data(), &size, plain.data(), static_cast<int>(plain.size())) == 1,
         "AES-256-GCM");
  must(EVP_EncryptFinal_ex(context, out.data() + plain.size(), &size) == 1, "AES-256-GCM");
  must(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, aead_tag_bytes, out.data() + plain.size()) == 1,
       "AES-256-GCM tag");
}

Owned<EVP_CIPHER_CTX> new_sealing_context() {
  auto context = new_context();
  must(EVP_EncryptInit_ex2(context.get(), aes_256_gcm(), nullptr, nullptr, nullptr) == 1, "start AES-256-GCM");
  return context;
}

}  // namespace

Bytes aead_seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain) {
  Bytes out(plain.size() + aead_tag_bytes);
  seal_with(new_sealing_context().get(), key, nonce, associated, plain, out);
  return out;
}

void wipe(std::span<std::uint8_t> secret) {
  OPENSSL_cleanse(secret.data(), secret.size());
}

AeadSealer::AeadSealer() : context_(new_sealing_context().release()) {}

AeadSealer::~AeadSealer() {
  EVP_CIPHER_CTX_free(context_);
}

void AeadSealer::seal(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView plain,
                      std::span<std::uint8_t> out) {
  seal_with(context_, key, nonce, associated, plain, out);
}

Result<Bytes> aead_open(ByteView key, const AeadNonce& nonce, ByteView associated, ByteView sealed) {
  must(key.size() == aead_key_bytes, "AES-256-GCM: key size");
  if (sealed.size() < aead_tag_bytes)
    return fail(Errc::corrupt, "not-authentic", "sealed text is shorter than its tag");
  if (sealed.size() > aead_text_bytes_max || associated.size() > aead_text_bytes_max)
    return fail(Errc::too_large, "too-large", "sealed text is longer than 1 GiB");
  const ByteView text = sealed.first(sealed.size() - aead_tag_bytes);
  Bytes tag = to_bytes(sealed.last(aead_tag_bytes));  // the library wants it writable
  Bytes out(text.size());
  int size = 0;
  std::uint8_t none = 0;
  const auto context = new_context();
  must(EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), key.data(), nonce.data(), nullptr) == 1, "start AES-256-GCM");
  if (!associated.empty())
    must(EVP_DecryptUpdate(context.get(), nullptr, &size, associated.data(), static_cast<int>(associated.size())) == 1,
         "AES-256-GCM");
  if (!text.empty())
    must(EVP_DecryptUpdate(context.get(), out.data(), &size, text.data(), static_cast<int>(text.size())) == 1,
         "AES-256-GCM");
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, aead_tag_bytes, tag.data()) == 1, "AES-256-GCM tag");
  if (EVP_DecryptFinal_ex(context.get(), &none, &size) != 1) {
    OPENSSL_cleanse(out.data(), out.size());  // never let out what was not authenticated
    forget_openssl_errors();
    return fail(Errc::corrupt, "not-authentic",
                "the sealed text, its key or its associated data is not what was sealed");
  }
  return out;
}

}  // namespace outrider::crypto
