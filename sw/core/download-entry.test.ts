import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attachment, LIFETIME_MS, readDownloadEntry, type DownloadEntry } from './download-entry.ts'

const ENTRY: DownloadEntry = { url: 'https://api.example/v1/report', page: 'id', until: 1 }

describe('readDownloadEntry', () => {
  test('reads what was written', () => {
    for (const entry of [ENTRY, { ...ENTRY, page: '', filename: 'Bericht für März.pdf' }]) {
      expect(readDownloadEntry(JSON.stringify(entry), 0)).toEqual(entry)
    }
  })

  test.each([
    ['nothing', undefined],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a text', '"x"'],
    ['a URL that is none', JSON.stringify({ ...ENTRY, url: '/v1/report' })],
    ['no time', JSON.stringify({ ...ENTRY, until: undefined })],
    ['a time that is a text', JSON.stringify({ ...ENTRY, until: '9' })],
    ['a page that is a number', JSON.stringify({ ...ENTRY, page: 1 })],
    ['a file name that breaks a header', JSON.stringify({ ...ENTRY, filename: 'a\r\nb' })],
    ['a file name that is a path', JSON.stringify({ ...ENTRY, filename: '../x' })],
  ])('reads nothing from %s', (_what, text) => {
    expect(readDownloadEntry(text, 0)).toBeUndefined()
  })

  test('reads nothing whose time is over, or ends later than it can', () => {
    const now = Date.now()
    const at = (until: number): boolean =>
      readDownloadEntry(JSON.stringify({ ...ENTRY, until }), now) !== undefined
    expect([now - 1, now, now + 1].map(at)).toEqual([false, false, true])
    expect([now + LIFETIME_MS, now + LIFETIME_MS + 1, 1e15].map(at)).toEqual([true, false, false])
  })
})

describe('attachment', () => {
  test.each<[string, Partial<DownloadEntry>, string | null, string]>([
    [
      'the page',
      { filename: 'a b.pdf' },
      'inline; filename="x"',
      "attachment; filename*=UTF-8''a%20b.pdf",
    ],
    ['the API', {}, 'inline; filename="x.pdf"; size=1', 'attachment; filename="x.pdf"; size=1'],
    ['the URL', {}, 'inline', "attachment; filename*=UTF-8''report"],
    [
      'an encoded URL',
      { url: 'https://api.example/v1/M%C3%A4rz%27s' },
      null,
      "attachment; filename*=UTF-8''M%C3%A4rz%27s",
    ],
    [
      'a URL that cannot be decoded',
      { url: 'https://api.example/v1/%E4' },
      null,
      "attachment; filename*=UTF-8''%25E4",
    ],
    ['nobody', { url: 'https://api.example/v1/' }, null, 'attachment'],
  ])('names the file as %s says', (_who, change, said, expected) => {
    expect(attachment({ ...ENTRY, ...change }, said)).toBe(expected)
  })

  test('is an attachment and one line, whatever page and API say', () => {
    const name = fc.string({ unit: 'binary', minLength: 1 })
    fc.assert(
      fc.property(
        name,
        fc.constantFrom(null, 'inline', 'x; a=b', ';', 'attachment; filename="a"; inline'),
        (filename, said) => {
          const parsed = readDownloadEntry(JSON.stringify({ ...ENTRY, filename }), 0) ?? ENTRY
          const header = attachment(parsed, said)
          expect(header).toMatch(/^attachment(;|$)/)
          expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toMatch(
            /^attachment/,
          )
        },
      ),
    )
  })
})
