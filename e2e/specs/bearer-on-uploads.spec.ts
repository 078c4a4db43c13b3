import { createHash } from 'node:crypto'

import { expect, test } from '../fixtures/app.ts'

test.beforeEach(async ({ page, signIn }) => signIn(page))

const megabyte = 1024 * 1024

function describe(bytes: Buffer): { length: number; sha256: string } {
  return { length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

function patterned(size: number): Buffer {
  return Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251))
}

test('a Blob of 20 MB arrives as it was sent', async ({ page, app }) => {
  const received = await page.evaluate(
    async ([url, size]) => {
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251)
      return (await fetch(url, { method: 'POST', body: new Blob([bytes]) })).json()
    },
    [`${app.apiOrigin}/v1/echo-body`, 20 * megabyte] as const,
  )
  expect(received).toEqual({ method: 'POST', ...describe(patterned(20 * megabyte)) })
})

test('text, an ArrayBuffer and form fields arrive as they were sent', async ({ page, app }) => {
  const received = await page.evaluate(async (url) => {
    const send = async (body: BodyInit): Promise<unknown> =>
      (await fetch(url, { method: 'PUT', body })).json()
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => (index * 31) % 251)
    return [
      await send('gr\u00fc\u00dfe \u{1f511}'),
      await send(bytes.buffer),
      await send(new URLSearchParams({ a: '1', b: 'x y' })),
    ]
  }, `${app.apiOrigin}/v1/echo-body`)
  expect(received).toEqual([
    { method: 'PUT', ...describe(Buffer.from('gr\u00fc\u00dfe \u{1f511}')) },
    { method: 'PUT', ...describe(patterned(100_000)) },
    { method: 'PUT', ...describe(Buffer.from('a=1&b=x+y')) },
  ])
})

test('a form with a file arrives as the browser would have sent it without a worker', async ({
  page,
  app,
}) => {
  const [encoded, received] = await page.evaluate(async (url) => {
    const form = new FormData()
    form.set('name', 'value')
    form.set('file', new File([new Uint8Array(2_000_000).fill(7)], 'a b.bin'))
    const request = new Request(url, { method: 'POST', body: form })
    const bytes = await request.clone().arrayBuffer()
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
    const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
    return [
      { method: 'POST', length: bytes.byteLength, sha256 },
      (await (await fetch(request)).json()) as unknown,
    ]
  }, `${app.apiOrigin}/v1/echo-body`)
  expect(received).toEqual(encoded)
})
