#include "ledger/proof/proof.h"

#include <fmt/format.h>

#include <algorithm>

#include "ledger/entry_codec.h"
#include "ledger/ledger.h"

namespace outrider::ledger {
namespace {

constexpr std::string_view title = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_start = "extra ";
constexpr std::string_view index_start = "index ";
constexpr std::uint8_t extra_version = 1;
constexpr std::size_t path_hashes_max = 64;  // a tree has at most 2^64 leaves

std::unexpected<Error> bad_proof(std::string detail) {
  return fail(Errc::malformed, "bad-proof", std::move(detail));
}

// The next line, without its end.
Result<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return bad_proof("the proof ends too early");
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

Result<void> read_extra(std::string_view line, Proof& proof) {
  if (!line.starts_with(extra_start)) return bad_proof("the second line is not 'extra' with the entry");
  TRY(auto raw, strict_base64(line.substr(extra_start.size())));
  ByteReader in(raw);
  TRY(auto version, in.u8());
  if (version != extra_version) return bad_proof(fmt::format("extra data of version {} are not known", version));
  TRY(auto key, in.block16());
  TRY(proof.key, VerifierKey::parse(as_text(key.rest())));
  TRY(auto entry, in.block16());
  proof.entry = to_bytes(entry.rest());
  return in.finish();
}

}  // namespace

std::string write_proof(const Proof& proof) {
  ByteWriter extra;
  extra.u8(extra_version).block16(as_bytes(proof.key.text())).block16(proof.entry);
  std::string out =
      fmt::format("{}\n{}{}\n{}{}\n", title, extra_start, base64(extra.bytes()), index_start, proof.number);
  for (const Hash& hash : proof.path) out += base64(hash) + "\n";
  return out + "\n" + proof.checkpoint;
}

Result<Proof> read_proof(std::string_view text) {
  if (text.size() > proof_bytes_max)
    return fail(Errc::too_large, "bad-proof", fmt::format("a proof has at most {} bytes", proof_bytes_max));
  Proof proof;
  TRY(auto first, take_line(text));
  if (first != title) return bad_proof(fmt::format("not a proof: the first line is not '{}'", title));
  TRY(auto extra, take_line(text));
  CHECK(read_extra(extra, proof));
  TRY(auto index, take_line(text));
  if (!index.starts_with(index_start)) return bad_proof("the third line is not 'index' with the entry's number");
  TRY(proof.number, strict_decimal(index.substr(index_start.size())));
  for (;;) {
    TRY(auto line, take_line(text));
    if (line.empty()) break;
    if (proof.path.size() == path_hashes_max) return bad_proof("the inclusion proof is too long");
    TRY(auto raw, strict_base64(line));
    Hash hash{};
    if (raw.size() != hash.size()) return bad_proof("a hash of the inclusion proof does not have 32 bytes");
    std::ranges::copy(raw, hash.begin());
    proof.path.push_back(hash);
  }
  proof.checkpoint = text;
  return proof;
}

Result<ProvenEntry> verify_proof(std::string_view proof_file, std::string_view trusted_key) {
  TRY(auto proof, read_proof(proof_file));
  VerifierKey key = proof.key;
  if (!trusted_key.empty()) {
    TRY(key, VerifierKey::parse(trusted_key));
  }
  TRY(auto checkpoint, open_checkpoint(proof.checkpoint, key));
  TRY(auto root, root_from_inclusion(proof.number, checkpoint.size, leaf_hash(proof.entry), proof.path));
  if (root != checkpoint.root) {
    return fail(Errc::corrupt, "not-proven",
                fmt::format("entry {} with these bytes is not in the tree of {}", proof.number, checkpoint.origin));
  }
  TRY(auto stored, decode_entry(proof.entry));
  if (!checkpoint.origin.ends_with("/" + stored.fleet.value)) {
    return fail(Errc::corrupt, "wrong-fleet",
                fmt::format("the entry is of fleet {}, the log is {}", stored.fleet.value, checkpoint.origin));
  }
  ProvenEntry out;
  out.entry = {proof.number,
               stored.kind,
               stored.fleet,
               stored.subject,
               stored.received,
               stored.content_type,
               std::move(stored.payload),
               stored.privacy,
               false};
  out.origin = checkpoint.origin;
  out.tree_size = checkpoint.size;
  out.key_was_given = !trusted_key.empty();
  return out;
}

}  // namespace outrider::ledger
