// The `outrider` command.
#include <cstdio>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

#include "base/time.h"
#include "cli/app.h"
#include "cli/remote/connect.h"

int main(int argc, char** argv) {
  // Only what should not happen (no memory left, a bug) comes here as an exception.
  try {
    const std::vector<std::string> words(argv + 1, argv + std::max(argc, 1));
    outrider::cli::Output output(std::cout, std::cerr, outrider::cli::Terminal::of_process());
    return static_cast<int>(outrider::cli::run(words, output, outrider::cli::connect, outrider::system_clock()));
  } catch (const std::exception& error) {
    std::fprintf(stderr, "outrider: internal error: %s\n", error.what());
    return static_cast<int>(outrider::cli::Exit::failed);
  }
}
