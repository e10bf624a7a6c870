#include "identity/ways/foreign_list.h"

#include "crypto/hash.h"
#include "crypto/revocation/foreign_crl.h"

namespace outrider::identity {

std::string foreign_serial(ByteView issuer, std::string_view serial) {
  constexpr std::size_t bytes = 20;
  const auto digest = crypto::sha256({issuer, as_bytes(serial)});
  return hex(ByteView(digest).first(bytes));
}

Result<ReadList> read_list(ByteView der, const crypto::Certificate& authority) {
  TRY(const auto list, crypto::read_foreign_crl(der, authority));
  ReadList out{.fact = {.number = list.number,
                        .this_update = list.this_update,
                        .next_update = list.next_update,
                        .revoked = list.serials.size(),
                        .sha256 = hex(crypto::sha256(der))},
               .revoked = {}};
  out.revoked.reserve(list.serials.size());
  for (const auto& serial : list.serials)
    out.revoked.push_back({serial, foreign_serial(authority.subject.der, serial)});
  return out;
}

}  // namespace outrider::identity
