// Durable appends a second at several numbers of appends in flight, each against its floor: a loop that writes batches
// of the same size to a reserved file and calls fdatasync, in the same run on the same disk.
//
//   bench_ledger_append [directory] [seconds per level]
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <semaphore>
#include <string>

#include "base/testing/temporary_directory.h"
#include "ledger/files/disk.h"
#include "ledger/ledger.h"
#include "ledger/wal/frame.h"

namespace {

using namespace outrider;
using Seconds = std::chrono::duration<double>;

constexpr std::size_t payload_bytes = 200;  // a SenML report of a tracker
constexpr int rounds = 3;  // the best of each, taken in turns: neighbours on the disk disturb both alike
constexpr std::ptrdiff_t in_flight_levels[] = {1, 16, 256, 4096};

double now() {
  return Seconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double cpu_seconds() {
  struct rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

// Counts what goes to the write-ahead log.
class CountingDisk final : public ledger::Disk {
 public:
  Result<void> write_at(int fd, ByteView bytes, std::uint64_t offset, std::string_view name) override {
    if (name.ends_with(".wal")) {
      ++batches;
      written += bytes.size();
    }
    return Disk::write_at(fd, bytes, offset, name);
  }
  std::atomic<std::uint64_t> batches{0};
  std::atomic<std::uint64_t> written{0};
};

struct Measured {
  double per_second = 0;
  double cpu_micros = 0;  // of the whole process, publishing included
  double entries_per_batch = 0;
  std::uint64_t batch_bytes = 0;
};

Result<Measured> appends(const std::filesystem::path& directory, std::ptrdiff_t in_flight, double seconds) {
  CountingDisk disk;
  ledger::Options options;
  options.directory = directory;
  options.disk = &disk;
  TRY(auto log, ledger::Ledger::open(options));
  const FleetId fleet("bench");
  CHECK(log->create_fleet(fleet));
  std::counting_semaphore<> room(in_flight);
  std::atomic<std::uint64_t> durable{0};
  std::atomic<bool> failed{false};
  const Bytes payload(payload_bytes, 'x');
  disk.batches = disk.written = 0;
  const double cpu = cpu_seconds();
  const double start = now();
  std::uint64_t sent = 0;
  while (now() - start < seconds && !failed) {
    room.acquire();
    ledger::Draft draft{1,
                        fleet,
                        {ledger::SubjectKind::device, fmt::format("t-{}", sent++ % 1000)},
                        "application/senml+json",
                        payload,
                        ledger::Privacy::open};
    log->append(std::move(draft), [&](const Result<std::uint64_t>& number) {
      if (number) ++durable;
      failed = failed || !number;
      room.release();
    });
  }
  for (std::ptrdiff_t i = 0; i < in_flight; ++i) room.acquire();
  const double elapsed = now() - start;
  const double used = cpu_seconds() - cpu;
  const auto count = static_cast<double>(durable.load());
  if (failed || log->durable(fleet) != durable.load()) return fail(Errc::internal, "an append failed");
  return Measured{count / elapsed, used / count * 1e6, count / static_cast<double>(disk.batches),
                  disk.written / disk.batches};
}

// Batches a second that the disk can take.
Result<double> floor_of(const std::filesystem::path& path, std::uint64_t batch_bytes, double seconds) {
  constexpr std::uint64_t file_bytes = 64U << 20U;
  ledger::Disk& disk = ledger::system_disk();
  const UniqueFd fd{::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)};
  CHECK(disk.reserve(fd.get(), file_bytes, "floor"));
  CHECK(disk.sync(fd.get(), "floor"));
  const Bytes batch(batch_bytes, 'x');
  std::uint64_t offset = 0;
  std::uint64_t count = 0;
  const double start = now();
  while (now() - start < seconds) {
    if (offset + batch_bytes > file_bytes) {  // fresh space, as a new segment is
      if (::ftruncate(fd.get(), 0) != 0) return fail(Errc::internal, "truncate");
      CHECK(disk.reserve(fd.get(), file_bytes, "floor"));
      CHECK(disk.sync(fd.get(), "floor"));
      offset = 0;
    }
    CHECK(disk.write_at(fd.get(), batch, offset, "floor"));
    CHECK(disk.sync(fd.get(), "floor"));
    offset += batch_bytes;
    ++count;
  }
  return static_cast<double>(count) / (now() - start);
}

Result<void> run(const std::filesystem::path& directory, double seconds) {
  for (const std::ptrdiff_t in_flight : in_flight_levels) {
    Measured best;
    double floor = 0;
    for (int round = 0; round < rounds; ++round) {
      const auto own = directory / fmt::format("ledger-{}-{}", in_flight, round);
      TRY(auto measured, appends(own, in_flight, seconds / rounds));
      TRY(auto batches, floor_of(directory / "floor", measured.batch_bytes, seconds / rounds));
      floor = std::max(floor, batches * measured.entries_per_batch);
      if (measured.per_second > best.per_second) best = measured;
      TRY(auto report, ledger::verify(own));
      if (!report.ok()) return fail(Errc::corrupt, report.problems.front());
      std::error_code ignored;
      std::filesystem::remove_all(own, ignored);
    }
    fmt::print(
        "ledger append: {:>4} in flight: {:>8.0f} durable/s, {:.2f} of the floor ({:.0f}/s), {:>5.1f} us CPU each, "
        "{:>6.1f} "
        "entries a batch\n",
        in_flight, best.per_second, best.per_second / floor, floor, best.cpu_micros, best.entries_per_batch);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  const testing_support::TemporaryDirectory made;
  const auto outcome = run(argc > 1 ? argv[1] : made.path(), argc > 2 ? std::atof(argv[2]) : 2.0);
  if (!outcome) fmt::print(stderr, "{}\n", outcome.error().text());
  return outcome ? 0 : 1;
}
