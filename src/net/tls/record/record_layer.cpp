#include "net/tls/record/record_layer.h"

#include <algorithm>
#include <cassert>

namespace outrider::net::tls {

namespace {

std::unexpected<Breach> breach(AlertDescription alert, std::string_view what) {
  return std::unexpected(Breach{alert, what});
}

}  // namespace

RecordLayer::RecordLayer(Aead& aead, const Start& start)
    : records_per_key_(start.records_per_key),
      fragment_bytes_max_(static_cast<std::uint16_t>(std::min(start.fragment_bytes_max, plaintext_bytes_max))),
      suite_(start.suite),
      side_(start.side) {
  const std::size_t size = traits_of(suite_).secret_bytes;
  assert(start.read_secret.size() == size && start.write_secret.size() == size);
  std::ranges::copy(start.read_secret.first(size), read_.secret.begin());
  std::ranges::copy(start.write_secret.first(size), write_.secret.begin());
  aead.expand(suite_, read_);
  aead.expand(suite_, write_);
  read_.sequence = start.records_read;
  write_.sequence = start.records_written;
}

Parsed<RecordLayer::Opened> RecordLayer::open(Aead& aead, std::span<std::uint8_t> record) {
  const ByteView header = record.first(header_bytes);
  const auto text = record.subspan(header_bytes, record.size() - header_bytes - tag_bytes);
  if (!aead.open(suite_, read_, header, text, record.last(tag_bytes)))
    return breach(AlertDescription::bad_record_mac, "a record that is not authentic");
  const auto inner = parse_inner(text);
  if (!inner) return std::unexpected(inner.error());
  if (inner->content.size() > fragment_bytes_max_)
    return breach(AlertDescription::record_overflow, "more content than was agreed on for a record");
  Opened out;
  switch (inner->type) {
    case ContentType::alert: {
      const auto alert = parse_alert(inner->content);
      if (!alert) return std::unexpected(alert.error());
      out.alert = *alert;
      if (*alert == AlertDescription::close_notify)
        out.what = What::closed;
      else if (*alert != AlertDescription::user_canceled)
        out.what = What::alert;  // 6.1: close_notify follows that one
      break;
    }
    case ContentType::handshake:
      if (const auto taken = take_handshake(aead, inner->content); !taken) return std::unexpected(taken.error());
      break;
    default:
      if (message_bytes_ != 0 || ticket_left_ != 0)  // 5.1
        return breach(AlertDescription::unexpected_message, "content between the pieces of a handshake message");
      if (inner->content.empty()) break;  // allowed (5.1): traffic padding
      out.what = What::content;
      out.content = inner->content;
  }
  without_content_ = out.what == What::nothing ? without_content_ + 1 : 0;
  if (without_content_ > records_without_content_max)
    return breach(AlertDescription::unexpected_message, "too many records that bring nothing");
  return out;
}

// Messages may come in pieces (5.1); all that we have to keep of one is a KeyUpdate's five bytes.
Parsed<void> RecordLayer::take_handshake(Aead& aead, ByteView content) {
  while (!content.empty()) {
    const std::size_t skipped = std::min<std::size_t>(ticket_left_, content.size());
    ticket_left_ -= static_cast<std::uint32_t>(skipped);
    content = content.subspan(skipped);
    if (content.empty()) break;
    message_[message_bytes_++] = content.front();
    content = content.subspan(1);
    if (message_bytes_ < handshake_header_bytes) continue;
    const auto header = parse_handshake_header(message_, side_ == Side::client);
    if (!header) return std::unexpected(header.error());
    if (header->type == HandshakeType::new_session_ticket) {
      if (header->length > ticket_message_bytes_max)
        return breach(AlertDescription::decode_error, "a NewSessionTicket that is too long");
      ticket_left_ = static_cast<std::uint32_t>(header->length);
      message_bytes_ = 0;
      continue;
    }
    if (message_bytes_ < key_update_bytes) continue;
    message_bytes_ = 0;
    const auto request = parse_key_update(message_);
    if (!request) return std::unexpected(request.error());
    if (!content.empty())  // 5.1: messages do not span a change of keys
      return breach(AlertDescription::unexpected_message, "a KeyUpdate that does not end its record");
    aead.update(suite_, read_);
    update_asked_ = false;
    // One answer is enough for several requests, and it may wait until we have something to say (4.6.3): silence cannot
    // be turned into traffic.
    update_due_ = update_due_ || *request == KeyUpdateRequest::update_requested;
  }
  return {};
}

void RecordLayer::seal(Aead& aead, ByteView content, Bytes& out) {
  const std::size_t records = content.size() / fragment_bytes_max_ + 1;
  out.reserve(out.size() + content.size() + records * record_overhead_bytes);
  while (!content.empty()) {
    const bool ask = read_.sequence >= records_per_key_ && !update_asked_;
    if (update_due_ || ask || write_.sequence + 1 >= records_per_key_)
      seal_key_update(aead, ask ? KeyUpdateRequest::update_requested : KeyUpdateRequest::update_not_requested, out);
    const ByteView fragment = content.first(std::min<std::size_t>(content.size(), fragment_bytes_max_));
    seal_one(aead, ContentType::application_data, fragment, out);
    content = content.subspan(fragment.size());
  }
}

void RecordLayer::seal_alert(Aead& aead, AlertDescription alert, Bytes& out) {
  const bool closing = alert == AlertDescription::close_notify || alert == AlertDescription::user_canceled;
  const std::array<std::uint8_t, 2> content{static_cast<std::uint8_t>(closing ? 1 : 2),
                                            static_cast<std::uint8_t>(alert)};  // 6: warning or fatal
  seal_one(aead, ContentType::alert, content, out);
}

void RecordLayer::seal_key_update(Aead& aead, KeyUpdateRequest request, Bytes& out) {
  std::array<std::uint8_t, key_update_bytes> message{};
  put_key_update(message.data(), request);
  seal_one(aead, ContentType::handshake, message, out);
  aead.update(suite_, write_);
  update_due_ = false;
  update_asked_ = update_asked_ || request == KeyUpdateRequest::update_requested;
}

void RecordLayer::seal_one(Aead& aead, ContentType type, ByteView content, Bytes& out) {
  const std::size_t begin = out.size();
  out.resize(begin + content.size() + record_overhead_bytes);
  const auto record = std::span(out).subspan(begin);
  put_header(record.data(), record.size() - header_bytes);
  const auto text = record.subspan(header_bytes, content.size() + 1);
  std::ranges::copy(content, text.begin());
  text.back() = static_cast<std::uint8_t>(type);  // 5.2
  aead.seal(suite_, write_, record.first(header_bytes), text, record.last(tag_bytes).data());
}

}  // namespace outrider::net::tls
