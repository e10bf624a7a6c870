#pragma once
// Where a command's words go: results to standard output, everything else (errors, notes, progress) to standard error,
// so that a pipe carries the result alone.
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/json.h"

namespace outrider::cli {

enum class Colour : unsigned char { none, red, green, yellow, cyan, bold, dim };

// What is known of the two streams.
struct Terminal {
  bool out_tty = false;
  bool err_tty = false;
  bool colour = false;      // allowed at all: NO_COLOR unset and TERM not "dumb"
  std::size_t columns = 0;  // of standard output; 0: unknown, never cut

  // Of this process (https://no-color.org).
  static Terminal of_process();
};

// Borrows its streams. One thread.
class Output {
 public:
  Output(std::ostream& out, std::ostream& err, Terminal terminal) : out_(out), err_(err), terminal_(terminal) {}

  const Terminal& terminal() const { return terminal_; }
  bool json() const { return json_; }
  void set_json(bool on) { json_ = on; }

  // A line of the result. The text is written as it is: escape what came from outside.
  void line(std::string_view text = {});
  // Text that ends itself (a file, a checkpoint).
  void text(std::string_view text);
  // One JSON document on one line.
  void value(const json::Value& value);
  void flush();

  // A remark for people on standard error; silent with --json.
  void note(std::string_view text);
  // "outrider: …" with its reason, or one JSON object with --json; on standard error.
  void error(const Error& error);

  // The text in that colour when standard output is a terminal that wants colours; unchanged otherwise.
  std::string paint(Colour colour, std::string_view text) const;

  std::ostream& err() { return err_; }

 private:
  std::ostream& out_;
  std::ostream& err_;
  Terminal terminal_;
  bool json_ = false;
};

// A long job's progress on standard error: a bar redrawn in place on a terminal, otherwise a line for every tenth done.
// Silent with --json unless standard error is a terminal.
class Progress {
 public:
  Progress(Output& output, std::string label);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void update(std::uint64_t done, std::uint64_t total);
  // Ends the bar's line; later updates do nothing.
  void finish();

 private:
  Output& output_;
  std::string label_;
  bool silent_;
  bool drawn_ = false;
  std::uint64_t last_tenth_ = 0;
  std::uint64_t last_percent_ = 101;
};

}  // namespace outrider::cli
