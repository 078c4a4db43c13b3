import { fileURLToPath } from 'node:url'

import { build } from 'vite'

export const projectFolder = fileURLToPath(new URL('../../../', import.meta.url))
const sourceFolder = `${projectFolder}e2e/bench/app/`

export interface BundleOptions {
  /** Replacements, by the expression they stand for. */
  readonly define?: Readonly<Record<string, string>>
  /** Packages to leave out, to see what they weigh. */
  readonly external?: readonly (string | RegExp)[]
}

/** Bundles a file of `e2e/bench/app` as one minified classic script. */
export async function bundle(
  entry: string,
  { define = {}, external = [] }: BundleOptions = {},
): Promise<string> {
  const result = await build({
    root: projectFolder,
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"', ...define },
    build: {
      write: false,
      minify: true,
      target: 'es2022',
      lib: { entry: sourceFolder + entry, formats: ['iife'], name: 'bench', fileName: 'bundle' },
      rolldownOptions: {
        external: [...external],
        output: { globals: (id: string) => id.replaceAll(/\W/g, '_') },
      },
    },
  })
  const [output] = [result].flat()
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined
  if (chunk?.type !== 'chunk') throw new Error(`The build of ${entry} gave no script`)
  return chunk.code
}
