"""The map of cells as an operator meets it: begun with a public list, learnt from devices, and what speaks against a cell."""
import json
import unittest

import outrider

LIST = "radio,mcc,mnc,lac,cell,lat,lon,range,samples,updated\nLTE,262,2,4711,26180097,53.55,9.99,1800,40,1481599036\n" \
       "GSM,262,2,4711,77,53.56,9.98,1000,3,0\n"


class Cells(outrider.ServerCase):
    def listed(self, name, text):
        path = f"{self.folder}/{name}"
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_public_list_is_imported_as_entries_and_survives_kill_9(self):
        bad = self.server.run("cell", "import", self.listed("bad.csv", LIST + "LTE,262,2,4711,0,53.55,9.99,1,1,1\n"), "--json",
                              check=False)
        self.assertNotEqual(bad.returncode, 0)
        refused = json.loads(bad.stderr)["error"]
        self.assertEqual(refused["reason"], "bad-cell-list")
        self.assertIn("line 4", bad.stderr)
        path = self.listed("262.csv", LIST)
        self.assertEqual(self.server.json("cell", "import", path, "--dry-run")["cells"], 2)
        self.assertEqual(self.entries("cells.imported"), [])
        self.assertEqual(self.server.json("cell", "import", path)["cells"], 2)
        imported = self.entries("cells.imported")
        self.assertEqual(len(imported), 1)
        self.assertIn("LTE,262,2,4711,26180097,53.550000,9.990000,1800,40", imported[0]["payload"]["list"])

        self.server.kill()
        self.server.start()
        self.wait_until_read()
        self.assertEqual({cell["cell"] for cell in self.server.json("cell", "list", "--state", "listed")},
                         {"262-2-4711-26180097", "262-2-4711-77"})
        shown = self.server.json("cell", "show", "262-2-4711-77")
        self.assertEqual((shown["radio"], shown["state"], shown["against"]), ("gsm", "listed", 0))
        self.assertIn("learnt from", self.server.run("cell", "show", "262-2-4711-77").stdout)
        unknown = self.server.run("cell", "show", "262-2-4711-78", "--json", check=False)
        self.assertEqual(json.loads(unknown.stderr)["error"]["reason"], "no-such-cell")
        wrong = self.server.run("cell", "show", "262-2-4711", "--json", check=False)
        self.assertEqual(json.loads(wrong.stderr)["error"]["reason"], "bad-cell")

    def wait_until_read(self):
        """Until detection has read all that is there."""
        for _ in range(1000):
            if self.server.json("detect", "status")["behind"] == 0:
                return
        self.fail(self.server.log_tail())

    def test_what_a_device_sees_of_a_cell_is_shown_against_it(self):
        self.enrol("t-1")
        report = [{"n": "lat", "u": "lat", "v": 53.55}, {"n": "lon", "u": "lon", "v": 9.99}, {"n": "rat", "vs": "lte"},
                  {"n": "mcc", "v": 262}, {"n": "mnc", "v": 2}, {"n": "tac", "v": 9}, {"n": "cell", "v": 666},
                  {"n": "cipher", "vs": "eea0"}, {"n": "identity_request", "vb": True}]
        self.mosquitto("mosquitto_pub", "t-1", f"-V 5 -q 1 -t d/me/telemetry -m '{json.dumps(report)}'")
        self.wait_until_read()
        shown = self.server.json("cell", "show", "262-2-9-666")
        self.assertEqual(shown["state"], "suspect")
        self.assertEqual([sign["sign"] for sign in shown["signs"]], ["cipher", "identity"])
        spoken = self.entries("telemetry", shown["entries"][0])[0]
        self.assertEqual(spoken["subject"]["id"], "t-1")
        self.assertEqual([cell["cell"] for cell in self.server.json("cell", "list", "--state", "suspect")], ["262-2-9-666"])
        self.assertIn("cipher", self.server.run("cell", "show", "262-2-9-666").stdout)


if __name__ == "__main__":
    unittest.main()
