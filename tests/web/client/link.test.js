import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { delay } from "../../../web/client/backoff.js";
import { newId } from "../../../web/client/ids.js";
import { Link } from "../../../web/client/link.js";

/** A socket that the test holds the other end of. */
class Socket {
  static all = [];
  constructor(address) {
    this.address = address;
    this.readyState = 0;
    Socket.all.push(this);
  }
  open() {
    this.readyState = 1;
    this.onopen();
  }
  send() {}
  close() {
    this.readyState = 3;
  }
}

function link(speaker = {}) {
  Socket.all = [];
  const log = [];
  const one = new Link(
    {
      ticket: async () => (log.push("ticket"), { kind: "ok", body: "t" }),
      address: async (body) => `ws://host/?ticket=${body}`,
      onOpen: () => log.push("open"),
      onMessage: (data) => log.push(data),
      onClose: (code) => log.push(`close ${code}`),
      onDenied: () => false,
      onSilence: () => log.push("ask"),
      ...speaker,
    },
    { WebSocket: Socket, random: () => 0, onReturn: (fn) => ((one_return = fn), () => {}) },
  );
  return { one, log };
}

let one_return;

/** Lets everything that is ready go on. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("delays double from half a second to ten, jittered downwards by half", () => {
  const least = [1, 2, 3, 4, 5, 20].map((failures) => delay(failures, () => 0));
  const most = [1, 2, 3, 4, 5, 20].map((failures) => delay(failures, () => 1));

  assert.deepEqual(least, [500, 1000, 2000, 4000, 5000, 5000]);
  assert.deepEqual(most, [1000, 2000, 4000, 8000, 10000, 10000]);
});

test("silence is asked about, and then given up", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { one, log } = link();
  one.start();
  await settle();
  Socket.all[0].open();

  mock.timers.tick(15_000);
  Socket.all[0].onmessage({ data: "heard" });
  mock.timers.tick(15_000);
  const before = [...log];
  mock.timers.tick(15_000);
  one.stop();
  mock.timers.reset();

  assert.deepEqual(before, ["ticket", "open", "ask", "heard", "ask"]);
  assert.equal(log.at(-1), "close -1");
});

test("a break is followed by a new ticket after a delay, growing until it settles", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { one, log } = link();
  one.start();
  await settle();
  const tickets = [];
  for (const wait of [500, 1000, 2000]) {
    Socket.all.at(-1).open();
    Socket.all.at(-1).onclose({ code: 1006 });
    await settle();
    mock.timers.tick(wait - 1);
    await settle();
    tickets.push(Socket.all.length);
    mock.timers.tick(1);
    await settle();
  }
  one.settled();
  Socket.all.at(-1).open();
  Socket.all.at(-1).onclose({ code: 1006 });
  await settle();
  mock.timers.tick(500);
  await settle();
  one.stop();
  mock.timers.reset();

  assert.deepEqual(tickets, [1, 2, 3]);
  assert.equal(Socket.all.length, 5);
  assert.equal(log.filter((entry) => entry === "ticket").length, 5);
});

test("when the reader comes back it does not wait", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { one } = link();
  one.start();
  await settle();
  Socket.all[0].onclose({ code: 1006 });
  await settle();

  one_return();
  await settle();
  one.stop();
  mock.timers.reset();

  assert.equal(Socket.all.length, 2);
});

test("a socket that does not open in ten seconds is given up", async () => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"] });
  const { one, log } = link();
  one.start();
  await settle();

  mock.timers.tick(10_000);
  await settle();
  one.stop();
  mock.timers.reset();

  assert.equal(Socket.all[0].readyState, 3);
  assert.deepEqual(log, ["ticket"]);
});

test("ids sort by the time they were made and never repeat", () => {
  const ids = [1, 2, 0x1234_5678_9abc, 1_764_000_000_000].map((now) => newId(now));

  assert.deepEqual([...ids].sort(), [ids[0], ids[1], ids[3], ids[2]]);
  assert.ok(ids.every((id) => /^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/.test(id)));
  assert.notEqual(newId(1), newId(1));
});

test("a reader who comes back asks at once, and a connection that died asleep is soon given up", async () => {
  mock.timers.enable({ apis: ["setInterval", "Date"] });
  const { one, log } = link();
  one.start();
  await settle();
  Socket.all[0].open();
  mock.timers.setTime(6_000); // asleep: no timer ran

  one_return();
  mock.timers.tick(5_000);
  mock.timers.reset();

  assert.deepEqual(log.slice(0, 4), ["ticket", "open", "ask", "close -1"]);
  one.stop();
});
