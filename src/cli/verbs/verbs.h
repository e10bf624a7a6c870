#pragma once
// Each source below this folder gives the commands of one noun; command/tree.cpp collects them.
#include <vector>

#include "cli/command/command.h"

namespace outrider::cli {

std::vector<Command> quickstart_commands();
std::vector<Command> serve_commands();
std::vector<Command> status_commands();
std::vector<Command> doctor_commands();
std::vector<Command> config_commands();
std::vector<Command> fleet_commands();
std::vector<Command> profile_commands();
std::vector<Command> device_commands();
std::vector<Command> application_commands();
std::vector<Command> why_commands();
std::vector<Command> identity_commands();
std::vector<Command> ca_commands();
std::vector<Command> anchor_commands();
std::vector<Command> enrolment_commands();
std::vector<Command> history_commands();
std::vector<Command> alert_commands();
std::vector<Command> maintenance_commands();
std::vector<Command> detect_commands();
std::vector<Command> route_commands();
std::vector<Command> fence_commands();
std::vector<Command> playbook_commands();
std::vector<Command> response_commands();
std::vector<Command> actuation_commands();
std::vector<Command> cell_commands();
std::vector<Command> tail_commands();
std::vector<Command> ledger_commands();
std::vector<Command> prove_commands();
std::vector<Command> verify_commands();
std::vector<Command> token_commands();
std::vector<Command> backup_commands();
std::vector<Command> shell_commands();  // completion, version

}  // namespace outrider::cli
