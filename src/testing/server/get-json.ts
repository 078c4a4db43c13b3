import { get as getPlain } from 'node:http'
import { get as getSecure, type RequestOptions } from 'node:https'
import { json } from 'node:stream/consumers'

/** Fetches JSON. Not by `fetch`, which cannot be told of one more certificate to trust. */
export function getJson(url: string, options: RequestOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const get = url.startsWith('https:') ? getSecure : getPlain
    const request = get(url, options, (response) => {
      json(response).then(resolve, reject)
    })
    request.on('error', reject)
    request.on('timeout', () => request.destroy(new Error(`${url} does not answer`)))
  })
}
