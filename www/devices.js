// What a page that trains says of the devices that there are: the processor, and the GPU that a browser may lend.
import { element } from "./controls.js";

/** Says in the control bar what there is to train on; `adapter` is null where there is no GPU. */
export function sayDevices(adapter) {
  const option = element("device").querySelector("[value=webgpu]");
  option.disabled = adapter === null;
  if (adapter) option.textContent = adapter.software ? "a GPU in software" : "the GPU";
  element("device-said").textContent =
    adapter === null
      ? "This browser lends no GPU to pages (WebGPU), so networks are trained on the processor."
      : adapter.software
        ? `${adapter.name} is a GPU in software: the processor is the faster of the two.`
        : `There is a GPU (${adapter.name}). Networks as small as these are often trained faster on the processor.`;
}

/** Wants the processor where a GPU is wanted and there is none; the sentence that says so, if it is to be said. */
export function needsGpu(wanted, adapter) {
  if (wanted.device !== "webgpu" || adapter !== null) return [];
  wanted.device = "cpu";
  return ["This browser lends no GPU; it is trained on the processor."];
}
