// Notes, checkpoints and keys in text: what parses has one spelling only.
#include <cstdlib>

#include "ledger/proof/note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace outrider::ledger;
  static const VerifierKey key =
      *VerifierKey::parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW");
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto opened = open_note(text, key); opened && !text.starts_with(*opened)) std::abort();
  if (const auto checkpoint = Checkpoint::parse(text); checkpoint && checkpoint->text() != text) std::abort();
  if (const auto parsed = VerifierKey::parse(text); parsed && parsed->text() != text) std::abort();
  (void)NoteSigner::parse(text);
  return 0;
}
