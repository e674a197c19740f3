// In the browser: one training step of the same network by this package and by TensorFlow.js, one after the other.
import { train } from "/web/dist/package/dist/index.js";

const [CHANNELS, CLASSES, BATCH, RATE] = [8, 10, 64, 0.1];
/** (to, from), and the operation there: four convolutions of 3 × 3, a skip, a pool. */
const EDGES = [[1, 0, "conv"], [2, 0, "conv"], [2, 1, "conv"], [3, 0, "skip"], [3, 1, "pool"], [3, 2, "conv"]];
const CELL = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|";

/** Milliseconds of `steps` steps of this package, the first of them apart, and the weights of the network. */
async function ours(device, steps) {
  const training = train(CELL, { training: { channels: CHANNELS, batch_size: BATCH, epochs: 8, device }, seed: 7, paused: true });
  const { parameters } = await training.about;
  await training.step(steps + 1);
  const times = [];
  for await (const event of training) {
    if (event.kind === "step") times.push(event.milliseconds);
    if (times.length === steps + 1) break;
  }
  training.stop().catch(() => {});
  return { first: times[0], times: times.slice(1), parameters };
}

/** The same of TensorFlow.js, written with its operations as one would; without weight decay, which it has no option for. */
async function theirs(backend, steps) {
  await tf.setBackend(backend);
  await tf.ready();
  const variables = [];
  const variable = (shape, inputs) => {
    const bound = 1 / Math.sqrt(inputs);
    const made = tf.variable(tf.randomUniform(shape, -bound, bound, "float32", variables.length));
    variables.push(made);
    return made;
  };
  const layer = (inputs, outputs) => {
    const kernel = variable([3, 3, inputs, outputs], 9 * inputs);
    const [scale, shift] = [tf.variable(tf.ones([outputs])), tf.variable(tf.zeros([outputs]))];
    variables.push(scale, shift);
    return (input, stride = 1, rectify = true) => norm(tf.conv2d(rectify ? tf.relu(input) : input, kernel, stride, "same"), scale, shift);
  };
  const norm = (input, scale, shift) => {
    const { mean, variance } = tf.moments(input, [0, 1, 2]);
    return tf.batchNorm(input, mean, variance, shift, scale, 1e-5);
  };
  const cell = (channels) => {
    const operations = EDGES.map(([, , name]) => ({ conv: () => layer(channels, channels), skip: () => (input) => input, pool: () => (input) => tf.avgPool(input, 3, 1, "same") })[name]());
    return (input) => {
      const nodes = [input];
      for (let to = 1; to < 4; to++) {
        const into = EDGES.map(([node, from], edge) => (node === to ? operations[edge](nodes[from]) : undefined)).filter((sum) => sum !== undefined);
        nodes.push(tf.addN(into));
      }
      return nodes[3];
    };
  };
  const reduction = (inputs) => {
    const [first, second, short] = [layer(inputs, 2 * inputs), layer(2 * inputs, 2 * inputs), variable([1, 1, inputs, 2 * inputs], inputs)];
    return (input) => tf.add(second(first(input, 2)), tf.conv2d(tf.avgPool(input, 2, 2, "valid"), short, 1, "same"));
  };
  const stem = layer(1, CHANNELS);
  const blocks = [cell(CHANNELS), reduction(CHANNELS), cell(2 * CHANNELS), reduction(2 * CHANNELS), cell(4 * CHANNELS)];
  const [scale, shift] = [tf.variable(tf.ones([4 * CHANNELS])), tf.variable(tf.zeros([4 * CHANNELS]))];
  variables.push(scale, shift);
  const [weights, biases] = [variable([4 * CHANNELS, CLASSES], 4 * CHANNELS), variable([CLASSES], 4 * CHANNELS)];
  const logits = (images) => {
    const features = tf.relu(norm(blocks.reduce((input, block) => block(input), stem(images, 1, false)), scale, shift));
    return tf.add(tf.matMul(tf.mean(features, [1, 2]), weights), biases);
  };
  const parameters = variables.reduce((sum, { size }) => sum + size, 0);
  const [images, labels] = [tf.randomNormal([BATCH, 8, 8, 1], 0, 1, "float32", 1), tf.oneHot(tf.tensor1d(Array.from({ length: BATCH }, (_, image) => image % CLASSES), "int32"), CLASSES)];
  const optimiser = tf.train.momentum(RATE, 0.9, true);
  const times = [];
  for (let step = 0; step <= steps; step++) {
    const began = performance.now();
    const loss = optimiser.minimize(() => tf.losses.softmaxCrossEntropy(labels, logits(images)), true, variables);
    const [value] = await loss.data();
    loss.dispose();
    if (!Number.isFinite(value)) throw new Error(`the loss is ${value}`);
    times.push(performance.now() - began);
  }
  return { first: times[0], times: times.slice(1), parameters };
}

globalThis.measure = async ([who, where], steps) => {
  try {
    return await (who === "bilevel" ? ours : theirs)(where, steps);
  } catch (error) {
    return { error: error.message.split("\n")[0] };
  }
};
