#pragma once
// The configuration: text becomes one validated plain struct at start; rooms receive their own small structs made
// from it, never the file. Every key is optional; the defaults are the member initialisers below.
//
// Order of precedence: environment (OUTRIDER_MQTT_PORT for `mqtt.port`), file, default.
// One row of `settings()` a setting feeds the parser, the environment, `config show`, packaging/outrider.toml and
// docs/configuration.md (config_test keeps the last two equal to the table).
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "server/config/network_setting.h"

namespace outrider::server {

inline constexpr std::string_view config_path_default = "/etc/outrider/outrider.toml";

struct Config {
  std::string data_directory = "/var/lib/outrider";
  std::string server_name = "outrider.local";
  std::uint64_t threads = 0;
  log::Level log_level = log::Level::info;

  std::string mqtt_listen = "0.0.0.0";
  std::uint64_t mqtt_port = 8883;
  std::chrono::milliseconds mqtt_session_expiry_max = std::chrono::hours{24 * 7};
  std::string mqtt_tls_min = "1.3";
  std::uint64_t mqtt_tickets = 250'000;
  std::chrono::milliseconds mqtt_ticket_life = std::chrono::hours{24};
  std::chrono::milliseconds mqtt_max_session_age = std::chrono::hours{24 * 7};
  std::string websocket_listen;
  std::uint64_t websocket_port = 8884;
  std::vector<std::string> websocket_origins;
  std::string https_listen = "0.0.0.0";
  std::uint64_t https_port = 8443;
  std::vector<std::string> https_names = {"localhost", "127.0.0.1", "::1"};
  std::string https_certificate_file;
  std::string https_key_file;
  std::string metrics_listen = "127.0.0.1";
  std::uint64_t metrics_port = 9464;

  std::vector<NetworkSetting> networks;
  std::string geo_country_db;
  std::string geo_asn_db;
  std::vector<std::string> proxy_listeners;
  std::vector<std::string> proxy_trusted;

  std::uint64_t limits_connections = 250'000;
  std::uint64_t limits_connections_per_address = 20'000;
  std::uint64_t limits_connections_per_network = 100'000;
  std::uint64_t limits_connection_rate = 500;
  std::uint64_t limits_handshake_rate = 200;
  std::uint64_t limits_handshakes = 1'024;
  std::chrono::milliseconds limits_admission_wait{15'000};
  std::uint64_t limits_held_bytes = 1'073'741'824;
  std::uint64_t limits_packet_bytes = 61'440;
  std::uint64_t limits_messages_per_second = 200;
  std::uint64_t limits_bytes_per_second = 262'144;
  std::uint64_t limits_inflight = 64;
  std::uint64_t limits_subscriptions = 32;
  std::chrono::milliseconds limits_slow_reader_time{30'000};
  std::uint64_t limits_kept_sessions = 1'000'000;
  std::uint64_t limits_queued_messages = 1'000;
  std::uint64_t limits_queued_bytes = 8'388'608;
  std::uint64_t limits_retained_messages = 100'000;
  std::uint64_t limits_retained_bytes = 67'108'864;
  std::uint64_t limits_https_connections = 1'024;
  std::chrono::milliseconds limits_handshake_time{10'000};
  std::chrono::milliseconds limits_keep_alive_max = std::chrono::hours{5};

  std::string keys_block_list;
  std::string pki_base_url;
  std::string pki_listen;
  std::uint64_t pki_port = 8080;
  std::chrono::milliseconds pki_crl_life = std::chrono::hours{24};
  std::chrono::milliseconds pki_ocsp_life = std::chrono::hours{1};
  std::string anchor_file;

  bool detection_enabled = true;
  std::chrono::milliseconds detection_snapshot_interval = std::chrono::minutes{5};
  std::chrono::milliseconds detection_tick_interval = std::chrono::minutes{1};

  std::string respond_mode_max = "act";
  std::uint64_t respond_quarantines_per_hour = 20;
  std::uint64_t respond_quarantine_share = 2;
  std::string respond_webhook_secret_file;
  std::vector<std::string> respond_webhook_allow;
  std::string respond_ca_file;
  std::string respond_smtp_host;
  std::uint64_t respond_smtp_port = 587;
  std::string respond_smtp_tls = "starttls";
  std::string respond_smtp_user;
  std::string respond_smtp_password_file;
  std::string respond_mail_from;

  std::chrono::milliseconds enrolment_code_life = std::chrono::hours{24 * 7};
  std::chrono::milliseconds ledger_checkpoint_interval{1'000};
  std::chrono::milliseconds shutdown_drain{10'000};

  bool operator==(const Config&) const = default;
};

// Where a setting is kept; the alternative is its type.
using Member = std::variant<std::string Config::*, std::uint64_t Config::*, std::chrono::milliseconds Config::*,
                            std::vector<std::string> Config::*, log::Level Config::*,
                            std::vector<NetworkSetting> Config::*, bool Config::*>;

// One row of the table.
struct Setting {
  std::string_view key;  // "mqtt.port": table and key of the TOML file
  Member member;
  std::uint64_t least = 0;  // number; duration in milliseconds; length of a text; number of items of a list
  std::uint64_t most = 0;
  std::string_view help;                              // one or two sentences for people
  Result<void> (*check)(std::string_view) = nullptr;  // of a text or of each item of a list

  std::string_view type() const;         // "text", "number", "duration", "list of texts", "level", "tables", "truth"
  std::string environment_name() const;  // "OUTRIDER_MQTT_PORT"; that of tables is refused with the reason
  std::string bounds() const;            // "0 to 65535", "100ms to 1h"; empty for a level
};

std::span<const Setting> settings();

using Environment = std::map<std::string, std::string, std::less<>>;
// The variables of this process whose name begins with OUTRIDER_.
Environment process_environment();

// What reading gave. With problems the config must not be used; each problem is one line that names file and line (or
// variable), key, what is wrong and what was probably meant.
struct LoadedConfig {
  Config config;
  std::map<std::string, std::string, std::less<>> origins;  // key → "file:line" or "OUTRIDER_X"; absent: default
  std::vector<std::string> problems;
  std::set<std::string, std::less<>> faulty;  // keys that were said, and are not as they were said
  std::vector<std::string> warnings;          // e.g. an OUTRIDER_ variable that is no setting

  // Not a setting: said once, by whoever starts the server (server/anchor/anchor.h).
  bool accept_ledger_rollback = false;

  bool ok() const { return problems.empty(); }
  // The problems, a line each; for an Error.
  std::string text() const;
};

LoadedConfig parse_config(std::string_view toml, std::string_view file_name, const Environment& environment = {});
// A missing file is a problem only when it was named by somebody (`required`).
LoadedConfig load_config(const std::filesystem::path& file, bool required, const Environment& environment);

// The setting's value as TOML: 8883, "1s", ["a", "b"].
std::string value_text(const Config& config, const Setting& setting);
// The whole configuration as a TOML file that reads back to the same Config; each line says where its value came from.
std::string show(const LoadedConfig& loaded);
// packaging/outrider.toml: every setting, commented out, with its help and default.
std::string commented_default();
// The table of docs/configuration.md.
std::string settings_markdown();

}  // namespace outrider::server
