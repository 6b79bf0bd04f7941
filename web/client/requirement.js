/** A requirement's form by keyboard: Ctrl+Enter saves, with Shift it goes on; unsaved text is guarded. */

const form = /** @type {HTMLFormElement | null} */ (document.getElementById("requirement-form"));
if (form) {
  let changed = document.querySelector("#problems") !== null; // what was refused is not saved either
  form.addEventListener("input", () => {
    changed = true;
  });
  form.addEventListener("submit", () => {
    changed = false;
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
    event.preventDefault();
    const onward = event.shiftKey ? document.getElementById("save-next") : null;
    const by = /** @type {HTMLButtonElement | null} */ (onward ?? document.getElementById("save"));
    by?.click();
  });
  addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });
}
