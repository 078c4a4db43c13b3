import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

import { readRange } from './read-range.ts'

/** What a page is made of besides itself: `/v1/part/<name>`, with the type of the query in place of the right one. */
const parts: Readonly<Record<string, { readonly type: string; readonly text: string }>> = {
  style: { type: 'text/css', text: '#part { color: rgb(1, 2, 3) }' },
  script: { type: 'text/javascript', text: 'globalThis.ran = (globalThis.ran ?? 0) + 1' },
  module: { type: 'text/javascript', text: 'export const answer = 42' },
  page: { type: 'text/html', text: '<script>globalThis.ran = "in a page"</script>' },
}

/** Text of a part, for a test that compares. @throws Error when there is none of that name */
export function textOfPart(name: string): string {
  const part = parts[name]
  if (part === undefined) throw new Error(`There is no part ${name}`)
  return part.text
}

/** @returns false when there is no part of that name */
export function sendPart(response: ServerResponse, name: string, type: string | null): boolean {
  const part = Object.hasOwn(parts, name) ? parts[name] : undefined
  if (part === undefined) return false
  const headers = { 'content-type': type ?? part.type, 'cache-control': 'no-store' }
  response.writeHead(200, headers).end(part.text)
  return true
}

export const SOUND_SECONDS = 600
const SAMPLES_PER_SECOND = 8000
const BYTES_PER_SAMPLE = 2
const HEADER_BYTES = 44

/** Slower than a browser could read: what is sought is not there already. */
const PIECE_BYTES = 65_536
const PAUSE_MS = 20

let sound: Buffer | undefined

/** A WAV file of ten minutes of one tone, or the range of it that is asked for. */
export async function sendSound(request: IncomingMessage, response: ServerResponse): Promise<void> {
  sound ??= makeSound()
  const { first, last, isPart } = readRange(request, sound.length)
  response.writeHead(isPart ? 206 : 200, {
    'content-type': 'audio/wav',
    'content-length': last - first + 1,
    'cache-control': 'no-store',
    'accept-ranges': 'bytes',
    ...(isPart && { 'content-range': `bytes ${first}-${last}/${sound.length}` }),
  })
  for (let at = first; at <= last && !response.destroyed; at += PIECE_BYTES) {
    response.write(sound.subarray(at, Math.min(at + PIECE_BYTES, last + 1)))
    await sleep(PAUSE_MS, undefined, { ref: false })
  }
  response.end()
}

function makeSound(): Buffer {
  const bytes = SOUND_SECONDS * SAMPLES_PER_SECOND * BYTES_PER_SAMPLE
  const file = Buffer.alloc(HEADER_BYTES + bytes)
  file.write('RIFF', 0)
  file.writeUInt32LE(file.length - 8, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  // PCM, one channel.
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(SAMPLES_PER_SECOND, 24)
  file.writeUInt32LE(SAMPLES_PER_SECOND * BYTES_PER_SAMPLE, 28)
  file.writeUInt16LE(BYTES_PER_SAMPLE, 32)
  file.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34)
  file.write('data', 36)
  file.writeUInt32LE(bytes, 40)
  for (let at = HEADER_BYTES; at < file.length; at += BYTES_PER_SAMPLE) {
    file.writeInt16LE(Math.round(8000 * Math.sin(at / 20)), at)
  }
  return file
}
