/** The Worker of a browser that trains: `new Worker(url of this file, { type: "module" })`. */

import type { Call, Reply } from "./calls.js";
import { serve } from "./serve.js";

interface Scope {
  postMessage(reply: Reply): void;
  onmessage: ((event: MessageEvent<Call>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const take = serve((reply) => scope.postMessage(reply));
scope.onmessage = (event) => take(event.data);
