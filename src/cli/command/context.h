#pragma once
// What a command has in its hands while it runs.
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/command/args.h"
#include "cli/output/output.h"
#include "cli/remote/api.h"

namespace outrider::cli {

using Connect = std::function<Result<std::unique_ptr<Transport>>(const Args&)>;

class Context {
 public:
  Context(Args arguments, Output& output, Connect connect, const Clock& clock)
      : args(std::move(arguments)), out(output), clock_(clock), connect_(std::move(connect)) {}

  const Args args;
  Output& out;

  Timestamp now() const { return clock_.now(); }
  bool dry_run() const { return args.flag("dry-run"); }
  bool json() const { return out.json(); }

  // The server; connected to when first asked for.
  Result<Api*> api();
  // The fleet meant: --fleet, else the only one of the server; with several an error that lists them.
  Result<std::string> fleet();

 private:
  const Clock& clock_;
  Connect connect_;
  std::unique_ptr<Api> api_;
};

}  // namespace outrider::cli
