#pragma once
// One notification sent once: an HTTPS request, or a mail by SMTP. TLS is always there and always verified.
#include <atomic>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "net/accept/cidr.h"

namespace outrider::respond {

enum class MailTls : std::uint8_t { starttls, implicit };

struct PostOptions {
  std::string server_name;               // ours; stands in Message-ID
  std::string ca_file;                   // PEM; empty: the system's
  std::string webhook_secret_file;       // key of the signature; empty: webhooks fail
  std::vector<net::Cidr> webhook_allow;  // ranges that are not public and may be reached all the same
  std::string smtp_host;                 // empty: mail fails
  std::uint16_t smtp_port = 587;
  MailTls smtp_tls = MailTls::starttls;
  std::string smtp_user;  // empty: none
  std::string smtp_password_file;
  std::string mail_from;
};

struct Posted {
  enum class Fate : std::uint8_t {
    arrived,
    try_again,   // it has not arrived, as far as anybody can know
    refused,     // and trying again would not help
    broken_off,  // by our own end, when it may have arrived
    untried,     // our own end came first
  };
  Fate fate = Fate::refused;
  std::string detail;
};

struct Webhook {
  std::string id;
  std::string url;
  std::string body;  // JSON
};
// Headers: Outrider-Id, Outrider-Timestamp (seconds since 1970), Outrider-Signature: v1=<hex of HMAC-SHA256 over
// timestamp "." body>. Redirects are not followed, proxies not used; an address that is not public is refused after its
// name was resolved, so that a name cannot lead inside (webhook_allow says what may). `stopping` breaks it off.
Posted post_webhook(const PostOptions& options, const Webhook& webhook, const std::atomic<bool>& stopping,
                    const Clock& clock = system_clock());

struct Mail {
  std::string id;
  std::vector<std::string> to;
  std::string subject;
  std::string text;
};
Posted post_mail(const PostOptions& options, const Mail& mail, const std::atomic<bool>& stopping,
                 const Clock& clock = system_clock());

// Whether a webhook may be posted to that address.
bool may_reach(const boost::asio::ip::address& address, const std::vector<net::Cidr>& allowed);
// "v1=…": what a receiver computes over timestamp and body to compare.
std::string webhook_signature(ByteView secret, std::string_view timestamp, std::string_view body);
// The whole message (RFC 5322): headers, then the text in base64.
std::string mail_message(const PostOptions& options, const Mail& mail, Timestamp now);

}  // namespace outrider::respond
