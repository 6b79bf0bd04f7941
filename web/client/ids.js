/**
 * Ids made in the browser: of annotations, drafts and commands.
 */

/**
 * 32 hexadecimal digits that sort by the time they were made, as `schemas.ids.new_id` makes them:
 * RFC 9562 version 7 without the dashes. `crypto.randomUUID` would need HTTPS.
 *
 * @param {number} [now] milliseconds since 1970
 * @returns {string}
 */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(now / 0x10000));
  view.setUint16(4, now % 0x10000);
  bytes[6] = 0x70 | (view.getUint8(6) & 0x0f);
  bytes[8] = 0x80 | (view.getUint8(8) & 0x3f);
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
