// Writes a .br and a .gz beside every file of a folder that gets smaller by it: the server sends
// those as they are.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
for (const file of readdirSync(process.argv[2], { recursive: true, withFileTypes: true })) {
  if (!file.isFile()) continue;
  const path = join(file.parentPath ?? file.path, file.name);
  const content = readFileSync(path);
  for (const [ending, small] of [
    [".br", brotliCompressSync(content, quality)],
    [".gz", gzipSync(content, { level: 9 })],
  ]) {
    if (small.length < content.length) writeFileSync(path + ending, small);
  }
}
