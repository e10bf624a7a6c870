#pragma once
// Playbooks, responses and actuations as the API shows them. Private to the folder.
#include "respond/responder.h"

namespace outrider::api {

json::Object view_of(const respond::Playbook& playbook);
json::Object view_of(const respond::Response& response);
json::Object view_of(const respond::Actuation& actuation);

}  // namespace outrider::api
