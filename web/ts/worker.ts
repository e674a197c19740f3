/** The Worker of a browser: `new Worker(url of this file, { type: "module" })`. */

import type { FromWorker, ToWorker } from "./protocol.js";
import { serve } from "./serve.js";

interface Scope {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
}

const scope = globalThis as unknown as Scope;
const take = serve((message) => scope.postMessage(message));
scope.onmessage = (event) => take(event.data);
