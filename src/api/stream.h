#pragma once
// Bodies that are made piece by piece on a worker.
#include "api/house.h"
#include "api/routing/workers.h"
#include "net/http/http.h"

namespace outrider::api {

// A failure after the first piece cannot become a status any more: it is logged and the body ends early, which each of
// our stream formats can tell from a proper end.
net::HttpResponse stream_of(Pieces pieces, std::string_view content_type, Workers& workers);

}  // namespace outrider::api
