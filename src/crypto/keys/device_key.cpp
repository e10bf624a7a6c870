// Keys that stay in a hardware security module, a smart card or a TPM: PKCS#11 objects named by a URI (RFC 7512).
//
// OpenSSL 3.0 in Debian 12 reaches them by an engine (libengine-pkcs11-openssl). The engine interface is deprecated in
// favour of providers, but there is none for PKCS#11 in Debian 12.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/engine.h>
#include <openssl/evp.h>

#include <mutex>

#include "crypto/keys/key.h"

namespace outrider::crypto {
namespace {

constexpr std::string_view scheme = "pkcs11:";
constexpr std::string_view module_attribute = "module-path=";  // RFC 7512, 2.3; the engine wants to be told apart
constexpr std::size_t uri_bytes_max = 1024;

std::unexpected<Error> unavailable(std::string_view what) {
  return openssl_failure(Errc::unavailable, "key-unavailable", what);
}

// Takes the attribute out of the query and returns its value, undecoded except %2F; empty when it is not there.
std::string take_module_path(std::string& uri) {
  const auto query = uri.find('?');
  const auto at = query == std::string::npos ? std::string::npos : uri.find(module_attribute, query);
  if (at == std::string::npos || (uri[at - 1] != '?' && uri[at - 1] != '&')) return {};
  const auto end = std::min(uri.find('&', at), uri.size());
  std::string path = uri.substr(at + module_attribute.size(), end - at - module_attribute.size());
  uri.erase(at, std::min(end + 1, uri.size()) - at);
  if (uri.back() == '?' || uri.back() == '&') uri.pop_back();
  for (auto slash = path.find("%2F"); slash != std::string::npos; slash = path.find("%2F")) path.replace(slash, 3, "/");
  return path;
}

// The one engine of this process; it keeps its sessions with the token open. nullptr when it cannot be had.
ENGINE* engine(const std::string& module_path) {
  static std::mutex mutex;
  static ENGINE* ready = nullptr;
  const std::lock_guard lock(mutex);
  if (ready != nullptr) return ready;
  ENGINE* const found = ENGINE_by_id("pkcs11");
  if (found == nullptr) return nullptr;
  if ((module_path.empty() || ENGINE_ctrl_cmd_string(found, "MODULE_PATH", module_path.c_str(), 0) == 1) &&
      ENGINE_init(found) == 1)
    ready = found;
  if (ready == nullptr) ENGINE_free(found);
  return ready;
}

}  // namespace

Result<KeyPair> KeyPair::from_device(std::string_view uri) {
  if (!uri.starts_with(scheme) || uri.size() > uri_bytes_max || uri.find('\0') != std::string_view::npos)
    return fail(Errc::malformed, "bad-key-uri", "a key's URI is pkcs11:token=…;object=…?pin-source=file:… (RFC 7512)");
  std::string rest(uri);
  const std::string module_path = take_module_path(rest);
  ENGINE* const pkcs11 = engine(module_path);
  if (pkcs11 == nullptr)
    return unavailable("the PKCS#11 engine cannot be loaded (Debian: libengine-pkcs11-openssl), or the module");
  Owned<EVP_PKEY> key(ENGINE_load_private_key(pkcs11, rest.c_str(), nullptr, nullptr));
  if (!key) return unavailable("the token has no such private key, or does not open");
  KeyPair out(std::move(key));
  if (out.public_key().type == KeyType::other)
    return fail(Errc::malformed, "bad-key", "the token's key is none that this house uses");
  return out;
}

}  // namespace outrider::crypto
