// Everything a peer can send after the handshake: raw records, and records that are authentic and still nonsense.
#include <algorithm>
#include <cstdlib>

#include "net/tls/record/record_layer.h"

using namespace outrider;
using namespace outrider::net::tls;

namespace {

RecordLayer::Start start_of(Side side, ByteView secret) {
  RecordLayer::Start start;
  start.side = side;
  start.read_secret = start.write_secret = secret;
  return start;
}

// Feeds the bytes as they are; records must stay within them.
void feed(Aead& aead, RecordLayer& layer, Bytes bytes) {
  std::span<std::uint8_t> rest(bytes);
  for (;;) {
    const auto size = whole_record(rest);
    if (!size || *size == 0) return;
    if (*size > rest.size() || *size < header_bytes + tag_bytes || *size > record_bytes_max) std::abort();
    const auto opened = layer.open(aead, rest.first(*size));
    if (!opened || opened->what == RecordLayer::What::closed || opened->what == RecordLayer::What::alert) return;
    if (opened->content.size() > plaintext_bytes_max) std::abort();
    rest = rest.subspan(*size);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Aead aead(nullptr);
  if (size == 0) return 0;
  const Bytes secret(32, 's');
  const Side side = (data[0] & 1U) == 0 ? Side::server : Side::client;
  const ByteView input(data + 1, size - 1);

  RecordLayer raw(aead, start_of(side, secret));
  feed(aead, raw, to_bytes(input));

  // The first byte of each piece is its length; the piece is a TLSInnerPlaintext that a peer with the keys seals.
  RecordLayer layer(aead, start_of(side, secret));
  TrafficKey key;
  key.secret.fill('s');
  aead.expand(Suite::aes_128_gcm_sha256, key);
  ByteView rest = input;
  while (!rest.empty()) {
    const std::size_t length = std::min<std::size_t>(rest[0], rest.size() - 1);
    Bytes inner = to_bytes(rest.subspan(1, length));
    rest = rest.subspan(1 + length);
    const bool updates = inner.size() >= 6 && inner[0] == 24;
    Bytes record(header_bytes);
    put_header(record.data(), inner.size() + tag_bytes);
    Bytes tag(tag_bytes);
    aead.seal(Suite::aes_128_gcm_sha256, key, record, inner, tag.data());
    record.insert(record.end(), inner.begin(), inner.end());
    record.insert(record.end(), tag.begin(), tag.end());
    const auto opened = layer.open(aead, record);
    if (!opened) return 0;
    if (updates) aead.update(Suite::aes_128_gcm_sha256, key);
  }
  return 0;
}
