// Lists that other CAs made: an operator takes them from wherever they are published.
#include "crypto/revocation/foreign_crl.h"

#include <algorithm>
#include <cstdlib>

#include "crypto/x509/issue.h"

namespace {

// Made now, so that nothing in a corpus can be signed by it.
const outrider::crypto::Certificate& issuer() {
  using namespace outrider::crypto;
  static const Certificate made = [] {
    CertificateTemplate what;
    what.common_name = "an issuer";
    what.not_after = what.not_before + std::chrono::hours{24};
    what.authority = true;
    return issue_self_signed(what, KeyPair::generate(KeyType::p256)).value();
  }();
  return made;
}

bool plain_hex(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider::crypto;
  if (read_foreign_crl({data, size}, issuer())) std::abort();
  const auto list = parse_foreign_crl({data, size});
  if (!list) return 0;
  if (!plain_hex(list->number) || list->number.size() > 40 || (list->number.size() > 1 && list->number[0] == '0'))
    std::abort();
  if (list->serials.size() > foreign_crl_entries_max || !std::ranges::all_of(list->serials, plain_hex)) std::abort();
  return 0;
}
