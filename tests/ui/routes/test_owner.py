"""Whose run it is: who a browser is taken for, what they see, and what they may do."""

from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from playground.page import routes, visitors
from playground.runs.folder import Status, write_status
from playground.ui.context import Context
from playground.ui.identity import COOKIE, Identity
from tests.ui.routes.answers import sentence


def name_of(client, context):
    """Who the server takes a browser for."""
    return context.identity.visitor(dict(client.cookies))


def queued(context, written, **options):
    run = written(**options)
    write_status(run.path, Status(state="queued"))
    context.engine.submit(run)
    return run


def test_a_browser_gets_one_name_and_keeps_it(browser, context):
    client = browser()
    first = client.get("runs")
    cookie = first.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie and name_of(client, context)
    assert "set-cookie" not in client.get("runs").headers
    assert name_of(browser(), context) is None


def test_a_page_within_another_sites_has_a_cookie_of_its_own(context):
    framed = replace(context.identity, framed=True).issue()
    assert framed.endswith("SameSite=None; Secure; Partitioned")
    assert context.identity.issue(secure=True).endswith("SameSite=Lax; Secure")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost"}, 200),
        ({"Origin": "http://elsewhere"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_what_another_sites_page_sends_is_refused(browser, context, written, headers, status):
    client = browser()
    client.get("runs")
    run = written(owner=name_of(client, context))
    assert client.get(f"runs/{run.id}", headers=headers).status_code == 200, "a link is followed"
    assert client.post(f"runs/{run.id}/delete", headers=headers).status_code == status
    assert run.path.exists() == (status == 403)


@pytest.mark.parametrize("forged", ["ann", "ann.", "ann.0123", ".", "é.x", "ann." + "0" * 32, "x" * 5000])
def test_a_name_that_was_not_signed_here_is_nobodys(browser, context, written, forged):
    run = written(owner="ann")
    client = browser()
    client.cookies.set(COOKIE, forged.encode("ascii", "ignore").decode())
    assert "someone else" in sentence(client.post(f"runs/{run.id}/delete"))
    assert run.path.exists() and context.identity.visitor({COOKIE: forged}) is None


def test_a_visitor_sees_their_own_runs_and_those_of_the_server(browser, context, written):
    client, stranger = browser("10.0.0.7"), browser("10.0.0.8")
    client.get("runs")
    ann, bob, servers = written(owner=name_of(client, context)), written(owner="bob"), written(owner="")
    response = client.get("runs", params={"lab": "vae"})
    assert {run["id"]: run["mine"] for run in response.json()["runs"]} == {ann.id: True, servers.id: False}
    assert {run["id"] for run in stranger.get("runs").json()["runs"]} == {servers.id}
    for answer in (response, client.get(f"runs/{bob.id}")):
        assert name_of(client, context) not in answer.text and '"bob"' not in answer.text


@pytest.mark.parametrize("verb", ["pause", "stop", "resume", "delete"])
def test_only_its_owner_does_something_to_a_run(browser, context, written, verb):
    ann, bob, nobody = browser("10.0.0.7"), browser(), browser()
    ann.get("runs"), bob.get("runs")
    run = queued(context, written, owner=name_of(ann, context))
    for other in (bob, nobody):
        assert "someone else" in sentence(other.post(f"runs/{run.id}/{verb}"))
    assert run.status.state == "queued"
    assert ann.post(f"runs/{run.id}/{verb}").json() == {"done": verb}
    assert run.path.exists() == (verb != "delete")
    if verb in ("pause", "stop"):
        assert run.status.state == "cancelled" and context.engine.queue() == []


def test_runs_of_the_command_line_belong_to_the_servers_owner(browser, context, written):
    """Who comes from the same machine with a cookie, which another site's page cannot send."""
    run = queued(context, written)
    owner, stranger, foreign_page = browser(), browser("10.0.0.7"), browser()
    owner.get("runs"), stranger.get("runs")
    for other in (stranger, foreign_page):
        assert "someone else" in sentence(other.post(f"runs/{run.id}/stop"))
    public = replace(context.identity, public=True)
    assert not public.owns(Request({"type": "http", "headers": [], "client": ("127.0.0.1", 1)}), "")
    assert owner.get(f"runs/{run.id}").json()["mine"] and not stranger.get(f"runs/{run.id}").json()["mine"]
    assert owner.post(f"runs/{run.id}/stop").json() == {"done": "stop"} and run.status.state == "cancelled"


def test_on_a_public_server_nobody_is_the_owner(store, browser, written):
    context = Context(store, None, identity=Identity(b"secret", public=True))
    client = browser(app=Starlette(routes=routes(context), middleware=[visitors(context)]))
    client.get("runs")
    assert "someone else" in sentence(client.post(f"runs/{written().id}/delete"))


def test_routes_ask_for_the_login_where_there_is_one(browser, context, written):
    run = written()
    app = Starlette(routes=routes(context), middleware=[visitors(context)])
    app.auth, app.cookie_id, app.tokens = {"ann": "secret"}, "abc", {"token": "ann"}
    client = browser(app=app)
    for path in ("runs", f"runs/{run.id}", f"views/vae/plane/plane?run={run.id}"):
        assert client.get(path).status_code == 401
    client.cookies.set("access-token-abc", "token")
    assert client.get("runs").status_code == 200


def test_a_shipped_run_is_nobodys(client, written):
    run = written(shipped=True)
    for verb in ("pause", "stop", "resume", "delete"):
        assert "came with the playground" in sentence(client.post(f"runs/{run.id}/{verb}"))
    assert run.path.exists()


def test_an_unknown_verb_is_told(client, written):
    run = written()
    assert "explode" in sentence(client.post(f"runs/{run.id}/explode"))
    assert run.path.exists()


def test_to_look_is_not_to_act(client, written):
    run = written()
    assert client.get(f"runs/{run.id}/delete").status_code == 405
    assert run.path.exists()


@pytest.mark.parametrize("host", ["evil.example:7860", "evil.example", "[::", "localhost.evil.example"])
def test_another_sites_name_for_this_machine_makes_no_owner(client, written, host):
    run = written()
    refused = client.post(f"runs/{run.id}/delete", headers={"Host": host, "Sec-Fetch-Site": "same-origin"})
    assert refused.status_code == 400 and run.path.exists()
    assert client.post(f"runs/{run.id}/delete", headers={"Host": "127.0.0.1:7860"}).status_code == 200


def test_an_origin_that_is_no_address_is_refused(client, written):
    run = written()
    refused = client.post(f"runs/{run.id}/delete", headers={"Origin": "http://[::"})
    assert refused.status_code == 403 and run.path.exists()
