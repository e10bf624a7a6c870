#pragma once
// What a service manager wants to hear: sd_notify(3) without its library, which is one datagram.
#include <string_view>

namespace outrider::server {

// Sends e.g. "READY=1" to the socket in NOTIFY_SOCKET. Does nothing when there is none; a failure is not worth stopping
// for.
void notify_service_manager(std::string_view state);

}  // namespace outrider::server
