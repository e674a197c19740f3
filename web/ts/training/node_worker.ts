/** The Worker of Node that trains. */

import { parentPort } from "node:worker_threads";
import type { Call } from "./calls.js";
import { serve } from "./serve.js";

const take = serve((reply) => parentPort?.postMessage(reply));
parentPort?.on("message", (call: Call) => take(call));
