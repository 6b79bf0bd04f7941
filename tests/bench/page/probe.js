// Runs before the page's own script: notes when the page is interactive, what each message of the
// server costs the main thread until it is drawn, and what the policy had to block.
(() => {
  const probe = { interactive: 0, messages: [], blocked: [], longTasks: 0, styled: [] };
  window.probe = probe;
  addEventListener("securitypolicyviolation", (event) => probe.blocked.push(event.blockedURI));
  new PerformanceObserver((list) => {
    if (probe.interactive === 0) for (const task of list.getEntries()) probe.longTasks += task.duration - 50;
  }).observe({ type: "longtask", buffered: true });

  const { set } = Object.getOwnPropertyDescriptor(WebSocket.prototype, "onmessage");
  Object.defineProperty(WebSocket.prototype, "onmessage", {
    configurable: true,
    set(handle) {
      if (handle === null) return set.call(this, null);
      set.call(this, (event) => {
        const kind = new Uint8Array(event.data)[0];
        const began = performance.now();
        handle.call(this, event);
        // The store tells the page in a microtask that was queued before these two.
        queueMicrotask(() => queueMicrotask(() => {
          const drawn = performance.now();
          document.getElementById("scroller")?.getBoundingClientRect(); // style and layout as well
          probe.messages.push({ kind, script: drawn - began, all: performance.now() - began });
        }));
      });
    },
  });

  // Interactive: the room is live and the newest lines stand there; the main thread has answered.
  const isThere = () =>
    document.querySelector("#status .saved.is-calm") !== null &&
    document.querySelectorAll("#lines .line").length >= 200;
  const watch = new MutationObserver(() => {
    if (!isThere()) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => (probe.interactive = performance.now())));
  });
  watch.observe(document, { childList: true, subtree: true, characterData: true });
})();
