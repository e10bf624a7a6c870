#include "cli/quickstart/child.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <thread>
#include <utility>

#include "base/file.h"
#include "base/time.h"

extern char** environ;

namespace outrider::cli {
namespace {

constexpr auto look_interval = std::chrono::milliseconds{20};
constexpr int exec_failed_status = 127;  // as shells have it

// Everything fork's child needs, made before: between fork and exec only async-signal-safe calls are allowed.
struct Prepared {
  std::vector<std::string> words;
  std::vector<char*> argv;
  std::vector<char*> envp;
  UniqueFd input;
  UniqueFd log;
  UniqueFd output;
  pid_t parent = ::getpid();
};

Result<UniqueFd> open_file(const std::filesystem::path& path, int flags) {
  UniqueFd out(::open(path.c_str(), flags | O_CLOEXEC, 0600));
  if (!out) return std::unexpected(system_error("open", path.string(), errno));
  return out;
}

Result<Prepared> prepare(const ChildOptions& options) {
  Prepared out;
  TRY(out.input, open_file("/dev/null", O_RDONLY));
  TRY(out.log, open_file(options.log, O_WRONLY | O_CREAT | O_APPEND));
  if (!options.output.empty()) {
    TRY(out.output, open_file(options.output, O_WRONLY | O_CREAT | O_TRUNC));
  }
  out.words.push_back(options.program.string());
  out.words.insert(out.words.end(), options.arguments.begin(), options.arguments.end());
  const std::size_t arguments = out.words.size();
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view text(*each);
    if (!options.environment.contains(std::string(text.substr(0, text.find('='))))) out.words.emplace_back(text);
  }
  for (const auto& [name, value] : options.environment) out.words.push_back(name + "=" + value);
  for (std::size_t i = 0; i < out.words.size(); ++i)
    (i < arguments ? out.argv : out.envp).push_back(out.words[i].data());
  out.argv.push_back(nullptr);
  out.envp.push_back(nullptr);
  return out;
}

[[noreturn]] void become(const Prepared& prepared) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != prepared.parent) ::_exit(exec_failed_status);  // it died before it could be told to us
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int out = prepared.output ? prepared.output.get() : prepared.log.get();
  if (::dup2(prepared.input.get(), STDIN_FILENO) >= 0 && ::dup2(out, STDOUT_FILENO) >= 0 &&
      ::dup2(prepared.log.get(), STDERR_FILENO) >= 0) {
    ::execve(prepared.argv[0], prepared.argv.data(), prepared.envp.data());
  }
  ::_exit(exec_failed_status);
}

}  // namespace

Result<Child> Child::start(const ChildOptions& options) {
  if (::access(options.program.c_str(), X_OK) != 0)
    return std::unexpected(system_error("run", options.program.string(), errno));
  TRY(const auto prepared, prepare(options));
  const pid_t pid = ::fork();
  if (pid < 0) return std::unexpected(system_error("fork for", options.program.string(), errno));
  if (pid == 0) become(prepared);
  return Child(pid, options.log);
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), log_(std::move(other.log_)), status_(other.status_) {}

Child::~Child() {
  constexpr auto patience = std::chrono::seconds{30};  // a server drains for ten by default
  if (pid_ <= 0) return;
  // How it ends matters to nobody any more.
  [[maybe_unused]] const auto ended = stop(patience);
}

bool Child::running() {
  if (pid_ <= 0 || status_) return false;
  int status = 0;
  const pid_t found = ::waitpid(pid_, &status, WNOHANG);
  if (found == 0 || (found < 0 && errno == EINTR)) return true;
  status_ = found == pid_ ? status : 0;
  return false;
}

bool Child::wait_until(std::chrono::steady_clock::time_point deadline) {
  while (running()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    std::this_thread::sleep_for(look_interval);
  }
  return true;
}

Result<void> Child::stop(std::chrono::milliseconds patience) {
  if (running()) {
    ::kill(pid_, SIGTERM);
    if (!wait_until(std::chrono::steady_clock::now() + patience)) {
      ::kill(pid_, SIGKILL);
      wait_until(std::chrono::steady_clock::time_point::max());
      return fail(Errc::unavailable, "killed",
                  fmt::format("did not end within {} and was killed", format_duration(patience)));
    }
  }
  if (status_ && !(WIFEXITED(*status_) && WEXITSTATUS(*status_) == 0))
    return fail(Errc::unavailable, "child-failed", ending());
  return {};
}

std::string Child::ending() const {
  if (!status_) return {};
  if (WIFSIGNALED(*status_)) {
    return fmt::format("killed by signal {} ({})", WTERMSIG(*status_), ::strsignal(WTERMSIG(*status_)));
  }
  return fmt::format("exit status {}", WEXITSTATUS(*status_));
}

Error Child::death(std::string_view name) const {
  constexpr std::size_t lines_shown = 12;
  return {Errc::unavailable, "child-died",
          fmt::format("the {} ended by itself ({}). The end of {}:\n{}", name, ending(), log_.string(),
                      last_lines(log_, lines_shown))};
}

std::string last_lines(const std::filesystem::path& file, std::size_t lines) {
  constexpr off_t tail_bytes = 16L * 1024;
  UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return {};
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  const off_t from = size > tail_bytes ? size - tail_bytes : 0;
  std::string text(static_cast<std::size_t>(size - from), '\0');
  const ssize_t got = ::pread(fd.get(), text.data(), text.size(), from);
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  while (text.ends_with('\n')) text.pop_back();
  std::size_t begin = text.size();
  for (std::size_t i = 0; i < lines && begin != std::string::npos && begin != 0; ++i)
    begin = text.rfind('\n', begin - 1);
  return begin == std::string::npos || begin == 0 ? text : text.substr(begin + 1);
}

Result<std::filesystem::path> own_program() {
  std::error_code error;
  auto out = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return fail(Errc::internal, "no-own-path", "/proc/self/exe: " + error.message());
  return out;
}

Result<std::filesystem::path> find_program(const std::filesystem::path& own, const std::string& name,
                                           const std::filesystem::path& in_build_tree) {
  std::vector<std::filesystem::path> candidates{own.parent_path() / name, own.parent_path() / in_build_tree};
  if (const char* path = std::getenv("PATH"); path != nullptr) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      if (!folder.empty()) candidates.push_back(std::filesystem::path(folder) / name);
    }
  }
  for (const auto& candidate : candidates) {
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.lexically_normal();
  }
  return fail(Errc::not_found, "no-simulator",
              fmt::format("cannot find {}: neither beside {}, nor in the build tree, nor in PATH", name, own.string()));
}

}  // namespace outrider::cli
