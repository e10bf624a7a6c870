#pragma once
// A blocking socket for tests: says exactly the bytes it is told, whatever protocol they break.
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/file.h"

namespace outrider::net::testing {

class RawSocket {
 public:
  explicit RawSocket(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  explicit RawSocket(const std::filesystem::path& path) : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(address.sun_path, sizeof address.sun_path - 1);
    connected_ = ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  bool connected() const { return connected_; }
  int fd() const { return fd_.get(); }
  bool say(std::string_view text) {
    return ::send(fd_.get(), text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
  }
  void end() { ::shutdown(fd_.get(), SHUT_WR); }

  // Everything up to the peer's end, or what came within the time. `ended` says which.
  std::string hear(std::chrono::milliseconds deadline = std::chrono::seconds{20}) {
    std::string out;
    while (hear_some(out, deadline)) {
    }
    return out;
  }
  // Reads until the text has been heard; false at the end or the deadline.
  bool hear_until(std::string_view text, std::string& heard,
                  std::chrono::milliseconds deadline = std::chrono::seconds{20}) {
    while (!heard.contains(text))
      if (!hear_some(heard, deadline)) return false;
    return true;
  }
  bool ended() const { return ended_; }

 private:
  bool hear_some(std::string& out, std::chrono::milliseconds deadline) {
    pollfd wait{fd_.get(), POLLIN, 0};
    if (::poll(&wait, 1, static_cast<int>(deadline.count())) <= 0) return false;
    char buffer[4096];
    const ssize_t count = ::recv(fd_.get(), buffer, sizeof buffer, 0);
    ended_ = count <= 0;
    if (ended_) return false;
    out.append(buffer, static_cast<std::size_t>(count));
    return true;
  }

  UniqueFd fd_;
  bool connected_ = false;
  bool ended_ = false;
};

}  // namespace outrider::net::testing
