"""An application with grants, and the files that its clients need."""
import dataclasses
import pathlib


@dataclasses.dataclass
class Application:
    ca: pathlib.Path
    cert: pathlib.Path
    key: pathlib.Path


def add(server, folder, name, publish=(), subscribe=()):
    """`outrider app add` and `grant`, as an operator types them."""
    where = pathlib.Path(folder, name)
    server.run("app", "add", name, "--out", where)
    if publish:
        server.run("app", "grant", name, *publish, "--publish")
    if subscribe:
        server.run("app", "grant", name, *subscribe, "--subscribe")
    return Application(where / "ca.pem", where / "app.pem", where / "app.key")
