"""The include check itself must be able to fail."""
import pathlib
import tempfile
import unittest

import check_rooms

TABLE = "base src/base 0\nwire src/wire 1\ncrypto src/crypto 1\nsim sim 7 base\n"


class CheckRooms(unittest.TestCase):
    def found(self, file, include):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, file)
            path.parent.mkdir(parents=True)
            path.write_text(f'#include <vector>\n#include "{include}"\n', encoding="utf-8")
            return list(check_rooms.trespasses(check_rooms.read_table(TABLE), folder))

    def test_downward_and_own_room_are_fine(self):
        self.assertEqual(self.found("src/wire/a.h", "base/bytes.h"), [])
        self.assertEqual(self.found("src/wire/mqtt/a.cpp", "wire/mqtt/a.h"), [])

    def test_upward_is_found_with_file_and_line(self):
        self.assertIn("src/base/a.h:2: base (floor 0) includes upward: wire", self.found("src/base/a.h", "wire/a.h")[0])

    def test_sideways_is_found(self):
        self.assertIn("includes sideways", self.found("src/wire/a.h", "crypto/a.h")[0])

    def test_a_confined_room_may_not_reach_lower_rooms_it_was_not_given(self):
        self.assertIn("may include only base", self.found("sim/a.h", "wire/a.h")[0])

    def test_a_path_that_names_no_room_is_found(self):
        self.assertIn("names no room", self.found("src/wire/a.h", "a.h")[0])


if __name__ == "__main__":
    unittest.main()
