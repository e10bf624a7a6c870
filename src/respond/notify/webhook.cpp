#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/file.h"
#include "crypto/hash.h"
#include "respond/notify/transfer.h"

namespace outrider::respond {
namespace {

constexpr std::size_t secret_bytes_max = 4096;
constexpr std::size_t secret_bytes_min = 16;

// What is not the public internet (RFC 6890 and the IANA registries): this machine, private networks, link-local (and
// with it the metadata services of clouds), multicast, and addresses with others of these inside.
const std::vector<net::Cidr>& inside() {
  static const std::vector<net::Cidr> all = [] {
    std::vector<net::Cidr> out;
    for (const auto* text :
         {"0.0.0.0/8",      "10.0.0.0/8",   "100.64.0.0/10",  "127.0.0.0/8",    "169.254.0.0/16", "172.16.0.0/12",
          "192.0.0.0/24",   "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",  "198.51.100.0/24",
          "203.0.113.0/24", "224.0.0.0/4",  "240.0.0.0/4",    "::/96",          "64:ff9b::/96",   "64:ff9b:1::/48",
          "100::/64",       "2001::/23",    "2001:db8::/32",  "2002::/16",      "fc00::/7",       "fe80::/10",
          "fec0::/10",      "ff00::/8"})
      if (const auto range = net::Cidr::parse(text)) out.push_back(*range);
    return out;
  }();
  return all;
}

struct Reach {
  const std::vector<net::Cidr>& allowed;
  bool reached = false;  // one of its addresses may be reached
  std::string refused;   // one that may not
};

// Called with the address that is about to be connected to: after the name was resolved, so that no answer of a name
// server can lead elsewhere afterwards.
curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* to) {
  auto& reach = *static_cast<Reach*>(data);
  boost::asio::ip::address address;
  if (to->family == AF_INET) {
    sockaddr_in in{};
    std::memcpy(&in, &to->addr, sizeof in);
    address = boost::asio::ip::address_v4(ntohl(in.sin_addr.s_addr));
  } else if (to->family == AF_INET6) {
    sockaddr_in6 in{};
    std::memcpy(&in, &to->addr, sizeof in);
    boost::asio::ip::address_v6::bytes_type bytes;
    std::memcpy(bytes.data(), &in.sin6_addr, bytes.size());
    address = boost::asio::ip::address_v6(bytes);
  } else {
    return CURL_SOCKET_BAD;
  }
  if (!may_reach(address, reach.allowed)) {
    reach.refused = address.to_string();
    return CURL_SOCKET_BAD;
  }
  reach.reached = true;
  return ::socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
}

}  // namespace

bool may_reach(const boost::asio::ip::address& address, const std::vector<net::Cidr>& allowed) {
  return net::any_contains(allowed, address) || !net::any_contains(inside(), address);
}

std::string webhook_signature(ByteView secret, std::string_view timestamp, std::string_view body) {
  const std::string signed_text = fmt::format("{}.{}", timestamp, body);
  return "v1=" + hex(crypto::hmac_sha256(secret, as_bytes(signed_text)));
}

Posted post_webhook(const PostOptions& options, const Webhook& webhook, const std::atomic<bool>& stopping,
                    const Clock& clock) {
  using Fate = Posted::Fate;
  if (options.webhook_secret_file.empty())
    return {Fate::refused, "respond.webhook_secret_file is not set: nobody could tell our webhooks from others'"};
  const auto secret = read_secret_file(options.webhook_secret_file, secret_bytes_max);
  if (!secret) return {Fate::try_again, secret.error().text()};
  std::string_view key = as_text(secret->view());
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.remove_suffix(1);
  if (key.size() < secret_bytes_min)
    return {Fate::refused, fmt::format("the webhook secret is shorter than {} bytes", secret_bytes_min)};

  Transfer transfer(options, "https", webhook.url, stopping);
  const std::string timestamp =
      fmt::format("{}", std::chrono::duration_cast<std::chrono::seconds>(clock.now().time_since_epoch()).count());
  curl_slist* headers = nullptr;
  transfer.add(headers, "Content-Type: application/json");
  transfer.add(headers, "User-Agent: outrider");
  transfer.add(headers, "Outrider-Id: " + webhook.id);
  transfer.add(headers, "Outrider-Timestamp: " + timestamp);
  transfer.add(headers, "Outrider-Signature: " + webhook_signature(as_bytes(key), timestamp, webhook.body));
  transfer.add(headers, "Expect:");
  Reach reach{.allowed = options.webhook_allow};
  transfer.set(CURLOPT_HTTPHEADER, headers);
  transfer.set(CURLOPT_POSTFIELDS, webhook.body.c_str());
  transfer.set(CURLOPT_POSTFIELDSIZE, static_cast<long>(webhook.body.size()));
  transfer.set(CURLOPT_OPENSOCKETFUNCTION, open_socket);
  transfer.set(CURLOPT_OPENSOCKETDATA, &reach);
  const CURLcode code = transfer.perform();
  return fate_of_webhook({.code = code,
                          .status = transfer.response_code(),
                          .connected = transfer.connected(),
                          .reached = reach.reached,
                          .refused = reach.refused,
                          .problem = transfer.problem(code)});
}

Posted fate_of_webhook(Ended ended) {
  using Fate = Posted::Fate;
  // An answer is an answer, whatever became of the connection after its status.
  if (const long status = ended.status; status >= 200) {
    std::string said = fmt::format("the receiver answered {}", status);
    if (status < 300) return {Fate::arrived, std::move(said)};
    // RFC 9110, 15.5.9 (408), RFC 6585, 4 (429): come again. Another 4xx or 3xx says that it will not change its mind.
    const bool again = status == 408 || status == 429 || status >= 500;
    return {again ? Fate::try_again : Fate::refused, std::move(said)};
  }
  if (ended.code == CURLE_ABORTED_BY_CALLBACK)
    return {ended.connected ? Fate::broken_off : Fate::untried, "the server stopped before it was sent"};
  // A name may have public and inside addresses; the inside ones alone are passed over.
  if (!ended.reached && !ended.refused.empty())
    return {Fate::refused,
            fmt::format("{} is not a public address; respond.webhook_allow says which others may be reached",
                        ended.refused)};
  if (ended.code == CURLE_OK) return {Fate::try_again, "the receiver gave no answer"};
  return {passing(ended.code) ? Fate::try_again : Fate::refused, std::move(ended.problem)};
}

}  // namespace outrider::respond
