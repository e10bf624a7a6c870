#include "net/accept/listener.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"

namespace outrider::net {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

std::unexpected<Error> failed(const std::string& what, const error_code& error) {
  const Errc code = error == asio::error::address_in_use ? Errc::conflict : Errc::unavailable;
  return fail(code, "listen", "listen on " + what + ": " + error.message());
}

// The directory is what keeps others out: between bind() and chmod() the socket itself could be open to them.
Result<void> check_directory(const std::filesystem::path& directory) {
  if (!std::filesystem::exists(directory)) CHECK(make_directories(directory, 0700));
  struct stat info{};
  if (::lstat(directory.c_str(), &info) != 0) return std::unexpected(system_error("stat", directory.string(), errno));
  if (!S_ISDIR(info.st_mode)) return fail(Errc::conflict, "bad-directory", directory.string() + " is not a directory");
  if (info.st_uid != ::geteuid())
    return fail(Errc::forbidden, "bad-directory", directory.string() + " belongs to another user");
  if ((info.st_mode & 077U) != 0)
    return fail(Errc::forbidden, "bad-directory", directory.string() + " is open to others; it must have mode 0700");
  return {};
}

// A socket nobody answers on is left over from a server that died.
Result<void> remove_stale(const std::filesystem::path& path) {
  struct stat info{};
  if (::lstat(path.c_str(), &info) != 0) {
    if (errno == ENOENT) return {};
    return std::unexpected(system_error("stat", path.string(), errno));
  }
  if (!S_ISSOCK(info.st_mode))
    return fail(Errc::conflict, "not-a-socket", path.string() + " exists and is not a socket");
  const UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
    return fail(Errc::conflict, "in-use", "a server is running on " + path.string());
  if (errno != ECONNREFUSED) return std::unexpected(system_error("connect", path.string(), errno));
  if (::unlink(path.c_str()) != 0) return std::unexpected(system_error("remove", path.string(), errno));
  return {};
}

}  // namespace

Result<asio::ip::tcp::endpoint> parse_endpoint(const std::string& address, std::uint16_t port) {
  error_code error;
  const auto ip = asio::ip::make_address(address, error);
  if (error) return fail(Errc::malformed, "bad-address", "'" + address + "' is not an IP address");
  return asio::ip::tcp::endpoint(ip, port);
}

Result<TcpAcceptor> listen_tcp(Loop& loop, const asio::ip::tcp::endpoint& endpoint) {
  TcpAcceptor acceptor(loop.executor());
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(listen_backlog, error);
  if (error) return failed(endpoint.address().to_string() + " port " + std::to_string(endpoint.port()), error);
  return acceptor;
}

Result<LocalAcceptor> listen_unix(Loop& loop, const std::filesystem::path& path) {
  if (path.native().size() >= sizeof(sockaddr_un::sun_path))
    return fail(Errc::too_large, "path-too-long", "socket path too long for the system: " + path.string());
  CHECK(check_directory(path.parent_path()));
  CHECK(remove_stale(path));
  LocalAcceptor acceptor(loop.executor());
  error_code error;
  const asio::local::stream_protocol::endpoint endpoint(path.native());
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.bind(endpoint, error);
  if (error) return failed(path.string(), error);
  if (::chmod(path.c_str(), 0600) != 0) return std::unexpected(system_error("chmod", path.string(), errno));
  acceptor.listen(listen_backlog, error);
  if (error) return failed(path.string(), error);
  return acceptor;
}

}  // namespace outrider::net
