// The packed package, installed in a folder of its own as any site would.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The golden values by name. */
export const golden = JSON.parse(readFileSync(new URL("../golden/digests.json", import.meta.url), "utf8")).entries;

/** A run whose golden value is `golden[table.name]`. */
export const table = {
  name: "searcher/reinforce on table nas-bench-201, 4 in flight",
  spec: { space: "nas-bench-201", objective: "table", searcher: "reinforce", budget: { trials: 300 }, seed: 7, in_flight: 4 },
};

/** Installs the package in a new folder, which is gone with this process. */
export function install() {
  const packed = readdirSync(join(root, "web/dist")).filter((name) => name.endsWith(".tgz"));
  if (packed.length !== 1) throw new Error(`web/dist has ${packed.length} packed packages; \`cargo xtask package\` leaves one`);
  const folder = mkdtempSync(join(tmpdir(), "bilevel-installed-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const options = ["install", "--offline", "--no-audit", "--no-fund", "--silent"];
  execFileSync("npm", [...options, join(root, "web/dist", packed[0])], { cwd: folder, stdio: "inherit" });
  return {
    folder,
    /** What a module of this text in the folder exports. */
    module(name, text) {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
    async import(entry) {
      return import(pathToFileURL(this.module(`import-${entry.replace("/", "-")}.mjs`, `export * from "${entry}";\n`)));
    },
  };
}
