import { createHash } from 'node:crypto'

import { callApi, signIn } from '../engines/demo.ts'
import { differs } from '../engines/differences.ts'
import type { Tab } from '../engines/session.ts'
import { expect, test } from '../engines/test.ts'
import { ApiControl, AuthorizationServerControl } from '../fixtures/control.ts'
import { environment } from '../fixtures/environment.ts'

const MEGABYTE = 1024 * 1024
const UPLOAD = 8 * MEGABYTE
const DOWNLOAD = 40 * MEGABYTE

interface Received {
  readonly method: string
  readonly length: number
  readonly sha256: string
}

/** What the API is to receive when a page sends such bytes. */
function sent(method: string, bytes: Uint8Array): Received {
  return { method, length: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** Uploads a Blob by `fetch` and by XMLHttpRequest at once, and then text. @returns what the API says that it received */
async function upload(tab: Tab, apiOrigin: string): Promise<Received[]> {
  return tab.evaluate(
    async (url, size) => {
      const bytes = Uint8Array.from({ length: size }, (_, index) => (index * 31) % 251)
      const blob = new Blob([bytes])
      const byXhr = (method: string, body: Blob): Promise<Received> =>
        new Promise((resolve, reject) => {
          const request = new XMLHttpRequest()
          request.open(method, url)
          request.addEventListener('load', () => resolve(JSON.parse(request.responseText)))
          request.addEventListener('error', () => reject(new Error('XMLHttpRequest failed')))
          request.send(body)
        })
      const byFetch = async (method: string, body: BodyInit): Promise<Received> =>
        (await fetch(url, { method, body })).json()
      const atOnce = await Promise.all([byFetch('POST', blob), byXhr('PUT', blob)])
      return [...atOnce, await byFetch('PATCH', 'grüße')]
    },
    `${apiOrigin}/v1/echo-body`,
    UPLOAD,
  )
}

function expectUploads(received: readonly Received[]): void {
  const bytes = Uint8Array.from({ length: UPLOAD }, (_, index) => (index * 31) % 251)
  expect(received).toEqual([
    sent('POST', bytes),
    sent('PUT', bytes),
    sent('PATCH', Buffer.from('grüße')),
  ])
}

test('uploads arrive whole, by fetch and XMLHttpRequest, on one origin and with a vault; once more with a new token when the API refuses the one that it got', async ({
  session,
  appOrigin,
  site,
}) => {
  const { asOrigin, apiOrigin } = environment()
  const [as, api] = [new AuthorizationServerControl(asOrigin), new ApiControl(apiOrigin)]
  await Promise.all([as.reset(), api.reset()])
  const tab = await session.tab()
  await signIn(tab, appOrigin)
  await api.refuseIssuedTokens()
  expectUploads(await upload(tab, apiOrigin))
  for (const [method, times] of [
    ['POST', 2],
    ['PUT', 2],
    ['PATCH', 1],
  ] as const) {
    expect(await api.count(`${method} /v1/echo-body`), method).toBe(times)
  }
  expect(await as.count('POST /token')).toBe(2)

  await signIn(tab, site.appOrigin)
  expectUploads(await upload(tab, site.apiOrigin))
})

test('a download of 40 MB comes whole through a vault, also where the engine cannot transfer a stream', async ({
  session,
  site,
  engine,
}) => {
  const tab = await session.tab()
  await signIn(tab, site.appOrigin)
  const transfer = await tab.evaluate(() => {
    const stream = new ReadableStream()
    try {
      new MessageChannel().port1.postMessage(stream, [stream as unknown as Transferable])
      return 'transferred'
    } catch (error) {
      return (error as Error).name
    }
  })
  const cannot = differs(engine, 'no-transferable-streams')
  expect(transfer).toBe(cannot ? 'DataCloneError' : 'transferred')
  const bytes = await tab.evaluate(async (url) => {
    const reader = (await fetch(url)).body!.getReader()
    let read = 0
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      read += part.value.length
    }
    return read
  }, `${site.apiOrigin}/v1/bytes?size=${DOWNLOAD}`)
  expect(bytes).toBe(DOWNLOAD)
  expect(await callApi(tab)).toMatchObject({ status: 200 })
})
