/** The files of the package as base64, which the bundler puts in place of these imports. */

import module from "./bilevel_bg.wasm";
import cifar10Accuracy from "./nas_bench_201/cifar10_accuracy.bin";
import cifar10Latency from "./nas_bench_201/cifar10_latency.bin";
import cifar100Accuracy from "./nas_bench_201/cifar100_accuracy.bin";
import cifar100Latency from "./nas_bench_201/cifar100_latency.bin";
import imagenetAccuracy from "./nas_bench_201/imagenet16-120_accuracy.bin";
import imagenetLatency from "./nas_bench_201/imagenet16-120_latency.bin";
import seconds from "./nas_bench_201/seconds.bin";

export const files: Readonly<Record<string, string>> = {
  "bilevel_bg.wasm": module,
  "nas_bench_201/cifar10_accuracy.bin": cifar10Accuracy,
  "nas_bench_201/cifar10_latency.bin": cifar10Latency,
  "nas_bench_201/cifar100_accuracy.bin": cifar100Accuracy,
  "nas_bench_201/cifar100_latency.bin": cifar100Latency,
  "nas_bench_201/imagenet16-120_accuracy.bin": imagenetAccuracy,
  "nas_bench_201/imagenet16-120_latency.bin": imagenetLatency,
  "nas_bench_201/seconds.bin": seconds,
};
