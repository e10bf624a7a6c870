#include "crypto/revocation/foreign_crl.h"

#include <gtest/gtest.h>

#include "crypto/revocation/crl.h"
#include "crypto/x509/issue.h"

namespace outrider::crypto {
namespace {

using std::chrono::hours;

class ForeignCrlTest : public testing::Test {
 protected:
  static CertificateTemplate authority(const std::string& name) {
    CertificateTemplate out;
    out.common_name = name;
    out.not_before = from_rfc3339("2026-01-01T00:00:00Z").value();
    out.not_after = out.not_before + hours{24 * 365};
    out.authority = true;
    return out;
  }
  CrlTemplate list(std::uint64_t number) const {
    return {.number = number, .this_update = now_, .next_update = now_ + hours{24}};
  }
  static std::string refused(const Result<ForeignCrl>& read) { return read ? "taken" : read.error().detail; }

  Timestamp now_ = from_rfc3339("2026-11-22T10:00:00Z").value();
  KeyPair key_ = KeyPair::generate(KeyType::p256);
  Certificate issuer_ = issue_self_signed(authority("an issuer"), key_).value();
  Bytes two_ = [this] {
    Bytes out = revoked_element("4f00a1", now_, "keyCompromise").value();
    const Bytes second = revoked_element("80", now_, "").value();
    out.insert(out.end(), second.begin(), second.end());
    return out;
  }();
};

TEST_F(ForeignCrlTest, SaysWhichCertificatesAreRevoked) {
  const auto read = read_foreign_crl(issue_crl(list(0x1f0), two_, issuer_, key_).value(), issuer_);
  ASSERT_TRUE(read) << read.error().text();
  EXPECT_EQ(read->number, "1f0");
  EXPECT_EQ(read->this_update, now_);
  EXPECT_EQ(read->next_update, now_ + hours{24});
  EXPECT_EQ(read->serials, (std::vector<std::string>{"4f00a1", "80"}));
  EXPECT_TRUE(read_foreign_crl(issue_crl(list(0), {}, issuer_, key_).value(), issuer_)->serials.empty());
}

TEST_F(ForeignCrlTest, OfAnotherKeyOrAnotherNameIsRefused) {
  const auto der = issue_crl(list(7), two_, issuer_, key_).value();
  const auto other_key = issue_self_signed(authority("an issuer"), KeyPair::generate(KeyType::p256)).value();
  EXPECT_NE(refused(read_foreign_crl(der, other_key)).find("not signed by this issuer"), std::string::npos);
  const auto other_name = issue_self_signed(authority("another issuer"), key_).value();
  EXPECT_NE(refused(read_foreign_crl(der, other_name)).find("of another issuer"), std::string::npos);
  Bytes changed = der;
  changed[changed.size() / 2] ^= 1U;
  EXPECT_NE(refused(read_foreign_crl(changed, issuer_)), "taken");
}

TEST_F(ForeignCrlTest, ThatSaysSomethingElseIsRefused) {
  auto delta = list(9);
  delta.base_number = 7;
  EXPECT_NE(refused(read_foreign_crl(issue_crl(delta, two_, issuer_, key_).value(), issuer_)).find("a delta"),
            std::string::npos);
  auto authorities = list(9);
  authorities.scope = CrlScope::authorities;
  EXPECT_NE(refused(read_foreign_crl(issue_crl(authorities, two_, issuer_, key_).value(), issuer_))
                .find("not for certificates of devices"),
            std::string::npos);
}

TEST_F(ForeignCrlTest, CutShortOrWithSomethingBehindItIsRefused) {
  const auto der = issue_crl(list(7), two_, issuer_, key_).value();
  for (std::size_t size = 0; size < der.size(); ++size)
    EXPECT_EQ(parse_foreign_crl(ByteView(der).first(size)).error().reason, "bad-crl") << size;
  Bytes longer = der;
  longer.push_back(0);
  EXPECT_EQ(parse_foreign_crl(longer).error().reason, "bad-crl");
}

}  // namespace
}  // namespace outrider::crypto
