#pragma once
// The checks by number, and what is known of each: one table a family, joined here.
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "detect/vocabulary/threat.h"

namespace outrider::detect {

// Numbers are stored in snapshots and entries; add within the family's hundred, never renumber.
enum class CheckId : std::uint16_t {
  none = 0,
  // identity: checks/identity
  session_twice = 100,         // one identity live twice, from two addresses
  session_travel = 101,        // sessions from networks too far apart for the time between
  key_reuse = 102,             // a key that another identity has
  tls_fingerprint = 103,       // another TLS stack under the same identity
  foreign_network = 104,       // outside its network kind, country, ASN
  enrolment_refused = 105,     // attempts to enrol in its name
  authentication_burst = 106,  // refused connects
  revoked_used = 107,          // an identity that was revoked, or its ticket
  superseded_used = 108,       // an identity whose successor had connected
  stolen_seen = 109,           // a device that is marked lost or stolen
  forged_certificate = 110,    // a certificate that nobody here issued in its name
  session_overlap = 111,       // two sessions that were alive at once
  session_flap = 112,          // as session_twice, and not enough to be sure
  enrolment_sweep = 113,       // many names refused an identity from one address
  // motion: checks/motion
  impossible_travel = 200,
  frozen_position = 201,  // position still while cells change
  kalman_innovation = 202,
  corridor = 203,
  geofence = 204,
  unplanned_stop = 205,
  speed_disagrees = 206,  // reported speed against distance covered
  drag_off = 207,         // slow steady drift away from what other evidence says
  // gnss: checks/gnss
  noise_floor = 300,
  agc_drop = 301,
  cn0_drop = 302,
  jamming_indicator = 303,
  cn0_uniform = 304,       // equal and high for all satellites
  receiver_profile = 305,  // noise, jamming indicator, accuracies unlike this receiver's
  time_offset = 306,       // GNSS time against server time
  altitude_step = 307,
  fix_lost = 308,
  // radio: checks/radio and checks/cells
  cell_distance = 400,  // position against the cells that the fleet has learnt
  cell_country = 401,
  timing_advance = 402,
  cipher_null = 410,
  cipher_weak = 411,
  identity_request = 412,
  reject_unauthenticated = 413,
  cell_unknown = 414,
  area_unknown = 415,
  legacy_radio = 416,
  cell_channel = 417,
  neighbours_missing = 418,
  power_excess = 419,
  rogue_cell = 420,     // the fleet's evidence against this cell together, beyond doubt
  cell_suspect = 421,   // the same, short of that
  jammer_aboard = 422,  // cells go by while the receiver stays jammed
  sim_pairing = 430,    // ICCID, IMSI and IMEI that do not belong together
  sim_elsewhere = 431,  // this device's SIM in another one
  // physics: checks/physics
  range = 500,
  rate = 501,
  thermal = 502,
  frozen_run = 503,
  replayed_run = 504,
  peer_disagrees = 505,
  channel = 506,  // numeric detector of a channel
  battery_rise = 510,
  battery_drain = 511,
  // traffic: checks/traffic
  message_rate = 600,
  byte_rate = 601,
  refused_topic = 602,
  refused_others = 603,  // topics of other devices, how many distinct
  new_topic = 604,
  flapping = 605,
  report_refused = 606,
  silence = 607,
  contract_rate = 608,      // refused at many times the contract's rate
  foreign_client_id = 609,  // connects under another one's client identifier
  command_signature = 610,
  command_source = 611,
  command_replay = 612,
  // tamper: checks/tamper
  enclosure = 700,
  light = 701,
  shock = 702,
  tilt = 703,
  power_cut = 704,
  door = 705,
  tamper_sequence = 706,  // and what follows
  firmware_rollback = 710,
  firmware_unknown = 711,
  firmware_stale = 712,
  firmware_fallback = 713,  // back to what ran before a young update
  firmware_unlisted = 714,  // its profile lists the versions that may run, and not this one
  firmware_overdue = 715,   // the profile's current version had to run by now
};

struct Evidence;  // engine/evidence.h

struct CheckInfo {
  CheckId id;
  std::string_view slug;  // "impossible-travel"
  Family family;
  Threat threat;             // what it speaks for, unless the check says otherwise
  bool proof;                // true: what it finds cannot happen by chance; it may page alone
  std::string_view summary;  // what it looks at, for `outrider detect list`
  // One sentence with figures and limits, made of the evidence alone: never of text that a device sent.
  std::string (*explain)(const Evidence& evidence);
};

std::span<const CheckInfo> checks();   // all, by number
const CheckInfo* info(CheckId check);  // nullptr when there is none of that number
std::optional<CheckId> check_from_slug(std::string_view slug);

// The tables, one a family; each stands beside its checks.
std::span<const CheckInfo> identity_checks();
std::span<const CheckInfo> motion_checks();
std::span<const CheckInfo> gnss_checks();
std::span<const CheckInfo> radio_checks();
std::span<const CheckInfo> physics_checks();
std::span<const CheckInfo> traffic_checks();
std::span<const CheckInfo> tamper_checks();

}  // namespace outrider::detect
