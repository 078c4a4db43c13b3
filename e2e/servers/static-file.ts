import { stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

/** A file that may be served. */
export interface StaticFile {
  readonly path: string
  readonly type: string
  readonly size: number
  readonly cacheControl: 'no-cache' | 'public, max-age=31536000, immutable'
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.jpg': 'image/jpeg',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/**
 * Finds the file of a URL path below `root`.
 *
 * @returns `malformed` for a path that no honest client sends (bad escapes, `..`, backslash, NUL).
 */
export async function findStaticFile(
  root: string,
  urlPath: string,
): Promise<StaticFile | 'missing' | 'malformed'> {
  const path = decode(urlPath)
  if (path === undefined || /[\\\0]/.test(path) || path.split('/').includes('..'))
    return 'malformed'
  const file = join(root, path.endsWith('/') ? `${path}index.html` : path)
  if (!file.startsWith(root.endsWith(sep) ? root : root + sep)) return 'malformed'
  const found = await stat(file).catch(() => undefined)
  if (found?.isFile() !== true) return 'missing'
  const hashed = path.startsWith('/assets/') && /-[\w-]{8,}\.\w+$/.test(path)
  return {
    path: file,
    type: types[extname(file)] ?? 'application/octet-stream',
    size: found.size,
    cacheControl: hashed ? 'public, max-age=31536000, immutable' : 'no-cache',
  }
}

function decode(urlPath: string): string | undefined {
  try {
    return decodeURIComponent(urlPath)
  } catch {
    return undefined
  }
}
