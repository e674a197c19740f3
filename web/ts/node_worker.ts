/** The Worker of Node. */

import { parentPort } from "node:worker_threads";
import type { ToWorker } from "./protocol.js";
import { serve } from "./serve.js";

const take = serve((message) => parentPort?.postMessage(message));
parentPort?.on("message", (message: ToWorker) => take(message));
