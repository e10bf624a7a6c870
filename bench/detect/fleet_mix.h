#pragma once
// Observations of a fleet that goes about its day: vehicles that drive, report once a minute, connect and lose their
// connection, are refused now and then, open a box. Seeded; made beforehand, so that only the engine is measured.
#include <cmath>
#include <cstdint>
#include <vector>

#include "detect/input/hash.h"
#include "detect/input/observation.h"

namespace outrider::bench {

class FleetMix {
 public:
  FleetMix(std::uint32_t devices, std::uint64_t seed) : random_(seed) {
    for (std::uint32_t i = 0; i < devices; ++i)
      cars_.push_back({.lat = real(46, 54), .lon = real(6, 14), .heading = real(0, 360), .temperature = real(2, 8)});
  }

  // The next ones, in order of time; `entry` and time go on from call to call.
  void make(std::size_t count, std::vector<detect::Observation>& out) {
    out.clear();
    for (std::size_t i = 0; i < count; ++i) out.push_back(next());
  }
  double now() const { return now_; }

 private:
  struct Car {
    double lat, lon, heading, speed = 20, temperature, battery = 95, reported = 0;
  };

  // SplitMix64 (Steele, Lea, Flood 2014): the same on every machine, unlike the standard's distributions.
  std::uint64_t bits() { return detect::mix(random_ += 0x9e3779b97f4a7c15ULL); }
  double real(double from, double to) { return from + (to - from) * static_cast<double>(bits() >> 11U) * 0x1p-53; }
  double noise(double spread) { return spread * (real(-1, 1) + real(-1, 1) + real(-1, 1)); }

  detect::Observation next() {
    using detect::What;
    now_ += 60.0 / static_cast<double>(cars_.size());
    detect::Observation out;
    out.entry = ++entry_;
    out.device = 1 + static_cast<std::uint32_t>(turn_++ % cars_.size());
    out.received_s = now_;
    out.measured_s = now_ - real(0, 2);
    const auto dice = bits() % 1000;
    if (dice < 900) {
      out.what = What::report;
      out.topic = detect::hash_of("telemetry");
      out.bytes = 400 + static_cast<std::uint32_t>(bits() % 50);
      report(cars_[out.device - 1], out.reading);
    } else if (dice < 930) {
      out.what = What::event;
      out.topic = detect::hash_of("event");
      out.reading.door = bits() % 2 == 0 ? detect::Truth::yes : detect::Truth::no;
    } else if (dice < 960) {
      out.what = dice % 2 == 0 ? What::session_opened : What::session_closed;
      session(out);
    } else if (dice < 975) {
      out.what = What::message;
      out.topic = detect::hash_of("log");
      out.bytes = 2000;
    } else if (dice < 985) {
      out.what = What::access_refused;
      out.refusal = detect::Refusal::rate;
      out.topic = detect::hash_of("telemetry");
    } else if (dice < 990) {
      out.what = What::report_refused;
      out.topic = detect::hash_of("telemetry");
    } else {
      out.what = What::tick;
      out.device = 0;
    }
    return out;
  }

  void session(detect::Observation& out) {
    out.session.id = out.device;
    out.session.address = detect::mix(out.device + bits() % 3);
    out.session.prefix = detect::mix(out.device);
    out.session.asn = 64500;
    out.session.country = 'D' << 8 | 'E';
    out.session.network_kind = 3;
    out.session.serial = out.device;
    out.session.tls = 7;
    out.ending = detect::Ending::goodbye;
  }

  void report(Car& car, detect::Reading& reading) {
    const double seconds = car.reported == 0 ? 60 : now_ - car.reported;
    car.reported = now_;
    car.heading += noise(10);
    car.speed = std::min(30.0, std::max(0.0, car.speed + noise(2)));
    constexpr double metres_per_degree = 111'000, radian = 3.14159265358979 / 180;
    car.lat += car.speed * seconds * std::cos(car.heading * radian) / metres_per_degree;
    car.lon += car.speed * seconds * std::sin(car.heading * radian) / metres_per_degree / std::cos(car.lat * radian);
    if (car.lat < 46 || car.lat > 54 || car.lon < 6 || car.lon > 14) car.heading += 180;
    car.temperature += noise(0.05) - (car.temperature - 5) * 0.01;
    car.battery = car.battery < 20 ? 95 : car.battery - 0.01;
    reading.lat = car.lat + noise(2e-5);
    reading.lon = car.lon + noise(2e-5);
    reading.alt = 300 + noise(5);
    reading.speed = car.speed;
    reading.heading = std::fmod(car.heading + 3600, 360);
    reading.accuracy = 5;
    reading.hdop = 1;
    reading.satellites = 9 + static_cast<double>(bits() % 4);
    reading.cn0 = 40 + noise(1);
    reading.agc = 2000 + noise(20);
    reading.gnss_time = now_;
    reading.rat = detect::Radio::lte;
    reading.cipher = detect::Cipher::strong;
    reading.mcc = 262;
    reading.mnc = 2;
    // Cells of some five kilometres.
    const auto row = static_cast<std::uint32_t>((car.lat - 40) * 20), column = static_cast<std::uint32_t>(car.lon * 14);
    reading.tac = row / 8 * 100 + column / 8;
    reading.cell = row * 1000 + column + 1;
    reading.pci = static_cast<double>(reading.cell % 504);
    reading.rsrp = -95 + noise(5);
    reading.neighbours = 4;
    reading.battery = car.battery;
    reading.battery_v = 3.6 + car.battery / 200;
    reading.temperature = car.temperature;
    reading.firmware = 0x0001000200030000ULL;
    reading.channels[0] = car.temperature;
    reading.channels[1] = car.battery;
  }

  std::uint64_t random_;
  std::vector<Car> cars_;
  double now_ = 1'790'000'000;
  std::uint64_t entry_ = 0, turn_ = 0;
};

}  // namespace outrider::bench
