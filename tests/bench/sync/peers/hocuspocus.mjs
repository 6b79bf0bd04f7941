// Hocuspocus as it comes. PORT; STORE=sqlite with DB=file; FLUSH=false sends every edit by itself.
import { Server } from "@hocuspocus/server";

const extensions = [];
if (process.env.STORE === "sqlite") {
  const { SQLite } = await import("@hocuspocus/extension-sqlite");
  extensions.push(new SQLite({ database: process.env.DB }));
}
const options = { port: Number(process.env.PORT), address: "127.0.0.1", quiet: true, extensions };
if (process.env.FLUSH === "false") options.flushDelay = false;
await new Server(options).listen();
