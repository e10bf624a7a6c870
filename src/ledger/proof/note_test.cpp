#include "ledger/proof/note.h"

#include <gtest/gtest.h>

namespace outrider::ledger {
namespace {

// The example of Go's golang.org/x/mod/sumdb/note, so that both sides of the format are somebody else's.
constexpr std::string_view go_private =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
constexpr std::string_view go_public = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
constexpr std::string_view go_text =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
constexpr std::string_view go_note =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n"
    "\xE2\x80\x94 PeterNeumann "
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

VerifierKey go_key() {
  return *VerifierKey::parse(go_public);
}

TEST(Note, SignsTheSameBytesAsAnotherImplementation) {
  const auto signer = NoteSigner::parse(go_private);
  ASSERT_TRUE(signer);
  EXPECT_EQ(signer->verifier().text(), go_public);
  EXPECT_EQ(signer->sign(go_text), go_note);
  EXPECT_EQ(as_text(signer->text().view()), std::string(go_private) + "\n");
}

TEST(Note, OpensWhatAnotherImplementationSigned) {
  EXPECT_EQ(open_note(go_note, go_key()), std::string(go_text));
}

TEST(Note, AnyFlippedBitIsNoticed) {
  for (std::size_t at = 0; at < go_note.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::string note(go_note);
      note[at] = static_cast<char>(note[at] ^ static_cast<char>(1U << bit));
      EXPECT_FALSE(open_note(note, go_key())) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(Note, PassesOverSignaturesByOthersAndRefusesWithoutOurs) {
  const auto other = NoteSigner::generate("witness.example");
  const std::string theirs = other.sign(go_text);
  EXPECT_EQ(open_note(theirs, go_key()).error().code, Errc::unauthenticated);
  const std::string both = std::string(go_note) + theirs.substr(go_text.size() + 1);
  EXPECT_EQ(open_note(both, go_key()), std::string(go_text));
  EXPECT_EQ(open_note(both, other.verifier()), std::string(go_text));
}

TEST(Note, AKeyWhoseIdIsNotItsOwnIsRefused) {
  EXPECT_FALSE(VerifierKey::parse("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
  EXPECT_FALSE(VerifierKey::parse("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
  EXPECT_FALSE(VerifierKey::parse(""));
  EXPECT_FALSE(NoteSigner::parse(go_public));
}

TEST(Checkpoint, IsThreeLinesAndNothingElse) {
  const Checkpoint checkpoint{"test.example/north", 7, empty_root()};
  EXPECT_EQ(checkpoint.text(), "test.example/north\n7\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
  EXPECT_EQ(Checkpoint::parse(checkpoint.text()), checkpoint);
  for (const std::string_view bad :
       {"", "a\n", "a\n1\n", "a\n01\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n-1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "a\n1\n47DEQpj8HBSa\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nmore\n",
        "a\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=\n"}) {
    EXPECT_FALSE(Checkpoint::parse(bad)) << bad;
  }
}

TEST(Checkpoint, OfAnotherLogIsRefusedThoughTheSignatureIsGood) {
  const auto signer = NoteSigner::generate("test.example/north");
  const std::string note = signer.sign(Checkpoint{"test.example/south", 7, empty_root()}.text());
  EXPECT_EQ(open_checkpoint(note, signer.verifier()).error().code, Errc::unauthenticated);
}

}  // namespace
}  // namespace outrider::ledger
