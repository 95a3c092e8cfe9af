// Copies the libraries' files that package.json names into the console, unchanged, each library with its licence, and
// writes the manifest by which tests/console/test_vendor.py knows them again. `make web` runs it after `npm ci`.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../pipeline/console/static/vendor");
const json = (path) => JSON.parse(readFileSync(join(here, path), "utf8"));

function vendored(name, file, as = file) {
  mkdirSync(dirname(join(out, as)), { recursive: true });
  cpSync(join(here, "node_modules", name, file), join(out, as));
  return [as, createHash("sha256").update(readFileSync(join(out, as))).digest("hex")];
}

rmSync(out, { recursive: true, force: true });
const libraries = Object.entries(json("package.json").vendor).map(([name, files]) => {
  const { version, license } = json(`node_modules/${name}/package.json`);
  const copied = [...files.map((file) => vendored(name, file)), vendored(name, "LICENSE", `LICENSE-${name}`)];
  return { name, version, license, sha256: Object.fromEntries(copied) };
});
writeFileSync(join(out, "manifest.json"), JSON.stringify({ libraries }, null, 2) + "\n");
