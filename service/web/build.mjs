// Builds src/ into dist/: one minified file each, named by its content, and a manifest that says which is which.
import { readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, "src");
const target = join(here, "dist");
const entries = readdirSync(source).filter((name) => /\.(js|css|svg)$/.test(name));

const result = await build({
  absWorkingDir: here,
  bundle: true,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  entryPoints: entries.map((name) => join("src", name)),
  format: "iife",
  legalComments: "linked",
  loader: { ".png": "file", ".svg": "copy" },
  metafile: true,
  minify: true,
  outdir: "dist",
  target: ["chrome109", "firefox115", "safari16"],
});

const manifest = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint && !path.endsWith(".svg")) continue;
  const inputs = Object.keys(output.inputs);
  const entry = output.entryPoint ?? inputs[0];
  manifest[basename(entry)] = basename(path);
  // Style sheets that a script imports come out beside it, under the script's name.
  if (output.cssBundle) manifest[basename(entry).replace(/\.js$/, ".css")] = basename(output.cssBundle);
}
const missing = entries.filter((name) => !manifest[name]);
if (missing.length) throw new Error(`not built: ${missing.join(", ")}`);
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, Object.keys(manifest).sort(), 2)}\n`);
// A service that runs still hands out the files of the build before: they go a day later.
const built = new Set(["manifest.json", ...Object.keys(result.metafile.outputs).map((path) => basename(path))]);
for (const name of readdirSync(target)) {
  const path = join(target, name);
  if (!built.has(name) && Date.now() - statSync(path).mtimeMs > 24 * 3600 * 1000) rmSync(path, { recursive: true });
}
const bytes = Object.entries(result.metafile.outputs).map(([path, output]) => `  ${basename(path)} ${output.bytes} bytes`);
process.stdout.write(`built ${target}\n${bytes.join("\n")}\n`);
