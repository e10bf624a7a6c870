// ledger_sample <directory> <out>: writes a ledger of two fleets, and into <out> the checkpoints on the way
// ("checkpoint-<size>") and some proofs ("<number>.tlog-proof"), for other programs to verify.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <future>
#include <string>

#include "ledger/ledger.h"

namespace {

using namespace outrider;

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

Result<void> make(const std::filesystem::path& directory, const std::filesystem::path& out) {
  ledger::Options options;
  options.directory = directory;
  options.server_name = "conformance.example";
  options.checkpoint_interval = std::chrono::hours{1};
  options.segment_bytes = 1U << 20U;
  TRY(auto log, ledger::Ledger::open(options));
  const FleetId north("north");
  CHECK(log->create_fleet(north));
  CHECK(log->create_fleet(FleetId("empty")));
  std::filesystem::create_directories(out);
  std::uint64_t size = 0;
  // Around the edges of tiles, and past the first full tile of level 1.
  for (const std::uint64_t until : {1U, 2U, 7U, 255U, 256U, 257U, 600U, 65'535U, 65'536U, 66'100U}) {
    for (; size < until; ++size) {
      ledger::Draft draft{1,
                          north,
                          {ledger::SubjectKind::device, "t-" + std::to_string(size % 50)},
                          "text/plain",
                          to_bytes(as_bytes("entry " + std::to_string(size))),
                          size % 10 == 3 ? ledger::Privacy::personal : ledger::Privacy::open};
      if (size + 1 == until) {
        CHECK(log->append_and_wait(std::move(draft)));
      } else {
        log->append(std::move(draft), [](const Result<std::uint64_t>&) {});
      }
    }
    TRY(auto checkpoint, log->publish(north));
    write(out / ("checkpoint-" + std::to_string(size)), checkpoint);
  }
  for (const std::uint64_t number : {0U, 3U, 255U, 256U, 65'535U, 65'536U, 66'099U}) {
    TRY(auto proof, log->prove(north, number));
    write(out / (std::to_string(number) + ".tlog-proof"), proof);
  }
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  if (auto made = make(argv[1], argv[2]); !made) {
    std::fprintf(stderr, "%s\n", made.error().text().c_str());
    return 1;
  }
  return 0;
}
