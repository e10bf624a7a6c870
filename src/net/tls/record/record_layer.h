#pragma once
// One TLS 1.3 connection after its handshake (RFC 8446, 4.6.3, 5 and 6): bytes of records in, content out, and back.
// No sockets and no buffers of its own: about 250 bytes, which is what lets a server hold very many idle sessions.
//
// Whoever reads decrypts in place and must stop at the first Breach, sending its alert. Whoever writes sends what
// seal() appends, in that order. Belongs to one loop, whose Aead every call is given.
#include <array>
#include <cstdint>
#include <span>

#include "net/tls/record/aead.h"
#include "net/tls/record/record.h"

namespace outrider::net::tls {

// Records in a row that bring nothing (empty ones, KeyUpdates, warnings): a peer that sends more only wants to keep us
// busy.
inline constexpr unsigned records_without_content_max = 32;
// A server's NewSessionTicket is thrown away by our clients; one longer than this is none (4.6.1: a ticket has 2^16-1).
inline constexpr std::size_t ticket_message_bytes_max = 140'000;

enum class Side : std::uint8_t { server, client };

class RecordLayer {
 public:
  // Where the handshake has left the connection.
  struct Start {
    Side side = Side::server;
    Suite suite = Suite::aes_128_gcm_sha256;
    ByteView read_secret;               // the peer's application_traffic_secret_0, as long as the suite's digest
    ByteView write_secret;              // ours
    std::uint64_t records_read = 0;     // under those secrets, before us
    std::uint64_t records_written = 0;  // for instance NewSessionTicket
    std::size_t fragment_bytes_max = plaintext_bytes_max;  // less after max_fragment_length (RFC 6066, 4)
    std::uint64_t records_per_key = records_per_key_max;
  };
  RecordLayer(Aead& aead, const Start& start);

  enum class What : std::uint8_t {
    nothing,  // it was for us
    content,
    closed,  // close_notify: the peer says no more
    alert,   // any other: the connection is over, and no answer is due
  };
  struct Opened {
    What what = What::nothing;
    ByteView content;  // within the record
    AlertDescription alert = AlertDescription::close_notify;
  };
  // One whole record (see whole_record), which is overwritten.
  Parsed<Opened> open(Aead& aead, std::span<std::uint8_t> record);

  // Appends the content as records, and before it what is due: the answer to a KeyUpdate (4.6.3), and one of our own
  // before a key has protected as much as it may (5.5).
  void seal(Aead& aead, ByteView content, Bytes& out);
  void seal_alert(Aead& aead, AlertDescription alert, Bytes& out);

  Suite suite() const { return suite_; }

 private:
  Parsed<void> take_handshake(Aead& aead, ByteView content);
  void seal_one(Aead& aead, ContentType type, ByteView content, Bytes& out);
  void seal_key_update(Aead& aead, KeyUpdateRequest request, Bytes& out);

  TrafficKey read_;
  TrafficKey write_;
  std::uint64_t records_per_key_;
  std::uint32_t ticket_left_ = 0;  // of a NewSessionTicket under way
  std::uint16_t fragment_bytes_max_;
  Suite suite_;
  Side side_;
  std::array<std::uint8_t, key_update_bytes> message_{};  // the beginning of one that came in pieces
  std::uint8_t message_bytes_ = 0;
  std::uint8_t without_content_ = 0;
  bool update_due_ = false;    // the peer wants ours
  bool update_asked_ = false;  // we want the peer's
};

}  // namespace outrider::net::tls
