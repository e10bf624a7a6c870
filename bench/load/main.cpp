// The one load for every broker: opens sessions, then idles, sends QoS 1 reports as fast as they are acknowledged, or
// at a fixed rate. Talks to whoever started it by lines: "online" when all sessions are, a JSON object with the result,
// and in between it waits for a line on its standard input, so that the broker can be measured at rest.
//
//   bench_load PORT CA_FILE DEVICES_JSONL SESSIONS idle
//   bench_load PORT CA_FILE DEVICES_JSONL SESSIONS saturate WINDOW TOTAL PAYLOAD
//   bench_load PORT CA_FILE DEVICES_JSONL SESSIONS rate PER_SECOND SECONDS PAYLOAD
#include <sys/epoll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <unordered_map>

#include "base/json.h"
#include "bench/load/session.h"

namespace {

using namespace outrider;
using Steady = std::chrono::steady_clock;

constexpr std::size_t connecting_max = 64;       // handshakes at one time
constexpr std::size_t sessions_a_source = 4000;  // of one address
constexpr std::uint16_t first_packet_id = 1;

// The simulator's keyring: the last line of a device holds.
std::vector<bench::Identity> read_devices(const char* file, std::size_t count) {
  std::unordered_map<std::string, bench::Identity> known;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const auto value = json::parse(line);
    const auto* object = value ? value->if_object() : nullptr;
    if (object == nullptr || !object->contains("chain")) continue;
    const auto text = [&](const char* key) { return std::string(object->at(key).get_string()); };
    known[text("device")] = {text("device"), text("key"), text("chain")};
  }
  std::vector<bench::Identity> out;
  for (auto& [name, identity] : known)
    if (out.size() < count) out.push_back(std::move(identity));
  if (out.size() < count) bench::give_up("finding enough devices");
  return out;
}

class Load {
 public:
  Load(const bench::Target& target, std::vector<bench::Identity> identities)
      : target_(target), context_(bench::make_context(target)), identities_(std::move(identities)) {}

  void connect_all() {
    while (online_ < identities_.size()) {
      while (sessions_.size() < identities_.size() && sessions_.size() - online_ < connecting_max) open_one();
      turn(-1, [](std::size_t, std::uint16_t) {});
    }
  }

  template <class Acknowledged>
  void turn(int timeout_ms, Acknowledged acknowledged) {
    epoll_event events[256];
    const int count = ::epoll_wait(epoll_, events, 256, timeout_ms);
    for (int i = 0; i < count; ++i) {
      const std::size_t index = events[i].data.u64;
      const bool was_online = sessions_[index]->online();
      sessions_[index]->proceed([&](std::uint16_t id) { acknowledged(index, id); });
      if (!was_online && sessions_[index]->online()) ++online_;
      watch(index);
    }
  }
  void flush(std::size_t index) {
    sessions_[index]->flush();
    watch(index);
  }
  bench::Session& session(std::size_t index) { return *sessions_[index]; }
  std::size_t size() const { return sessions_.size(); }

 private:
  void open_one() {
    const std::size_t index = sessions_.size();
    sessions_.push_back(std::make_unique<bench::Session>(context_, target_, identities_[index],
                                                         static_cast<unsigned>(1 + index / sessions_a_source)));
    epoll_event event{.events = EPOLLIN | EPOLLOUT, .data = {.u64 = index}};
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, sessions_[index]->fd(), &event);
    writing_.push_back(true);
  }
  void watch(std::size_t index) {
    const bool wants = sessions_[index]->wants_to_write();
    if (wants == writing_[index]) return;
    writing_[index] = wants;
    epoll_event event{.events = wants ? EPOLLIN | EPOLLOUT : EPOLLIN, .data = {.u64 = index}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, sessions_[index]->fd(), &event);
  }

  const bench::Target& target_;
  SSL_CTX* const context_;
  const std::vector<bench::Identity> identities_;
  const int epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::vector<std::unique_ptr<bench::Session>> sessions_;
  std::vector<bool> writing_;
  std::size_t online_ = 0;
};

double seconds_since(Steady::time_point begin) {
  return std::chrono::duration<double>(Steady::now() - begin).count();
}

// Every session keeps `window` reports unacknowledged; what one read acknowledges is answered with one write.
json::Object saturate(Load& load, std::size_t window, std::uint64_t total, std::string_view payload) {
  const std::uint64_t each = total / load.size();
  std::vector<std::uint64_t> left(load.size(), each);
  std::uint64_t acknowledged = 0;
  const auto begin = Steady::now();
  for (std::size_t i = 0; i < load.size(); ++i) {
    for (std::size_t id = 0; id < window && left[i] > 0; ++id, --left[i])
      load.session(i).publish(static_cast<std::uint16_t>(first_packet_id + id), payload);
    load.flush(i);
  }
  std::vector<std::size_t> touched;
  while (acknowledged < each * load.size()) {
    touched.clear();
    load.turn(-1, [&](std::size_t index, std::uint16_t id) {
      ++acknowledged;
      if (left[index] == 0) return;
      --left[index];
      load.session(index).publish(id, payload);
      if (touched.empty() || touched.back() != index) touched.push_back(index);
    });
    for (const std::size_t index : touched) load.flush(index);
  }
  const double seconds = seconds_since(begin);
  return {{"reports", acknowledged}, {"seconds", seconds}};
}

// Each report alone at its time, spread evenly over sessions and time.
json::Object at_rate(Load& load, double per_second, double duration, std::string_view payload) {
  const auto total = static_cast<std::uint64_t>(per_second * duration);
  std::unordered_map<std::uint64_t, Steady::time_point> sent_at;
  sent_at.reserve(65'536);
  std::vector<std::uint16_t> next_id(load.size(), first_packet_id);
  std::vector<double> latencies;
  latencies.reserve(total);
  const auto begin = Steady::now();
  std::uint64_t sent = 0;
  while (latencies.size() < total) {
    const auto due = std::min(total, static_cast<std::uint64_t>(seconds_since(begin) * per_second));
    for (; sent < due; ++sent) {
      const std::size_t index = sent % load.size();
      const std::uint16_t id = next_id[index];
      next_id[index] = id == 60'000 ? first_packet_id : static_cast<std::uint16_t>(id + 1);
      sent_at[index << 16U | id] = Steady::now();
      load.session(index).publish(id, payload);
      load.flush(index);
    }
    const auto take = [&](std::size_t index, std::uint16_t id) {
      const auto found = sent_at.find(index << 16U | id);
      if (found == sent_at.end()) bench::give_up("matching a PUBACK");
      latencies.push_back(seconds_since(found->second));
      sent_at.erase(found);
    };
    load.turn(sent < total ? 0 : -1, take);
  }
  const double seconds = seconds_since(begin);
  std::ranges::sort(latencies);
  const auto at = [&](double share) {
    return 1000 * latencies[static_cast<std::size_t>(share * static_cast<double>(latencies.size() - 1))];
  };
  return {{"reports", latencies.size()},
          {"seconds", seconds},
          {"p50_ms", at(0.5)},
          {"p99_ms", at(0.99)},
          {"max_ms", at(1)}};
}

void wait_for_line() {
  while (true) {
    const int c = std::getchar();
    if (c == '\n' || c == EOF) return;
  }
}

void say(const json::Object& object) {
  std::printf("%s\n", json::compact(object).c_str());
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::fprintf(stderr, "usage: bench_load PORT CA_FILE DEVICES_JSONL SESSIONS idle|saturate|rate …\n");
    return 2;
  }
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  const bench::Target target{static_cast<std::uint16_t>(std::atoi(argv[1])), argv[2]};
  const std::string_view mode = argv[5];
  if ((mode == "idle" ? 6 : 9) != argc) return 2;
  Load load(target, read_devices(argv[3], std::strtoul(argv[4], nullptr, 10)));
  const auto begin = Steady::now();
  load.connect_all();
  say({{"online", load.size()}, {"seconds", seconds_since(begin)}});
  wait_for_line();
  if (mode == "saturate")
    say(saturate(load, std::strtoul(argv[6], nullptr, 10), std::strtoull(argv[7], nullptr, 10), argv[8]));
  if (mode == "rate") say(at_rate(load, std::strtod(argv[6], nullptr), std::strtod(argv[7], nullptr), argv[8]));
  wait_for_line();
  return 0;
}
