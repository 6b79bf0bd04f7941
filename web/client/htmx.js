/** htmx as a file of its own, which the live page fetches after its first paint (fragments.js). */

export { default } from "htmx.org";
