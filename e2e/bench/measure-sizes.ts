import { readFile } from 'node:fs/promises'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { bundle, type BundleOptions } from './bundle.ts'
import type { Stack } from './stack.ts'

export interface Size {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

export interface Sizes {
  /** What an app bundles of the page client. */
  readonly client: Size
  /** The same without workbox-window: what is ours. */
  readonly clientOwn: Size
  /** A worker that is nothing but the guardian. */
  readonly worker: Size
  /** The same without any package. */
  readonly workerOwn: Size
  /** Gzipped bytes that the worker loses when one package is left out. */
  readonly workerPackages: Readonly<Record<string, number>>
  /** With a vault: the app's worker, and the scripts of the vault's frame and worker. */
  readonly forwarder: Size
  readonly bridge: Size
  readonly vaultWorker: Size
}

const workerPackages = ['oauth4webapi', 'workbox-routing', 'idb']

export async function measureSizes({ configOf, vaultFolder }: Stack): Promise<Sizes> {
  const define = { __TOKEN_GUARDIAN_CONFIG__: JSON.stringify(configOf('guardian')) }
  const vault = { __TOKEN_GUARDIAN_CONFIG__: JSON.stringify(configOf('vault')) }
  const worker = await sizeOf('guardian-worker.js', { define })
  const shares: (readonly [string, number])[] = []
  for (const name of workerPackages) {
    const without = await sizeOf('guardian-worker.js', { define, external: [name] })
    shares.push([name, worker.gzip - without.gzip])
  }
  return {
    client: await sizeOf('client.js'),
    clientOwn: await sizeOf('client.js', { external: [/^workbox-window/] }),
    worker,
    workerOwn: await sizeOf('guardian-worker.js', { define, external: workerPackages }),
    workerPackages: Object.fromEntries(shares),
    forwarder: await sizeOf('forwarder-worker.js', { define: vault }),
    bridge: weigh(await readFile(`${vaultFolder}bridge.js`)),
    vaultWorker: weigh(await readFile(`${vaultFolder}guardian-sw.js`)),
  }
}

async function sizeOf(entry: string, options: BundleOptions = {}): Promise<Size> {
  return weigh(Buffer.from(await bundle(entry, options)))
}

function weigh(code: Buffer): Size {
  return {
    minified: code.length,
    gzip: gzipSync(code, { level: 9 }).length,
    brotli: brotliCompressSync(code).length,
  }
}
