// What exists only in the audio thread, and what the build puts in.

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** Name of the built `capture-worklet.js`, with its hash; set by web/build.mjs. */
declare const WORKLET_FILE: string;

/** Name of the built `htmx.js`, likewise. */
declare const HTMX_FILE: string;

/** Name of the built `capture.js`, likewise. */
declare const CAPTURE_FILE: string;
