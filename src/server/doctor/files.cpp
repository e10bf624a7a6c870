// Who may read and write what the server keeps. The data directory as a whole is closed to others; inside it, files
// with secrets are closed by themselves too, for the day when somebody opens or copies the directory.
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "server/doctor/checks.h"

namespace outrider::server::doctor {
namespace {

constexpr std::size_t looked_at_max = 200'000;  // files; tiles, which are public, are not among them
constexpr std::size_t shown_max = 20;

struct Walk {
  const Patient& patient;
  Findings& found;
  uid_t owner = 0;
  std::size_t looked_at = 0;
  std::size_t wrong = 0;

  bool full() const { return looked_at >= looked_at_max || wrong >= shown_max; }
};

bool is_secret(const Patient& patient, const std::filesystem::path& path) {
  if (path.extension() == ".key" || path.extension() == ".uri" || path == patient.paths.admin_token()) return true;
  const auto below = path.lexically_relative(patient.paths.ledger()).string();
  if (below.starts_with("_keys/") || below.ends_with("/keyring")) return true;
  return path.parent_path() == patient.paths.database().parent_path();
}

void look_at(Walk& walk, const std::filesystem::path& path, const struct stat& info) {
  const std::string name = path.string();
  if (S_ISLNK(info.st_mode)) {
    ++walk.wrong;
    return walk.found.warning(
        fmt::format("{} is a symbolic link", name),
        "the server makes none; what it leads to can be changed by others, and is not in a backup",
        fmt::format("ls -l {0}; put the file itself there", name));
  }
  if (info.st_uid != walk.owner) {
    ++walk.wrong;
    walk.found.problem(
        fmt::format("{} belongs to user {}, the data directory to user {}", name, info.st_uid, walk.owner),
        "the server cannot replace or remove it; a command was probably run as another user",
        fmt::format("chown --reference={} {}", walk.patient.paths.root.string(), name));
  }
  if ((info.st_mode & 002U) != 0) {
    ++walk.wrong;
    walk.found.problem(fmt::format("{} can be written by everybody (mode {:04o})", name, info.st_mode & 07777U),
                       "whoever has an account on this machine can change it", fmt::format("chmod o-w {}", name));
  } else if (S_ISREG(info.st_mode) && (info.st_mode & 077U) != 0 && is_secret(walk.patient, path)) {
    ++walk.wrong;
    walk.found.problem(fmt::format("{} can be read by others (mode {:04o})", name, info.st_mode & 07777U),
                       "it holds a secret, or what is encrypted with one; the server refuses keys that others may read",
                       fmt::format("chmod 600 {}; if anybody has read it, replace the key", name));
  }
}

void walk_into(Walk& walk, const std::filesystem::path& directory) {
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    if (walk.full()) return;
    struct stat info{};
    if (::lstat(at->path().c_str(), &info) != 0) continue;  // gone meanwhile
    ++walk.looked_at;
    look_at(walk, at->path(), info);
    // A fleet's tiles are public and may be millions.
    if (S_ISDIR(info.st_mode) && at->path().filename() != "tile") walk_into(walk, at->path());
  }
  if (error)
    walk.found.problem(system_error("look into", directory.string(), error.value()).text(),
                       "its files could not be looked at", "run the doctor as the owner of the data directory");
}

}  // namespace

void check_directory(const Patient& patient, Findings& found) {
  const std::string name = patient.paths.root.string();
  struct stat info{};
  if (::stat(name.c_str(), &info) != 0) {
    if (errno == ENOENT)
      return found.note(fmt::format("{} does not exist", name), "nothing has been started here yet",
                        "outrider serve makes it; or say which one is meant with --data or --config");
    return found.problem(system_error("look at", name, errno).text(), "the server cannot use it",
                         "run the doctor and the server as the owner of the data directory");
  }
  if (!S_ISDIR(info.st_mode))
    return found.problem(fmt::format("{} is not a directory", name), "the server keeps everything in it",
                         "move it away, or set data to another path");
  if ((info.st_mode & 077U) != 0)
    found.problem(fmt::format("{} is open to other users (mode {:04o})", name, info.st_mode & 07777U),
                  "keys and personal readings lie in it", fmt::format("chmod 700 {}", name));
  if (info.st_uid != patient.vitals.user && patient.vitals.user != 0)
    found.warning(fmt::format("{} belongs to user {}, you are {}", name, info.st_uid, patient.vitals.user),
                  "what only its owner may read cannot be looked at",
                  fmt::format("sudo -u '#{}' outrider doctor", info.st_uid));
}

void check_files(const Patient& patient, Findings& found) {
  struct stat root{};
  if (::stat(patient.paths.root.c_str(), &root) != 0 || !S_ISDIR(root.st_mode)) return;  // check_directory says so
  Walk walk{.patient = patient, .found = found, .owner = root.st_uid};
  walk_into(walk, patient.paths.root);
  if (walk.wrong >= shown_max)
    found.note(fmt::format("stopped after {} files with something wrong", shown_max),
               "there are probably more of the same kind", "correct these and look again");
}

}  // namespace outrider::server::doctor
