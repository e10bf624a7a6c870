"""Routes and fences as an operator meets them: a device that leaves them is an alert, alone; they stand over restarts; what is
no route or no fence is refused."""
import json
import os
import time
import unittest

import detection_test
import outrider
from detection_test import fix

YARD = (53.55, 9.99)


class Places(outrider.ServerCase):
    publish = detection_test.Detection.publish
    alert = detection_test.Detection.alert

    def file(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def setUp(self):
        super().setUp()
        self.add_profile("fleet-tracker", ("per_minute_max = 30", "per_minute_max = 6000"))

    def wait_for(self, what):
        """What detection has read is listed; the server waits for that itself, so once is enough unless it is slow."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            found = what()
            if found:
                return found
        return self.fail("did not come")

    def test_a_truck_beside_its_route_is_a_page(self):
        self.enrol("t-1")
        line = {"type": "LineString", "coordinates": [[9.99, 53.55 + 0.001 * i] for i in range(1001)]}
        path = self.file("north.geojson", json.dumps({"type": "Feature", "properties": {}, "geometry": line}))
        tried = self.server.json("route", "assign", "t-1", "--file", path, "--corridor", "2000", "--until", "14h", "--dry-run")
        self.assertTrue(tried["dry_run"])
        self.assertEqual(self.entries("route.assigned"), [])
        self.server.run("route", "assign", "t-1", "--file", path, "--corridor", "2000", "--until", "14h")
        route = self.server.json("route", "show", "t-1")
        self.assertEqual(len(route["points"]), 2)  # a straight line of 1,001 points
        self.assertEqual(route["corridor_m"], 2000)

        now = int(time.time())
        self.publish("t-1", *[(now - 600 + 60 * i, fix((53.56 + 0.005 * i, 9.99))) for i in range(5)])
        self.publish("t-1", *[(now - 300 + 60 * i, fix((53.58 + 0.005 * i, 10.05))) for i in range(4)])  # 4 km east
        alert = self.alert("t-1", "diversion")["payload"]
        self.assertEqual((alert["level"], alert["proof"]), ("page", True))
        self.assertRegex(alert["explanation"], r"4\.0 km beside its route")

        self.server.run("route", "clear", "t-1")
        gone = self.wait_for(lambda: self.server.run("route", "show", "t-1", check=False))
        self.assertIn("t-1 has no route", gone.stderr)

    def test_a_fence_holds_over_a_restart(self):
        self.enrol("t-2")
        self.server.run("fence", "set", "yard", "--at", f"{YARD[0]},{YARD[1]}", "--radius", "400", "--device", "t-2")
        self.server.stop()
        self.server.start()
        listed = self.server.json("fence", "list")
        self.assertEqual([(f["fence"], f["device"], f["radius_m"], f["inside"]) for f in listed], [("yard", "t-2", 400, True)])
        now = int(time.time())
        self.publish("t-2", *[(now - 300 + 60 * i, fix((YARD[0] + 0.02, YARD[1]))) for i in range(4)])
        alert = self.alert("t-2", "diversion")["payload"]
        self.assertIn("must not leave", alert["explanation"])
        self.server.run("fence", "remove", "yard")
        self.assertEqual(self.server.json("fence", "list"), [])

    def test_what_is_no_route_and_no_fence_is_refused(self):
        self.server.run("device", "add", "t-3", "--profile", "fleet-tracker")
        short = self.file("short.csv", "lat,lon\n53.5,10\n")
        wrong = self.file("wrong.csv", "lat,lon\n53.5,10\n153.5,10\n")
        good = self.file("good.csv", "lat,lon\n53.5,10\n53.6,10\n")
        for arguments, reason in (
                (("route", "assign", "t-3", "--file", short), "two points"),
                (("route", "assign", "t-3", "--file", wrong), "line 3"),
                (("route", "assign", "t-3", "--file", good, "--corridor", "1"), "corridor"),
                (("route", "assign", "t-3", "--file", good, "--until", "2001-01-01T00:00:00Z"), "over already"),
                (("route", "assign", "t-nobody", "--file", good), "no device"),
                (("route", "show", "t-3"), "no route"),
                (("fence", "set", "a/b", "--at", "1,2", "--radius", "100"), "fence"),
                (("fence", "set", "far", "--at", "100,2", "--radius", "100"), "no place"),
                (("fence", "set", "tiny", "--at", "1,2", "--radius", "1"), "radius"),
                (("fence", "set", "two", "--at", "1,2", "--radius", "100", "--device", "t-3", "--profile", "fleet-tracker"), "not of two"),
                (("fence", "remove", "nothing"), "no fence")):
            refused = self.server.run(*arguments, check=False)
            self.assertNotEqual(refused.returncode, 0, arguments)
            self.assertIn(reason, refused.stderr, arguments)
        self.assertEqual(self.entries("route.assigned") + self.entries("fence.set"), [])


if __name__ == "__main__":
    unittest.main()
