#pragma once
// Other programs of ours, started and ended by process id.
#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace outrider::cli {

struct ChildOptions {
  std::filesystem::path program;
  std::vector<std::string> arguments;
  std::map<std::string, std::string> environment;  // added to ours
  std::filesystem::path log;                       // standard error goes to its end, and so does standard output …
  std::filesystem::path output;                    // … unless this is set: a file that is begun anew
};

// A running program. It gets SIGTERM when we die, however we die, and does not hear the terminal's Ctrl-C: its parent
// decides about the order of things. The destructor ends it. One thread: the one that started it must live on.
class Child {
 public:
  static Result<Child> start(const ChildOptions& options);
  Child(Child&& other) noexcept;
  Child& operator=(Child&&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  bool running();
  // Asks it to end and waits; kills it after `patience`. An error says how it ended when that was not well.
  Result<void> stop(std::chrono::milliseconds patience);
  // How it ended, for people: "exit status 1", "killed by signal 9 (Killed)". Empty while it runs.
  std::string ending() const;
  // The error for a child that ended by itself: how, and the last lines of its log.
  Error death(std::string_view name) const;

 private:
  Child(pid_t pid, std::filesystem::path log) : pid_(pid), log_(std::move(log)) {}
  bool wait_until(std::chrono::steady_clock::time_point deadline);

  pid_t pid_ = -1;
  std::filesystem::path log_;
  std::optional<int> status_;  // of waitpid, once it has ended
};

// The end of a text file: at most `lines` lines.
std::string last_lines(const std::filesystem::path& file, std::size_t lines);

// The program that runs now, and another one of ours: beside it, in the build tree, or in PATH.
Result<std::filesystem::path> own_program();
Result<std::filesystem::path> find_program(const std::filesystem::path& own, const std::string& name,
                                           const std::filesystem::path& in_build_tree);

}  // namespace outrider::cli
