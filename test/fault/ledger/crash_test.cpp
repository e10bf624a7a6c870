// kill -9 of a process that appends as fast as it can, again and again on one directory: whatever it reported as
// acknowledged is there afterwards, in its place, and nothing is there that it never appended.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <map>
#include <random>
#include <set>

#include "ledger/ledger.h"
#include "ledger/testing/test_directory.h"

namespace outrider::ledger {
namespace {

constexpr int rounds = 50;
const FleetId north{"north"};

struct Acknowledged {
  std::uint32_t round = 0;
  std::uint32_t sequence = 0;
  std::uint64_t number = 0;
};
static_assert(sizeof(Acknowledged) < 512);  // PIPE_BUF: a write of it is whole or absent

std::string payload_of(std::uint32_t round, std::uint32_t sequence) {
  return std::to_string(round) + "." + std::to_string(sequence) + std::string(sequence % 700, '.');
}

// Never returns: appends until it is killed.
[[noreturn]] void append_for_ever(const Options& options, std::uint32_t round, int pipe) {
  auto opened = Ledger::open(options);
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().text().c_str());
    ::_exit(3);
  }
  auto& ledger = **opened;
  if (ledger.fleets().empty() && !ledger.create_fleet(north)) ::_exit(4);
  constexpr std::uint32_t in_flight_max = 64;
  std::atomic<std::uint32_t> answered{0};
  for (std::uint32_t sequence = 0;; ++sequence) {
    while (sequence - answered.load() >= in_flight_max) ::usleep(50);
    const auto privacy = sequence % 5 == 0 ? Privacy::personal : Privacy::open;
    ledger.append(draft("north", "t-" + std::to_string(sequence % 3), payload_of(round, sequence), privacy),
                  [&answered, pipe, round, sequence](const Result<std::uint64_t>& number) {
                    ++answered;
                    if (!number) {
                      std::fprintf(stderr, "%s\n", number.error().text().c_str());
                      ::_exit(5);
                    }
                    const Acknowledged said{round, sequence, *number};
                    if (::write(pipe, &said, sizeof(said)) != sizeof(said)) ::_exit(6);
                  });
  }
}

TEST(Crash, NothingAcknowledgedIsLostAndNothingInventedByKillingTheProcessAtRandomPoints) {
  const TestDirectory directory;
  Options options = directory.options();
  options.checkpoint_interval = std::chrono::milliseconds{5};  // crashes in the middle of publishing too
  std::map<std::uint64_t, std::string> acknowledged;
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  for (std::uint32_t round = 0; round < rounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) append_for_ever(options, round, ends[1]);
    ::close(ends[1]);
    // The point of the kill is a number of acknowledgements and then some microseconds.
    const auto patience = std::uniform_int_distribution<unsigned>(0, 150)(random);
    Acknowledged said;
    for (unsigned i = 0; i < patience && ::read(ends[0], &said, sizeof(said)) == sizeof(said); ++i) {
      acknowledged[said.number] = payload_of(said.round, said.sequence);
    }
    ::usleep(std::uniform_int_distribution<unsigned>(0, 5000)(random));
    ::kill(child, SIGKILL);
    while (::read(ends[0], &said, sizeof(said)) == sizeof(said))
      acknowledged[said.number] = payload_of(said.round, said.sequence);
    ::close(ends[0]);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "round " << round << ": exit " << WEXITSTATUS(status);
  }
  auto opened = Ledger::open(options);
  ASSERT_TRUE(opened) << opened.error().text();
  const auto entries = (*opened)->read(north, 0, 1'000'000);
  ASSERT_TRUE(entries) << entries.error().text();
  std::set<std::string> seen;
  for (const Entry& entry : *entries) {
    const std::string payload(as_text(entry.payload));
    ASSERT_TRUE(seen.insert(payload).second) << "twice: " << payload;
    const auto said = acknowledged.find(entry.number);
    if (said != acknowledged.end()) ASSERT_EQ(said->second, payload) << "entry " << entry.number;
    unsigned round = 0;
    unsigned sequence = 0;
    ASSERT_EQ(std::sscanf(payload.c_str(), "%u.%u", &round, &sequence), 2) << payload;
    ASSERT_EQ(payload, payload_of(round, sequence)) << "nobody appended this";
  }
  ASSERT_FALSE(acknowledged.empty());
  ASSERT_GT(entries->size(), acknowledged.rbegin()->first);
  opened->reset();
  const auto report = verify(options.directory);
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->problems.front();
  std::printf("%zu acknowledged, %zu durable\n", acknowledged.size(), entries->size());
}

}  // namespace
}  // namespace outrider::ledger
