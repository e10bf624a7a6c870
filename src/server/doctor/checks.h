#pragma once
// The checks by file; doctor.cpp has the table.
#include "server/doctor/doctor.h"

namespace outrider::server::doctor {

void check_settings(const Patient& patient, Findings& found);      // settings.cpp
void check_limits(const Patient& patient, Findings& found);        // settings.cpp
void check_lists(const Patient& patient, Findings& found);         // settings.cpp
void check_clock(const Patient& patient, Findings& found);         // clock.cpp
void check_clock_source(const Patient& patient, Findings& found);  // clock.cpp
void check_space(const Patient& patient, Findings& found);         // disk.cpp
void check_durability(const Patient& patient, Findings& found);    // disk.cpp
void check_directory(const Patient& patient, Findings& found);     // files.cpp
void check_files(const Patient& patient, Findings& found);         // files.cpp
void check_ports(const Patient& patient, Findings& found);         // ports.cpp
void check_server(const Patient& patient, Findings& found);        // ports.cpp
void check_keys(const Patient& patient, Findings& found);          // keys.cpp
void check_ledger(const Patient& patient, Findings& found);        // ledger.cpp
void check_anchor(const Patient& patient, Findings& found);        // anchor.cpp
void check_database(const Patient& patient, Findings& found);      // database.cpp
void check_detection(const Patient& patient, Findings& found);     // detection.cpp
void check_authorities(const Patient& patient, Findings& found);   // certificates.cpp
void check_certificate(const Patient& patient, Findings& found);   // certificates.cpp

}  // namespace outrider::server::doctor
