import { readFile } from 'node:fs/promises'

import { projectFolder } from '../fixtures/project-folder.ts'

/** Code blocks of the README by what their first line says of them: `// sw.ts, the app's service worker`. The first of a name counts. */
export async function readmeBlocks(): Promise<ReadonlyMap<string, string>> {
  const readme = await readFile(`${projectFolder}README.md`, 'utf8')
  const blocks = new Map<string, string>()
  for (const [, title = '', code = ''] of readme.matchAll(
    /^```ts\n\/\/ ([^,\n]+).*\n([^]*?)^```$/gm,
  )) {
    if (!blocks.has(title)) blocks.set(title, code)
  }
  return blocks
}
