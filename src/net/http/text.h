#pragma once
// Heads of HTTP/1.1 messages as text; for the sources of this room only.
#include <string>
#include <string_view>

#include "base/result.h"
#include "net/http/http.h"

namespace outrider::net {

// RFC 9110 section 15: "Not Found". Empty for a status it does not name.
std::string_view reason_phrase(int status);

// How the receiver finds the end of a body.
enum class BodyFraming : unsigned char { none, length, chunked, until_close };

// Status line, headers, framing and empty line. Headers that this room decides itself (Content-Length,
// Transfer-Encoding, Connection) are dropped from `response`, and so is any whose name or value would break the lines.
std::string response_head(const HttpResponse& response, BodyFraming framing, bool keep_alive);
// The same for a request. `host`: value of the Host header. Fails (malformed) when method or a header would break the
// lines.
Result<std::string> request_head(const HttpRequest& request, std::string_view host, std::string_view bearer);

// One chunk of a chunked body (RFC 9112 section 7.1); an empty one ends it.
std::string chunk(std::string_view data);

}  // namespace outrider::net
