#pragma once
// What the engine sees: a ledger entry as plain numbers. input/decode.h makes observations of entries, one for each
// time in a report. Absent numbers are NaN, absent ids 0.
#include <cmath>
#include <cstdint>
#include <limits>

namespace outrider::detect {

inline constexpr double absent = std::numeric_limits<double>::quiet_NaN();
inline bool has(double value) {
  return !std::isnan(value);
}

enum class Radio : std::uint8_t { unknown, gsm, umts, lte, lte_m, nb_iot, nr };
enum class Cipher : std::uint8_t {
  unknown,
  none,
  weak,
  strong
};  // none: A5/0, GEA0, UEA0, EEA0, NEA0; weak: A5/1, A5/2, GEA1, GEA2
enum class Truth : std::uint8_t { unknown, no, yes };

// A cell by its name on the air, TS 23.003 4.3. cell 0: none.
struct CellKey {
  std::uint16_t mcc = 0, mnc = 0;
  std::uint32_t area = 0;  // LAC or TAC
  std::uint64_t cell = 0;

  bool operator==(const CellKey&) const = default;
};

// Cells that a device hears beside the one that serves it, strongest first; it reports them as `visible`
// (input/visible_cells.h).
inline constexpr std::size_t visible_max = 6;

// Channels of a profile that the numeric detectors follow, beside the named readings.
inline constexpr std::size_t channels_max = 3;

// One moment of a device's telemetry or events.
struct Reading {
  // where, WGS84
  double lat = absent, lon = absent, alt = absent;  // deg, deg, m
  double speed = absent, heading = absent;          // m/s, deg
  double accuracy = absent;                         // radius in m; from hdop when the receiver does not say
  double vertical_accuracy = absent;                // m
  double hdop = absent, satellites = absent;
  double cn0 = absent, cn0_spread = absent;               // dB-Hz, and its spread over satellites
  double agc = absent, noise = absent, jamming = absent;  // dB, receiver units, receiver's indicator
  double speed_variance = absent;                         // (m/s) as the receiver claims
  double gnss_time = absent;                              // seconds since 1970
  // radio
  Radio rat = Radio::unknown;
  Cipher cipher = Cipher::unknown;
  Truth identity_request = Truth::unknown;  // the network asked for the IMSI before authentication
  Truth reject = Truth::unknown;            // it rejected without authentication
  std::uint16_t mcc = 0, mnc = 0;
  std::uint32_t tac = 0;
  std::uint64_t cell = 0;
  double pci = absent, channel = absent;  // physical cell id, ARFCN
  double rssi = absent, rsrp = absent, timing_advance = absent, neighbours = absent, neighbour_rsrp = absent;
  CellKey visible[visible_max];                 // the first with cell 0 ends them
  std::uint64_t iccid = 0, imsi = 0, imei = 0;  // hashes
  // power
  double battery = absent, battery_v = absent;  // %, V
  Truth power = Truth::unknown;                 // plugged in, or charging
  // box
  Truth enclosure = Truth::unknown, door = Truth::unknown;  // yes: open
  double light = absent, shock = absent, tilt = absent;     // lx, m/s2, deg
  // cargo
  double temperature = absent, supply_temperature = absent, ambient_temperature = absent, setpoint = absent;  // Cel
  double humidity = absent;
  Truth compressor = Truth::unknown;
  // the device itself
  std::uint64_t firmware =
      0;  // version packed: 16 bits each of major, minor, patch, build; else a hash with the top bit
  double boot_count = absent;
  // numeric channels of the contract, in its order
  double channels[channels_max] = {absent, absent, absent};
  // trust: 0 unsigned, 1 mutual TLS, 2 device-signed, 3 device-signed and attested
  std::uint8_t trust = 1;
};

enum class What : std::uint8_t {
  report,   // telemetry
  event,    // something happened; the same fields
  message,  // any other topic
  session_opened,
  session_closed,
  access_refused,  // something was forbidden to it
  report_refused,  // what it said made no sense
  enrolment_refused,
  identity_issued,
  identity_revoked,
  identity_suspected,
  device_added,
  device_state,  // lifecycle
  command_sent,
  command_refused,  // somebody who may not tried to give it one
  command_answered,
  tick,  // time passed
};

// Why something was refused, as far as checks care.
enum class Refusal : std::uint8_t {
  none,
  other,
  other_device_topic,
  not_granted,
  rate,
  revoked,
  superseded,
  unknown_certificate,
  wrong_state,
  network,
  certificate_invalid,
  other_device_filter,  // a subscription to what others say, or are told
  alive_twice,          // said of two connections that answered at once
  ticket,               // a ticket of an identity whose tickets were taken back
  client_id,            // another one's client identifier
  code,                 // enrolment: a code that is wrong, used or expired
  key_in_use,           // enrolment: a key that another device has or had
  key_revoked,          // enrolment: a key that was revoked
  subject,              // enrolment: a name that is not its own
  untrusted,            // a certificate in its name that nobody here issued
  stolen,               // the device is lost or stolen
};

// How a session ended: who is still there, and who had gone before.
enum class Ending : std::uint8_t {
  none,
  goodbye,     // the client left: it was alive
  taken_over,  // the same client identifier connected again
  silent,      // nothing heard for too long
  broken,      // the connection broke
  expelled,    // by the server: quarantine, revocation, a limit
  server       // the server stopped
};

// What a device says became of a command (docs/format/command.md).
enum class Answer : std::uint8_t {
  none,  // it did not say in a way that can be read
  done,
  failed,
  refused,        // for a reason of its own
  bad_signature,  // the command's signature, or its form, is wrong
  not_entitled,   // whoever gave it may not
  expired,
  replayed,  // it had been given before
};

struct Session {
  std::uint64_t id = 0;       // hash of the session id
  std::uint64_t address = 0;  // hash of the address without its port
  std::uint64_t prefix = 0;   // hash of its /24 or /48
  std::uint32_t asn = 0;
  std::uint16_t country = 0;      // two letters
  std::uint8_t network_kind = 0;  // 0: not known; else facts::NetworkKind + 1
  std::uint64_t network = 0;      // hash of the configured network's name
  std::uint64_t serial = 0;       // hash of the certificate's serial number
  std::uint64_t tls = 0;          // fingerprint of how the client shook hands
  std::uint64_t bytes_in = 0, bytes_out = 0;
};

struct Observation {
  What what = What::tick;
  Refusal refusal = Refusal::none;
  Ending ending = Ending::none;  // session_closed
  Answer answer = Answer::none;  // command_answered
  std::uint8_t lifecycle = 0;    // device_state: facts::Lifecycle
  std::uint32_t device = 0;      // index in the engine; 0: of no device (tick)
  std::uint64_t entry = 0;       // number in the fleet's ledger
  double received_s = 0;         // seconds since 1970
  double measured_s = 0;         // the same: of the reading
  std::uint32_t bytes = 0;       // payload
  std::uint32_t count = 1;       // access_refused: how many it stands for
  std::uint32_t distinct = 1;    // access_refused: of how many different topics, filters or names
  std::uint64_t topic = 0;       // hash of the topic's leaf, or of what was asked for
  std::uint64_t target = 0;      // access_refused: hash of the other device named in the topic; identity_*: serial
  std::uint64_t key = 0;         // identity_issued: hash of the SPKI; command_*: of the command's id; 0: it has none
  Session session;
  Reading reading;
};

}  // namespace outrider::detect
