// The table of settings, and what can be said about a setting without a file.
#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <limits>

#include "base/time.h"
#include "server/config/config.h"

namespace outrider::server {
namespace {

constexpr std::size_t dns_name_bytes_max = 253;  // RFC 1035, 2.3.4, without the final dot
constexpr std::size_t dns_label_bytes_max = 63;
constexpr std::size_t path_bytes_max = 1024;  // well under PATH_MAX with everything we add
constexpr std::size_t names_max = 32;         // keeps the server's certificate small on radio links
constexpr std::uint64_t port_max = 65'535;
constexpr std::uint64_t second = 1'000;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;

Result<void> check_path(std::string_view text) {
  if (text.starts_with('/') && text.find('\0') == std::string_view::npos) return {};
  return fail(Errc::malformed, "must be an absolute path, such as /var/lib/outrider");
}

Result<void> check_path_or_empty(std::string_view text) {
  return text.empty() ? Result<void>{} : check_path(text);
}

bool is_dns_label(std::string_view label) {
  if (label.empty() || label.size() > dns_label_bytes_max || label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(),
                     [](unsigned char c) { return (c < 0x80 && std::isalnum(c) != 0) || c == '-'; });
}

// RFC 1123, 2.1: letters, digits and hyphens between dots.
Result<void> check_dns_name(std::string_view text) {
  std::string_view rest = text;
  for (;;) {
    const auto dot = rest.find('.');
    if (!is_dns_label(rest.substr(0, dot))) break;
    if (dot == std::string_view::npos) return {};
    rest.remove_prefix(dot + 1);
  }
  return fail(Errc::malformed, "must be a DNS name, such as outrider.example.com");
}

Result<void> check_ip_address(std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> parsed{};
  const std::string name(text);
  if (name.find('\0') == std::string::npos &&
      (inet_pton(AF_INET, name.c_str(), parsed.data()) == 1 || inet_pton(AF_INET6, name.c_str(), parsed.data()) == 1)) {
    return {};
  }
  return fail(Errc::malformed, "must be an IPv4 or IPv6 address, such as 0.0.0.0 or ::");
}

Result<void> check_name(std::string_view text) {
  if (check_ip_address(text) || check_dns_name(text)) return {};
  return fail(Errc::malformed, "must be a DNS name or an IP address");
}

Result<void> check_optional_path(std::string_view text) {
  return text.empty() ? Result<void>{} : check_path(text);
}

Result<void> check_optional_name(std::string_view text) {
  return text.empty() ? Result<void>{} : check_name(text);
}

Result<void> check_mode(std::string_view text) {
  if (text == "observe" || text == "propose" || text == "act") return {};
  return fail(Errc::malformed, "must be observe, propose or act");
}

Result<void> check_smtp_tls(std::string_view text) {
  if (text == "starttls" || text == "implicit") return {};
  return fail(Errc::malformed, "must be starttls or implicit");
}

// It stands in SMTP commands and headers: nothing that could end a line or an address.
Result<void> check_optional_mail_address(std::string_view text) {
  const auto at = text.find('@');
  const auto plain = [](char c) {
    return c > ' ' && c < 0x7f && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
  };
  if (text.empty() || (at != 0 && at < text.size() - 1 && std::all_of(text.begin(), text.end(), plain))) return {};
  return fail(Errc::malformed, "must be a mail address, such as outrider@example.com");
}

Result<void> check_cidr(std::string_view text) {
  const auto parsed = net::Cidr::parse(text);
  if (parsed) return {};
  return fail(Errc::malformed, "must be an address or a range without bits beyond its length, such as 10.0.0.0/24");
}

Result<void> check_tls_version(std::string_view text) {
  if (text == "1.2" || text == "1.3") return {};
  return fail(Errc::malformed, "must be 1.2 or 1.3");
}

Result<void> check_listener(std::string_view text) {
  if (text == "mqtt" || text == "https") return {};
  return fail(Errc::malformed, "must be mqtt or https");
}

Result<void> check_optional_ip_address(std::string_view text) {
  return text.empty() ? Result<void>{} : check_ip_address(text);
}

// What a browser sends as Origin (RFC 6454, 6.2): "https://name[:port]".
Result<void> check_origin(std::string_view text) {
  const auto refused =
      fail(Errc::malformed, "must be an origin such as https://console.example, without a slash behind");
  const auto scheme = text.find("://");
  if (scheme == std::string_view::npos || (text.substr(0, scheme) != "https" && text.substr(0, scheme) != "http"))
    return refused;
  const auto host = text.substr(scheme + 3);
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '-' ||
           c == ':' || c == '[' || c == ']';
  };
  if (host.empty() || !std::all_of(host.begin(), host.end(), allowed)) return refused;
  return {};
}

// "http://name[:port][/path]": it stands in certificates for years.
Result<void> check_base_url(std::string_view text) {
  if (text.empty()) return {};
  const auto refused =
      fail(Errc::malformed, "must be a URL such as http://ca.example.com:8080, without a slash behind");
  std::string_view rest = text;
  if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
  } else {
    return refused;
  }
  const auto printable = [](char c) { return c > ' ' && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\'; };
  if (rest.empty() || rest.front() == '/' || rest.back() == '/' || !std::all_of(rest.begin(), rest.end(), printable))
    return refused;
  return {};
}

// What is served without sign-in and TLS stays on this machine.
Result<void> check_loopback(std::string_view text) {
  if (text == "::1" || (text.starts_with("127.") && check_ip_address(text))) return {};
  return fail(Errc::malformed, "must be a loopback address (127.0.0.1 or ::1), because it needs no sign-in");
}

// clang-format off
const std::array table{
    Setting{"data", &Config::data_directory, 1, path_bytes_max,
            "Everything the server keeps: ledger, keys, database. Made at first start with permissions 0700.", check_path},
    Setting{"server_name", &Config::server_name, 1, dns_name_bytes_max,
            "The server's DNS name. It is in its certificate and begins the origin of every fleet's log, so choose it before the first fleet is made.", check_dns_name},
    Setting{"threads", &Config::threads, 0, 256,
            "Event loops for device connections. 0: one per core."},
    Setting{"network", &Config::networks, 0, networks_max,
            "Networks that devices come from, as tables [[network]] with name, kind (private-apn, vpn, carrier or public) and cidrs = [\"10.0.0.0/8\"]. The longest prefix wins; an address in none of them is of kind public. See docs/networks.md."},
    Setting{"log.level", &Config::log_level, 0, 0,
            "The least level that is written to standard error: debug, info, warn or error."},

    Setting{"mqtt.listen", &Config::mqtt_listen, 1, 45, "Address the MQTT listener binds.", check_ip_address},
    Setting{"mqtt.port", &Config::mqtt_port, 0, port_max, "Port of MQTT over TLS. 0: any free one (see run/addresses.json)."},
    Setting{"mqtt.tls_min", &Config::mqtt_tls_min, 3, 3,
            "The lowest TLS version for MQTT: 1.3, or 1.2 (ECDHE and AEAD only) for modems that know nothing newer. Their sessions cost more memory and cannot be resumed.", check_tls_version},
    Setting{"mqtt.tickets", &Config::mqtt_tickets, 0, 100'000'000,
            "Sessions that may be resumed (TLS 1.3): a device that comes back then shows no certificate. About 300 bytes of memory each. 0: every connection is a full handshake."},
    Setting{"mqtt.ticket_life", &Config::mqtt_ticket_life, second, 7 * day,
            "How long a device may stay away and still resume."},
    Setting{"mqtt.max_session_age", &Config::mqtt_max_session_age, second, 90 * day,
            "After this long the certificate has to be shown again, however often the session was resumed; a connection that is still open ends."},
    Setting{"mqtt.session_expiry_max", &Config::mqtt_session_expiry_max, 0, 10 * 365 * day,
            "How long a session is kept after its connection ended, at most; MQTT 3.1.1 sessions that are not clean are kept so long. 0: none is kept."},
    Setting{"websocket.listen", &Config::websocket_listen, 0, 45,
            "Address of a listener for MQTT over WebSocket (wss, path /mqtt), for browsers and networks that let nothing else through. Client certificates as with MQTT. Empty: none.", check_optional_ip_address},
    Setting{"websocket.port", &Config::websocket_port, 0, port_max, "Port of that listener. 0: any free one."},
    Setting{"websocket.origins", &Config::websocket_origins, 0, names_max,
            "Web pages that may connect, as browsers name them: https://console.example. Empty: no page may; programs always may.", check_origin},
    Setting{"https.listen", &Config::https_listen, 1, 45, "Address the HTTPS listener (API and EST) binds.", check_ip_address},
    Setting{"https.port", &Config::https_port, 0, port_max, "Port of HTTPS. 0: any free one."},
    Setting{"https.names", &Config::https_names, 0, names_max,
            "DNS names and IP addresses in the server's certificate (MQTT presents the same one), beside server_name.", check_name},
    Setting{"https.certificate_file", &Config::https_certificate_file, 0, path_bytes_max,
            "A certificate of your own for HTTPS (PEM: leaf, then its issuers), read again when it changes. Devices that enrol or renew must trust it. Empty: one of our own.", check_optional_path},
    Setting{"https.key_file", &Config::https_key_file, 0, path_bytes_max,
            "The key of https.certificate_file (PKCS#8, readable by the server alone).", check_optional_path},
    Setting{"metrics.listen", &Config::metrics_listen, 1, 45,
            "Address of /metrics, /livez and /readyz, which need no sign-in and so stay on this machine.", check_loopback},
    Setting{"metrics.port", &Config::metrics_port, 0, port_max, "Port of /metrics, /livez and /readyz. 0: any free one."},

    Setting{"geo.country_db", &Config::geo_country_db, 0, path_bytes_max,
            "A MaxMind database (MMDB) of countries, such as GeoLite2-Country.mmdb; read again when it changes. Empty: none.", check_optional_path},
    Setting{"geo.asn_db", &Config::geo_asn_db, 0, path_bytes_max,
            "A MaxMind database (MMDB) of autonomous systems, such as GeoLite2-ASN.mmdb; read again when it changes. Empty: none.", check_optional_path},
    Setting{"proxy.listeners", &Config::proxy_listeners, 0, 2,
            "Listeners that stand behind a load balancer: mqtt, https. There an address in proxy.trusted must begin each connection with a PROXY protocol header, version 2.", check_listener},
    Setting{"proxy.trusted", &Config::proxy_trusted, 0, 64,
            "Addresses and ranges of the load balancers, such as 10.0.0.5 or 10.0.0.0/24. From anybody else a PROXY protocol header is refused.", check_cidr},

    Setting{"limits.connections", &Config::limits_connections, 1, 10'000'000,
            "Device connections at one time; further ones are closed at once. Each needs a file descriptor."},
    Setting{"limits.connections_per_address", &Config::limits_connections_per_address, 1, 10'000'000,
            "Device connections from one address (IPv6: from one /64). A carrier's NAT puts thousands of devices behind one."},
    Setting{"limits.connections_per_network", &Config::limits_connections_per_network, 1, 10'000'000,
            "Device connections from one source network: a configured one, else a /24 (IPv6: a /48)."},
    Setting{"limits.connection_rate", &Config::limits_connection_rate, 1, 1'000'000,
            "New connections per second from one source network, averaged; a minute's worth may come at once."},
    Setting{"limits.handshake_rate", &Config::limits_handshake_rate, 1, 1'000'000,
            "Whole TLS handshakes per second from one source network, averaged; a minute's worth may come at once. Resumed sessions do not count."},
    Setting{"limits.handshakes", &Config::limits_handshakes, 1, 1'000'000,
            "TLS handshakes in progress at one time on one listener; further connections wait in line."},
    Setting{"limits.admission_wait", &Config::limits_admission_wait, second, 2 * minute,
            "How long a connection may wait in line for its TLS handshake. One that would wait longer is closed at once, so that its device tries again later."},
    Setting{"limits.held_bytes", &Config::limits_held_bytes, 1'048'576, 1'099'511'627'776,
            "Bytes that wait for the sockets of slow readers, of all devices together. Beyond it new sessions are refused (Server busy) and those that hold most are ended."},
    Setting{"limits.packet_bytes", &Config::limits_packet_bytes, 1'024, 61'440,
            "The largest MQTT packet taken (Maximum Packet Size). An entry of the ledger holds at most 63 KiB."},
    Setting{"limits.messages_per_second", &Config::limits_messages_per_second, 1, 100'000,
            "Messages per second from one device, averaged; beyond it the server reads from it more slowly."},
    Setting{"limits.bytes_per_second", &Config::limits_bytes_per_second, 1'024, 1'073'741'824,
            "Bytes of messages per second from one device, averaged; beyond it the server reads from it more slowly."},
    Setting{"limits.subscriptions", &Config::limits_subscriptions, 1, 65'535,
            "Subscriptions of one client; further ones are refused (Quota exceeded)."},
    Setting{"limits.slow_reader_time", &Config::limits_slow_reader_time, second, 60 * minute,
            "How long a client may take to read what waits for it once that is more than 64 KiB; then it is cut off."},
    Setting{"limits.inflight", &Config::limits_inflight, 1, 65'535,
            "Unacknowledged QoS 1 and 2 messages of one device (Receive Maximum)."},
    Setting{"limits.kept_sessions", &Config::limits_kept_sessions, 0, 100'000'000,
            "Sessions that outlive their connections, of all fleets; connected ones count too."},
    Setting{"limits.queued_messages", &Config::limits_queued_messages, 1, 60'000,
            "Messages that wait for one client, away or slow. When the queue is full newer ones are dropped, and counted."},
    Setting{"limits.queued_bytes", &Config::limits_queued_bytes, 65'536, 1'073'741'824,
            "Bytes of these."},
    Setting{"limits.retained_messages", &Config::limits_retained_messages, 0, 10'000'000,
            "Retained messages of one fleet. They are held in memory."},
    Setting{"limits.retained_bytes", &Config::limits_retained_bytes, 0, 17'179'869'184,
            "Bytes of these."},
    Setting{"limits.https_connections", &Config::limits_https_connections, 1, 100'000,
            "HTTPS connections at one time."},
    Setting{"limits.handshake_time", &Config::limits_handshake_time, second, 2 * minute,
            "From the TCP connection to the end of the TLS handshake, and from there to CONNECT."},
    Setting{"limits.keep_alive_max", &Config::limits_keep_alive_max, second, 65'535 * second,
            "The longest keep alive granted; a device that asks for more or none gets this (Server Keep Alive)."},

    Setting{"keys.block_list", &Config::keys_block_list, 0, path_bytes_max,
            "A file of public keys that may not enrol, beside the well-known test keys: one SHA-256 of a SubjectPublicKeyInfo in hex a line, '#' begins a remark. Read again when it changes. Empty: none.", check_path_or_empty},
    Setting{"pki.base_url", &Config::pki_base_url, 0, 128,
            "Where others reach this server's revocation lists and OCSP, such as http://ca.example.com:8080; new certificates say so. Empty: they say nothing. Short is better: it is in every certificate.", check_base_url},
    Setting{"pki.listen", &Config::pki_listen, 0, 45,
            "Address of a listener without TLS for revocation lists, OCSP and CA certificates, which are signed and public. Empty: only HTTPS serves them.", check_optional_ip_address},
    Setting{"pki.port", &Config::pki_port, 0, port_max, "Port of that listener. 0: any free one."},
    Setting{"pki.crl_life", &Config::pki_crl_life, hour, 30 * day,
            "How long a revocation list may be believed. It is signed anew at half of that, and within a second of every revocation."},
    Setting{"pki.ocsp_life", &Config::pki_ocsp_life, minute, 7 * day,
            "How long an OCSP answer may be believed, and so kept by whoever stands in between."},
    Setting{"anchor.file", &Config::anchor_file, 0, path_bytes_max,
            "What the server notes outside its data to notice that an older copy of its ledger was put back. Best on another disk, never in the backup. Empty: the data directory's name with .anchor behind it.", check_optional_path},

    Setting{"detection.enabled", &Config::detection_enabled, 0, 0,
            "Whether entries are judged and alerts raised. Switched on again, detection reads what it has missed. See docs/detection.md."},
    Setting{"detection.snapshot_interval", &Config::detection_snapshot_interval, second, day,
            "How often detection writes down what it knows of each device, about 4 KiB of each; after a crash it reads again what came since."},
    Setting{"detection.tick_interval", &Config::detection_tick_interval, second, hour,
            "After so long without an entry a fleet whose devices should speak gets one that says that time has passed, so that silence is noticed."},

    Setting{"respond.mode_max", &Config::respond_mode_max, 3, 7,
            "How far responses go by themselves, whatever their playbooks say: observe, propose or act. See docs/response.md.", check_mode},
    Setting{"respond.quarantines_per_hour", &Config::respond_quarantines_per_hour, 0, 10'000,
            "Responses that keep devices from their work (quarantine, lost, stolen, disconnect, lock) done in one fleet within an hour without asking; further ones are proposed."},
    Setting{"respond.quarantine_share", &Config::respond_quarantine_share, 0, 100,
            "Devices of a fleet, in percent, that may be restricted without asking at one time (one device always, unless this is 0); further ones are proposed."},
    Setting{"respond.webhook_secret_file", &Config::respond_webhook_secret_file, 0, path_bytes_max,
            "The key that webhooks are signed with (HMAC-SHA256; at least 16 bytes, readable by the server alone). Empty: no webhooks.", check_optional_path},
    Setting{"respond.webhook_allow", &Config::respond_webhook_allow, 0, 64,
            "Addresses and ranges that webhooks may reach although they are not public, such as 10.0.0.5. From others inside they are refused.", check_cidr},
    Setting{"respond.ca_file", &Config::respond_ca_file, 0, path_bytes_max,
            "Certification authorities (PEM) that receivers of webhooks and the mail server are verified with, instead of the system's.", check_optional_path},
    Setting{"respond.smtp_host", &Config::respond_smtp_host, 0, dns_name_bytes_max,
            "The mail server that notifications are handed to. Empty: no mail.", check_optional_name},
    Setting{"respond.smtp_port", &Config::respond_smtp_port, 1, port_max, "Its port: 587 with STARTTLS, 465 with implicit TLS."},
    Setting{"respond.smtp_tls", &Config::respond_smtp_tls, 8, 8,
            "How TLS begins there: starttls or implicit. Without TLS nothing is sent.", check_smtp_tls},
    Setting{"respond.smtp_user", &Config::respond_smtp_user, 0, 256, "Who signs in there. Empty: nobody."},
    Setting{"respond.smtp_password_file", &Config::respond_smtp_password_file, 0, path_bytes_max,
            "The password of respond.smtp_user (a file readable by the server alone).", check_optional_path},
    Setting{"respond.mail_from", &Config::respond_mail_from, 0, 254,
            "The sender of mail, such as outrider@example.com. Empty: no mail.", check_optional_mail_address},

    Setting{"enrolment.code_life", &Config::enrolment_code_life, minute, 365 * day,
            "How long a new enrolment code can be used, unless the caller says otherwise."},
    Setting{"ledger.checkpoint_interval", &Config::ledger_checkpoint_interval, 50, hour,
            "A signed checkpoint is published this often while there is something new."},
    Setting{"shutdown.drain", &Config::shutdown_drain, 0, 10 * minute,
            "How long a stopping server waits for what is in flight."},
};
// clang-format on

template <class... F>
struct Overload : F... {
  using F::operator()...;
};

}  // namespace

std::span<const Setting> settings() {
  return table;
}

std::string_view Setting::type() const {
  return std::visit(Overload{
                        [](std::string Config::*) { return "text"; },
                        [](std::uint64_t Config::*) { return "number"; },
                        [](std::chrono::milliseconds Config::*) { return "duration"; },
                        [](std::vector<std::string> Config::*) { return "list of texts"; },
                        [](log::Level Config::*) { return "level"; },
                        [](std::vector<NetworkSetting> Config::*) { return "tables"; },
                        [](bool Config::*) { return "truth"; },
                    },
                    member);
}

std::string Setting::environment_name() const {
  std::string name = "OUTRIDER_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

std::string Setting::bounds() const {
  return std::visit(
      Overload{
          [&](std::string Config::*) { return fmt::format("{} to {} bytes", least, most); },
          [&](std::uint64_t Config::*) { return fmt::format("{} to {}", least, most); },
          [&](std::chrono::milliseconds Config::*) {
            const auto text = [](std::uint64_t ms) {
              return format_duration(std::chrono::milliseconds{static_cast<std::int64_t>(ms)});
            };
            return fmt::format("{} to {}", text(least), text(most));
          },
          [&](std::vector<std::string> Config::*) { return fmt::format("{} to {} items", least, most); },
          [](log::Level Config::*) { return std::string("debug, info, warn, error"); },
          [&](std::vector<NetworkSetting> Config::*) { return fmt::format("{} to {} tables", least, most); },
          [](bool Config::*) { return std::string("true, false"); },
      },
      member);
}

}  // namespace outrider::server
