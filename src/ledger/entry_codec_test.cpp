#include "ledger/entry_codec.h"

#include <gtest/gtest.h>

namespace outrider::ledger {
namespace {

StoredEntry sample(Privacy privacy) {
  StoredEntry entry;
  entry.kind = 0x0102;
  entry.privacy = privacy;
  entry.received = from_micros(1'795'000'000'000'001);
  entry.fleet = FleetId("north");
  entry.subject = {SubjectKind::device, "t-1"};
  entry.content_type = "application/senml+json";
  if (privacy == Privacy::personal) {
    entry.key_id.fill(7);
    entry.nonce.fill(9);
  }
  entry.payload = to_bytes(as_bytes("0123456789abcdef"));
  return entry;
}

TEST(EntryCodec, GivesBackWhatWasEncoded) {
  for (const Privacy privacy : {Privacy::open, Privacy::personal}) {
    const StoredEntry entry = sample(privacy);
    const auto decoded = decode_entry(encode_entry(entry));
    ASSERT_TRUE(decoded) << decoded.error().text();
    EXPECT_EQ(*decoded, entry);
  }
}

TEST(EntryCodec, NeverDecodesLessThanAHeader) {
  for (const Privacy privacy : {Privacy::open, Privacy::personal}) {
    const Bytes bytes = encode_entry(sample(privacy));
    const std::size_t least =
        encode_header(sample(privacy)).size() + (privacy == Privacy::personal ? crypto::aead_tag_bytes : 0);
    for (std::size_t size = 0; size < least; ++size) EXPECT_FALSE(decode_entry(ByteView(bytes).first(size))) << size;
  }
}

TEST(EntryCodec, RefusesAVersionPrivacyOrSubjectItDoesNotKnow) {
  Bytes bytes = encode_entry(sample(Privacy::open));
  bytes[0] = 2;
  EXPECT_FALSE(decode_entry(bytes));
  bytes = encode_entry(sample(Privacy::open));
  bytes[1] = 2;
  EXPECT_FALSE(decode_entry(bytes));
  bytes = encode_entry(sample(Privacy::open));
  bytes[13 + std::string("north").size()] = 5;
  EXPECT_FALSE(decode_entry(bytes));
}

TEST(EntryCodec, TheLargestDraftFitsABundleAndOneByteMoreIsRefused) {
  Draft draft{1,
              FleetId(std::string(id_bytes_max, 'f')),
              {SubjectKind::operator_, std::string(255, 's')},
              std::string(255, 'c'),
              Bytes(payload_bytes_max),
              Privacy::personal};
  EXPECT_TRUE(check_draft(view_of(draft)));
  draft.payload.push_back(0);
  EXPECT_EQ(check_draft(view_of(draft)).error().code, Errc::too_large);
  draft.payload.clear();
  draft.subject.id.push_back('s');
  EXPECT_EQ(check_draft(view_of(draft)).error().code, Errc::too_large);
  draft.subject.id.clear();
  draft.content_type.push_back('c');
  EXPECT_EQ(check_draft(view_of(draft)).error().code, Errc::too_large);
}

}  // namespace
}  // namespace outrider::ledger
