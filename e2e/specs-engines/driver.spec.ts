import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

import { expect, test } from '../engines/test.ts'

/** What the other specs here rely on. */

let server: Server

/** Sites of their own, all served by one page that lets its parent ask what its storage holds. */
const site = (name: string): string => {
  const { port } = server.address() as AddressInfo
  return `http://${name}.localhost:${port}/`
}

test.beforeAll(async () => {
  server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(
      "<!doctype html><title>page</title><script>onmessage = ({ data: key, source }) => source.postMessage(String(localStorage.getItem(key)), '*')</script>",
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

test.afterAll(() => {
  server.close()
  server.closeAllConnections()
})

test('evaluates, finds the popup that a click opens, opens tabs with one storage, and gives a cross-site frame one of its own', async ({
  session,
}) => {
  const tab = await session.tab()
  await tab.goto(site('app'))
  expect(await tab.evaluate((a: number, b: string) => Promise.resolve(a + b), 1, '2')).toBe('12')
  await expect(tab.evaluate(() => Promise.reject(new Error('the reason')))).rejects.toThrow(
    'the reason',
  )

  await tab.evaluate((url) => {
    const button = document.createElement('button')
    button.onclick = () => void open(url, '_blank', 'width=300,height=300')
    document.body.append(button)
  }, site('vault'))
  const popup = await session.popup(() => tab.click('button'))
  await popup.waitFor("document.readyState === 'complete' && location.hostname !== ''")
  expect(await popup.url()).toBe(site('vault'))
  expect(await tab.url()).toBe(site('app'))
  await popup.close()
  expect(await tab.evaluate(() => document.querySelectorAll('button').length)).toBe(1)

  const second = await session.tab()
  await Promise.all([tab.goto(site('app')), second.goto(`${site('app')}?second`)])
  await tab.evaluate(() => localStorage.setItem('kept', 'yes'))
  // WebKit's tabs hear of each other's changes a little later.
  await second.waitFor("localStorage.getItem('kept') === 'yes'")

  await second.goto(site('vault'))
  await second.evaluate(() => localStorage.setItem('place', 'top level'))
  const inFrame = await tab.evaluate((url) => {
    const frame = document.createElement('iframe')
    frame.src = url
    frame.onload = () => frame.contentWindow?.postMessage('place', '*')
    document.body.append(frame)
    return new Promise((resolve) => {
      window.onmessage = ({ data }) => resolve(data)
    })
  }, site('vault'))
  expect(inFrame).toBe('null')
})
