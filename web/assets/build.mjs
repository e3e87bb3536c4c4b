// Bundles every entry point of this folder (*.js and *.css) into web/static/dist/, and lists them with a
// hash of their content in manifest.json, so that pages can ask for exactly the version they were made for.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "..", "static", "dist");
const entries = (await readdir(here)).filter((name) => /\.(js|css)$/.test(name)).sort();

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

for (const name of entries) {
  await build({
    entryPoints: [join(here, name)],
    outfile: join(out, name),
    absWorkingDir: join(here, "..", ".."),
    bundle: true,
    minify: true,
    format: "iife",
    target: ["es2022", "chrome110", "firefox115", "safari16"],
    assetNames: "[name]-[hash]",
    // Nothing is inlined as data: the pages' content security policy names this site only.
    loader: { ".woff2": "file", ".woff": "file", ".ttf": "file", ".eot": "file", ".svg": "file", ".png": "file" },
    nodePaths: [join(here, "..", "..", "node_modules")],
    legalComments: "linked",
    logLevel: "warning",
  });
}

const manifest = {};
for (const name of (await readdir(out)).filter((file) => /\.(js|css)$/.test(file)).sort()) {
  const content = await readFile(join(out, name));
  manifest[basename(name)] = createHash("sha256").update(content).digest("hex").slice(0, 12);
}
await writeFile(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
