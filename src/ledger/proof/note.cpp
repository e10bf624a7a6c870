#include "ledger/proof/note.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace outrider::ledger {
namespace {

constexpr std::uint8_t algorithm_ed25519 = 0x01;
constexpr std::string_view signature_start = "\xE2\x80\x94 ";  // em dash, space
constexpr std::string_view private_start = "PRIVATE+KEY+";
constexpr std::size_t key_name_bytes_max = 512;

std::unexpected<Error> bad_note(std::string detail) {
  return fail(Errc::malformed, "bad-note", std::move(detail));
}
std::unexpected<Error> bad_key(std::string detail) {
  return fail(Errc::malformed, "bad-note-key", std::move(detail));
}

std::uint32_t key_id(std::string_view name, const crypto::Ed25519Public& key) {
  const std::array<std::uint8_t, 2> between{'\n', algorithm_ed25519};
  const Hash hash = crypto::sha256({as_bytes(name), between, key});
  return static_cast<std::uint32_t>(hash[0]) << 24U | static_cast<std::uint32_t>(hash[1]) << 16U |
         static_cast<std::uint32_t>(hash[2]) << 8U | hash[3];
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= key_name_bytes_max &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != '+'; });
}

struct KeyParts {
  std::string name;
  std::uint32_t id = 0;
  Secret key;  // public or private
};

// "<name>+<id>+<base64>".
Result<KeyParts> split_key(std::string_view text) {
  const auto plus = text.find('+');
  const auto second = plus == std::string_view::npos ? plus : text.find('+', plus + 1);
  if (second == std::string_view::npos) return bad_key("a note key is <name>+<id>+<key>");
  KeyParts parts;
  parts.name = text.substr(0, plus);
  if (!good_name(parts.name)) return bad_key("the key's name is empty or has a character that is not allowed");
  TRY(auto id, from_hex(text.substr(plus + 1, second - plus - 1)));
  if (id.size() != 4 || hex(id) != text.substr(plus + 1, second - plus - 1))
    return bad_key("the key id is not 8 hex digits");
  parts.id = *ByteReader(id).u32();
  TRY(auto decoded, strict_base64(text.substr(second + 1)));
  const Secret wipes_itself{Bytes(decoded)};
  explicit_bzero(decoded.data(), decoded.size());
  const ByteView raw = wipes_itself.view();
  if (raw.size() != 1 + crypto::ed25519_public_bytes || raw.front() != algorithm_ed25519)
    return bad_key("the key is not an Ed25519 key");
  parts.key = Secret(to_bytes(raw.subspan(1)));
  return parts;
}

struct Signature {
  std::string_view name;
  std::uint32_t id = 0;
  Bytes bytes;
};

Result<Signature> parse_signature(std::string_view line) {
  if (!line.starts_with(signature_start)) return bad_note("a signature line does not begin with an em dash");
  line.remove_prefix(signature_start.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return bad_note("a signature line has no signature");
  Signature signature;
  signature.name = line.substr(0, space);
  if (!good_name(signature.name))
    return bad_note("a signature's key name is empty or has a character that is not allowed");
  TRY(auto raw, strict_base64(line.substr(space + 1)));
  if (raw.size() < 5) return bad_note("a signature is too short");
  ByteReader in(raw);
  signature.id = *in.u32();
  signature.bytes = to_bytes(in.rest());
  return signature;
}

}  // namespace

Result<Bytes> strict_base64(std::string_view text) {
  TRY(auto bytes, from_base64(text));
  if (base64(bytes) != text) return fail(Errc::malformed, "bad-base64", "base64 is not in its canonical form");
  return bytes;
}

Result<std::uint64_t> strict_decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() ||
      (text.size() > 1 && text.front() == '0')) {
    return fail(Errc::malformed, "bad-number", "not a decimal number without leading zeroes");
  }
  return value;
}

VerifierKey VerifierKey::of(std::string name, const crypto::Ed25519Public& key) {
  const std::uint32_t id = key_id(name, key);
  return {std::move(name), id, key};
}

Result<VerifierKey> VerifierKey::parse(std::string_view text) {
  TRY(auto parts, split_key(text));
  VerifierKey out{std::move(parts.name), parts.id, {}};
  std::ranges::copy(parts.key.view(), out.key.begin());
  if (key_id(out.name, out.key) != out.id) return bad_key("the key id does not belong to this name and key");
  return out;
}

std::string VerifierKey::text() const {
  ByteWriter raw;
  raw.u8(algorithm_ed25519).raw(key);
  return fmt::format("{}+{:08x}+{}", name, id, base64(raw.bytes()));
}

NoteSigner NoteSigner::generate(std::string name) {
  auto key = crypto::Ed25519Key::generate();
  auto verifier = VerifierKey::of(std::move(name), key.public_key());
  return {std::move(key), std::move(verifier)};
}

Result<NoteSigner> NoteSigner::parse(std::string_view text) {
  if (!text.starts_with(private_start)) return bad_key("not a private note key");
  TRY(auto parts, split_key(text.substr(private_start.size())));
  TRY(auto key, crypto::Ed25519Key::from_seed(parts.key.view()));
  auto verifier = VerifierKey::of(std::move(parts.name), key.public_key());
  if (verifier.id != parts.id) return bad_key("the key id does not belong to this name and key");
  return NoteSigner(std::move(key), std::move(verifier));
}

Secret NoteSigner::text() const {
  const Secret seed = key_.seed();
  Bytes raw{algorithm_ed25519};
  raw.insert(raw.end(), seed.view().begin(), seed.view().end());
  std::string encoded = base64(raw);
  std::string text = fmt::format("{}{}+{:08x}+{}\n", private_start, verifier_.name, verifier_.id, encoded);
  Secret out{std::string_view(text)};
  explicit_bzero(raw.data(), raw.size());
  explicit_bzero(encoded.data(), encoded.size());
  explicit_bzero(text.data(), text.size());
  return out;
}

std::string NoteSigner::sign(std::string_view text) const {
  const auto signature = key_.sign(as_bytes(text));
  ByteWriter raw;
  raw.u32(verifier_.id).raw(signature);
  return fmt::format("{}\n{}{} {}\n", text, signature_start, verifier_.name, base64(raw.bytes()));
}

Result<std::string> open_note(std::string_view note, const VerifierKey& key) {
  if (note.size() > note_bytes_max)
    return fail(Errc::too_large, "bad-note", fmt::format("a note has at most {} bytes", note_bytes_max));
  if (std::ranges::any_of(note, [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n'; })) {
    return bad_note("a note has no control characters");
  }
  const auto blank = note.rfind("\n\n");
  if (blank == std::string_view::npos) return bad_note("a note has an empty line before its signatures");
  const std::string_view text = note.substr(0, blank + 1);
  std::string_view lines = note.substr(blank + 2);
  if (lines.empty() || lines.back() != '\n') return bad_note("a note ends in a signature line");
  bool signed_by_key = false;
  for (std::size_t count = 0; !lines.empty(); ++count) {
    if (count == note_signatures_max) return fail(Errc::too_large, "bad-note", "a note has too many signatures");
    const auto end = lines.find('\n');
    TRY(auto signature, parse_signature(lines.substr(0, end)));
    lines.remove_prefix(end + 1);
    if (signature.name != key.name || signature.id != key.id) continue;
    if (!crypto::ed25519_verify(key.key, as_bytes(text), signature.bytes)) {
      return fail(Errc::unauthenticated, "bad-signature", fmt::format("the signature by {} is wrong", key.name));
    }
    signed_by_key = true;
  }
  if (!signed_by_key)
    return fail(Errc::unauthenticated, "not-signed", fmt::format("the note is not signed by {}", key.name));
  return std::string(text);
}

std::string Checkpoint::text() const {
  return fmt::format("{}\n{}\n{}\n", origin, size, base64(root));
}

Result<Checkpoint> Checkpoint::parse(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos || lines.size() == 3)
      return bad_note("a checkpoint has three lines: origin, size, root hash");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  if (lines.size() != 3 || lines[0].empty()) return bad_note("a checkpoint has three lines: origin, size, root hash");
  Checkpoint out;
  out.origin = lines[0];
  TRY(out.size, strict_decimal(lines[1]));
  TRY(auto root, strict_base64(lines[2]));
  if (root.size() != out.root.size()) return bad_note("a root hash has 32 bytes");
  std::ranges::copy(root, out.root.begin());
  return out;
}

Result<Checkpoint> open_checkpoint(std::string_view note, const VerifierKey& key) {
  TRY(auto text, open_note(note, key));
  TRY(auto checkpoint, Checkpoint::parse(text));
  if (checkpoint.origin != key.name) {
    return fail(Errc::unauthenticated, "wrong-origin",
                fmt::format("the checkpoint is of another log than {}", key.name));
  }
  return checkpoint;
}

}  // namespace outrider::ledger
