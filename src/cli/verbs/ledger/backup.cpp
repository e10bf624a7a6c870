#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/file.h"
#include "cli/command/context.h"
#include "cli/command/exit.h"
#include "cli/output/age.h"
#include "cli/output/escape.h"
#include "cli/verbs/verbs.h"
#include "server/server.h"

namespace outrider::cli {
namespace {

// A tar archive ends with two blocks of zeros (POSIX.1-1988 ustar): one that was cut short does not.
constexpr std::size_t tar_end_bytes = 1024;

// A new file that gets its name only once it is whole.
class PartialFile {
 public:
  static Result<PartialFile> create(const std::string& path) {
    std::error_code error;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, error))) {
      return fail(Errc::conflict, "file-exists", fmt::format("{} exists already", path));
    }
    PartialFile out(path);
    out.file_ = UniqueFd(::open(out.partial_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!out.file_) return std::unexpected(system_error("create", out.partial_, errno));
    return out;
  }
  PartialFile(PartialFile&&) = default;
  PartialFile& operator=(PartialFile&&) = delete;
  ~PartialFile() {
    if (file_) ::unlink(partial_.c_str());
  }

  Result<void> write(std::string_view piece) {
    CHECK(write_all(file_.get(), as_bytes(piece), partial_));
    bytes_ += piece.size();
    for (const char c : piece.substr(piece.size() - std::min(piece.size(), tar_end_bytes)))
      zeros_ = c == '\0' ? zeros_ + 1 : 0;
    return {};
  }

  Result<void> finish() {
    if (zeros_ < tar_end_bytes)
      return fail(Errc::unavailable, "cut-off", "the server ended before the backup was whole");
    if (::fsync(file_.get()) != 0) return std::unexpected(system_error("sync", partial_, errno));
    // A hard link, unlike a rename, never replaces a file that came up meanwhile.
    if (::link(partial_.c_str(), path_.c_str()) != 0) return std::unexpected(system_error("create", path_, errno));
    ::unlink(partial_.c_str());
    file_.reset();
    const auto parent = std::filesystem::path(path_).parent_path();
    return sync_directory(parent.empty() ? "." : parent);
  }

  std::uint64_t bytes() const { return bytes_; }

 private:
  explicit PartialFile(const std::string& path) : path_(path), partial_(path + ".partial") {}
  std::string path_;
  std::string partial_;
  UniqueFd file_;
  std::uint64_t bytes_ = 0;
  std::size_t zeros_ = 0;  // how many zeros the file ends with
};

Result<void> backup(Context& context) {
  const std::string path(context.args.text("output"));
  TRY(Api * server, context.api());
  TRY(auto file, PartialFile::create(path));
  net::HttpRequest request;
  request.method = "POST";
  request.path = path_of("backup");
  CHECK(server->download(std::move(request), [&](std::string_view piece) { return file.write(piece); }));
  CHECK(file.finish());
  if (context.json()) {
    context.out.value(json::Object{{"file", path}, {"bytes", file.bytes()}});
  } else {
    context.out.line(fmt::format("Wrote {} ({}). It holds the keys of your CAs: guard it like them.", escape(path),
                                 bytes_text(file.bytes())));
  }
  return {};
}

Result<server::RestoreReport> unpack(Context& context, const std::filesystem::path& archive,
                                     const std::filesystem::path& into) {
  Progress bar(context.out, "restoring");
  return server::restore(archive, into,
                         [&](std::string_view, std::uint64_t done, std::uint64_t total) { bar.update(done, total); });
}

Result<void> check_empty(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::exists(directory, error) && !std::filesystem::is_empty(directory, error)) {
    return fail(Errc::conflict, "not-empty",
                fmt::format("{} is not empty; restore goes into a new directory", directory.string()));
  }
  if (error) return fail(Errc::unavailable, "directory", fmt::format("{}: {}", directory.string(), error.message()));
  return {};
}

Result<void> restore(Context& context) {
  const std::filesystem::path archive(std::string(context.args.text("FILE")));
  const std::filesystem::path target(std::string(context.args.text("data")));
  CHECK(check_empty(target));
  std::filesystem::path into = target;
  if (context.dry_run()) {
    // Beside the target, where there is as much room as there will be.
    into += fmt::format(".dry-run-{}", ::getpid());
  }
  auto report = unpack(context, archive, into);
  if (context.dry_run()) {
    std::error_code ignored;
    std::filesystem::remove_all(into, ignored);
  }
  if (!report) return std::unexpected(std::move(report).error());
  if (context.json()) {
    context.out.value(json::Object{{"files", report->files},
                                   {"bytes", report->bytes},
                                   {"entries", report->entries},
                                   {"ok", report->problems.empty()},
                                   {"problems", json::from(report->problems)},
                                   {"dry_run", context.dry_run()}});
  } else {
    for (const std::string& problem : report->problems) context.out.line(escape(problem));
    context.out.line(fmt::format(
        "{} {} files ({}) with {} entries{}.", context.dry_run() ? "Would restore" : "Restored", grouped(report->files),
        bytes_text(report->bytes), grouped(report->entries), report->problems.empty() ? ", all verified" : ""));
    if (!context.dry_run()) context.out.note(fmt::format("Start it: outrider serve --data {}", target.string()));
  }
  if (report->problems.empty()) return {};
  return fail(Errc::corrupt, std::string(reason_verification), "the ledger in the backup is not sound");
}

}  // namespace

std::vector<Command> backup_commands() {
  return {
      {.path = "backup",
       .summary = "Write a consistent copy of a running server's data to a file",
       .about = "A tar archive, mode 0600, of what cannot be rebuilt: ledger, CA keys, data keys. The file must not "
                "exist yet and "
                "gets its name only once it is whole.",
       .arguments = {},
       .options = {{"output", "FILE", "the new archive", "", true}},
       .examples = {{"every night", "outrider backup --output \"/backup/outrider-$(date +%F).tar\""}},
       .traits = {.remote = true},
       .run = backup},
      {.path = "restore",
       .summary = "Unpack a backup into a new data directory and verify it",
       .about = "No server may run there. Afterwards every entry is verified; what the backup does not hold (the "
                "database) is "
                "rebuilt at the first start. With --dry-run it is unpacked beside the directory, verified and removed "
                "again.",
       .arguments = {{"FILE", "the archive"}},
       .options = {{"data", "DIR", "the data directory to make; must not exist or be empty", "", true}},
       .examples = {{"is the backup any good?", "outrider restore outrider.tar --data /var/lib/outrider.new --dry-run"},
                    {"bring it back", "outrider restore outrider.tar --data /var/lib/outrider.new"}},
       .traits = {.mutates = true},
       .run = restore},
  };
}

}  // namespace outrider::cli
