#include "crypto/revocation/crl.h"

#include <gtest/gtest.h>

#include "crypto/x509/issue.h"

namespace outrider::crypto {
namespace {

using std::chrono::hours;

class Crl : public testing::TestWithParam<KeyType> {
 protected:
  Crl() : key_(KeyPair::generate(GetParam())), issuer_(issue_self_signed(authority(), key_).value()) {}
  static CertificateTemplate authority() {
    CertificateTemplate out;
    out.common_name = "an issuer";
    out.not_before = from_rfc3339("2026-01-01T00:00:00Z").value();
    out.not_after = out.not_before + hours{24 * 365};
    out.authority = true;
    return out;
  }
  CrlTemplate list(std::uint64_t number) const {
    return {.number = number, .this_update = now_, .next_update = now_ + hours{24}};
  }
  Timestamp now_ = from_rfc3339("2026-11-22T10:00:00Z").value();
  KeyPair key_;
  Certificate issuer_;
};

INSTANTIATE_TEST_SUITE_P(Keys, Crl, testing::Values(KeyType::p256, KeyType::p384, KeyType::ed25519),
                         [](const auto& info) {
                           std::string name(name_of(info.param));
                           std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
                           return name;
                         });

TEST_P(Crl, SaysWhatItWasMadeOfAndIsSigned) {
  Bytes elements = revoked_element("4f00a1", now_, "keyCompromise").value();
  const Bytes second = revoked_element("80", now_, "unspecified").value();
  EXPECT_LT(second.size(), elements.size()) << "unspecified is left out";
  elements.insert(elements.end(), second.begin(), second.end());
  auto what = list(7);
  what.delta_url = "http://ca.example/d.crl";
  const auto der = issue_crl(what, elements, issuer_, key_);
  ASSERT_TRUE(der) << der.error().text();
  const auto view = read_crl(*der, issuer_);
  ASSERT_TRUE(view) << view.error().text();
  EXPECT_EQ(view->number, 7U);
  EXPECT_FALSE(view->base_number);
  EXPECT_EQ(view->this_update, now_);
  EXPECT_EQ(view->next_update, now_ + hours{24});
  EXPECT_EQ(view->authority_key_id, issuer_.subject_key_id);
  EXPECT_EQ(view->revoked, 2U);
}

TEST_P(Crl, ADeltaNamesItsBaseAndOneWithoutRevocationsIsEmpty) {
  auto what = list(9);
  what.base_number = 7;
  const auto view = read_crl(issue_crl(what, {}, issuer_, key_).value(), issuer_);
  ASSERT_TRUE(view);
  EXPECT_EQ(view->base_number, 7U);
  EXPECT_EQ(view->revoked, 0U);
}

TEST_P(Crl, OneOfAnotherIssuerOrChangedIsRefused) {
  Bytes der = issue_crl(list(1), revoked_element("01", now_, "superseded").value(), issuer_, key_).value();
  const auto other = KeyPair::generate(KeyType::p256);
  EXPECT_EQ(read_crl(der, issue_self_signed(authority(), other).value()).error().reason, "bad-crl");
  der[der.size() / 2] ^= 1;
  EXPECT_FALSE(read_crl(der, issuer_));
}

TEST_P(Crl, ManyRevocationsFit) {
  Bytes elements;
  for (int i = 1; i <= 5000; ++i) {
    const auto one = revoked_element(hex(Bytes{0x40, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i)}),
                                     now_, "superseded")
                         .value();
    elements.insert(elements.end(), one.begin(), one.end());
  }
  const auto view = read_crl(issue_crl(list(2), elements, issuer_, key_).value(), issuer_);
  ASSERT_TRUE(view) << view.error().text();
  EXPECT_EQ(view->revoked, 5000U);
}

TEST(CrlElement, ASerialThatIsNoNumberIsRefused) {
  for (const char* serial : {"", "xyz", "4f0"})
    EXPECT_EQ(revoked_element(serial, Timestamp{}, "superseded").error().reason, "bad-serial") << serial;
}

TEST(CrlElement, ReasonsAreThoseOfTheStandard) {
  EXPECT_EQ(reason_code("keyCompromise"), 1);
  EXPECT_EQ(reason_code("privilegeWithdrawn"), 9);
  EXPECT_FALSE(reason_code("mood"));
}

}  // namespace
}  // namespace outrider::crypto
