"""HTTP and sockets: parse, call one service, render."""
