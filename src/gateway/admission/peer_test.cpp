#include "gateway/admission/peer.h"

#include <gtest/gtest.h>

namespace outrider::gateway::admission {
namespace {

identity::ClientIdentity somebody() {
  identity::ClientIdentity out;
  out.fleet = FleetId("acme");
  out.device = DeviceId("app:billing");
  out.serial = "00a1b2";
  out.spki_sha256 = std::string(64, 'e');
  out.not_before = from_micros(1);
  out.not_after = from_micros(1'900'000'000'000'000);
  return out;
}

TEST(PeerTag, RemembersWhoItIs) {
  EXPECT_EQ(decode_tag(encode_tag(somebody())), somebody());
}

TEST(PeerTag, IsSmall) {
  EXPECT_LE(encode_tag(somebody()).size(), 100U);
}

TEST(PeerTag, CutOrLengthenedIsRefused) {
  Bytes tag = encode_tag(somebody());
  for (std::size_t size = 0; size < tag.size(); ++size) EXPECT_FALSE(decode_tag(ByteView(tag).first(size)));
  tag.push_back(0);
  EXPECT_FALSE(decode_tag(tag));
}

}  // namespace
}  // namespace outrider::gateway::admission
