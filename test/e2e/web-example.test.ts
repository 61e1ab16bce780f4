import { createServer } from 'node:http'

import { describe, expect, test } from 'vitest'

import { axeFindings } from './support/axe'
import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'
import { codeFor, freshMobile, messagesTo, wrongCodeFor } from './support/sms'

import type { AddressInfo } from 'node:net'

useBrowserAndHost(['--dev'])

async function openExample() {
  const { page } = visitor
  await page.goto(`${host.url}/examples/web/`)
  const image = page.locator('img')
  const source = async () => {
    await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBeGreaterThan(0)
    return image.getAttribute('src')
  }
  await source()
  return {
    page,
    source,
    input: page.locator('input'),
    submit: () => page.locator('.submit').click(),
    says: (text: string) => page.locator('output').filter({ hasText: text }).waitFor(),
  }
}

const answer = () => readAnswer(host.dataDir, 'web')

test('the picture comes as bytes by an id of the page’s own, and its answer passes', async () => {
  const { source, input, submit, says } = await openExample()
  expect(await source()).toMatch(
    /image\?code_id=[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}&scene=web$/,
  )
  await input.fill(answer())
  await submit()
  await says('验证通过')
  expect(visitor.errors).toEqual([])
})

test('a wrong answer draws a new picture and focuses its empty input', async () => {
  const { source, input, submit, says } = await openExample()
  const before = await source()
  await input.fill(wrongFor(answer()))
  await submit()
  await says('验证码错误')
  await expect.poll(source).not.toBe(before)
  expect(await input.inputValue()).toBe('')
  expect(await input.evaluate((element) => element === document.activeElement)).toBe(true)
  await input.fill(answer())
  await submit()
  await says('验证通过')
})

test('a tap on the picture asks by a new id, and the answer of the old one is worth nothing', async () => {
  const { page, source, input, submit, says } = await openExample()
  const before = await source()
  const old = answer()
  await page.locator('.picture').click()
  await expect.poll(source).not.toBe(before)
  await input.fill(old)
  await submit()
  await says('验证码错误')
})

test('without a network it says so and keeps what was typed', async () => {
  const { page, input, submit, says } = await openExample()
  await input.fill('abcd')
  await page.context().setOffline(true)
  await submit()
  await says('网络不可用')
  expect(await input.inputValue()).toBe('abcd')
  await page.locator('.picture').click()
  await says('图片加载失败')
})

describe('the page with SMS codes', () => {
  async function openSms() {
    const { page } = visitor
    await page.goto(`${host.url}/examples/web/sms.html`)
    const image = page.locator('img')
    const [mobile, imageCode, code] = [page.locator('#mobile'), page.locator('#image-code'), page.locator('#code')]
    const [send, output] = [page.locator('.send'), page.locator('output')]
    const source = async () => {
      await expect.poll(() => image.evaluate((element: HTMLImageElement) => element.naturalWidth)).toBeGreaterThan(0)
      return image.getAttribute('src')
    }
    const says = (text: string) => output.filter({ hasText: text }).waitFor()
    await source()
    return {
      page,
      source,
      mobile,
      imageCode,
      code,
      send,
      says,
      submit: () => page.locator('.submit').click(),
      hasFocus: (input: typeof code) => input.evaluate((element) => element === document.activeElement),
      receive: async (number: string) => {
        await mobile.fill(number)
        await imageCode.fill(answer())
        await send.click()
        await says('发送成功')
        return codeFor(host, number)
      },
    }
  }

  test('registers: captcha, message, code, ticket', async () => {
    const mobile = freshMobile()
    const { page, source, receive, code, imageCode, submit, says, send, hasFocus } = await openSms()
    const before = await source()
    const right = await receive(mobile)
    expect(await send.innerText()).toMatch(/^(60|5\d) 秒后重发$/)
    expect(await send.isDisabled()).toBe(true)
    await expect.poll(source, { message: 'the captcha is spent' }).not.toBe(before)
    expect(await imageCode.inputValue()).toBe('')
    expect(await hasFocus(code)).toBe(true)
    const posted = page.waitForRequest((request) => request.url().endsWith('/registerByUrl'))
    await code.fill(right)
    await submit()
    await says(`注册成功 ${mobile.slice(0, 3)}****${mobile.slice(-4)}`)
    expect(Object.keys((await posted).postDataJSON() as object), 'the number is not posted').toEqual(['ticket'])
    expect(visitor.errors).toEqual([])
  })

  test('signs in with number and code, which are good for one use', async () => {
    const { page, source, receive, code, submit, says } = await openSms()
    const before = await source()
    await page.locator('.tabs button').filter({ hasText: '登录' }).click()
    await expect.poll(source).not.toBe(before)
    const right = await receive(freshMobile())
    await code.fill(wrongCodeFor(right))
    await submit()
    await says('验证码错误或已过期')
    await code.fill(right)
    await submit()
    await says('登录成功')
    await code.fill(right)
    await submit()
    await says('验证码错误或已过期')
  })

  test('draws a fresh picture when it opens, when the forms are switched, and on click', async () => {
    const { page, source } = await openSms()
    const seen = new Set([await source()])
    for (const name of ['登录', '注册']) {
      await page.locator('.tabs button').filter({ hasText: name }).click()
      await expect.poll(async () => seen.has(await source())).toBe(false)
      seen.add(await source())
    }
    await page.locator('.picture').click()
    await expect.poll(async () => seen.has(await source())).toBe(false)
    await page.reload()
    expect(seen.has(await source())).toBe(false)
  })

  test('catches empty fields before any request', async () => {
    const { page, mobile, imageCode, code, send, submit, says, hasFocus } = await openSms()
    const posts: string[] = []
    page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()))
    await send.click()
    await says('请输入手机号')
    expect(await hasFocus(mobile)).toBe(true)
    await mobile.fill(freshMobile())
    await send.click()
    await says('请输入图中字符')
    expect(await hasFocus(imageCode)).toBe(true)
    await submit()
    await says('请输入短信验证码')
    expect(await hasFocus(code)).toBe(true)
    expect(posts).toEqual([])
  })

  test('says that a number is wrong and keeps the captcha; says that a captcha is wrong and draws another', async () => {
    const number = freshMobile()
    const { source, mobile, imageCode, send, says, hasFocus, receive } = await openSms()
    const before = await source()
    await mobile.fill('12012345678')
    await imageCode.fill(answer())
    await send.click()
    await says('手机号不正确')
    expect(await source()).toBe(before)
    expect(await imageCode.inputValue()).toBe(answer())
    await mobile.fill(number)
    await imageCode.fill(wrongFor(answer()))
    await send.click()
    await says('验证码输入错误')
    await expect.poll(source).not.toBe(before)
    expect(await hasFocus(imageCode)).toBe(true)
    expect(await send.innerText()).toBe('获取验证码')
    expect(await messagesTo(host, number)).toEqual([])
    await receive(number)
  })

  test('counts down from the server’s seconds when it sent too lately, and keeps the captcha', async () => {
    const number = freshMobile()
    const { page, source, mobile, imageCode, send, says, receive } = await openSms()
    await receive(number)
    await page.reload()
    const before = await source()
    await mobile.fill(number)
    await imageCode.fill(answer())
    await send.click()
    await says('操作过于频繁')
    expect(await send.innerText()).toMatch(/^\d\d 秒后重发$/)
    expect(await source()).toBe(before)
  })

  test('is off while a request is in flight, and says so when there is no network', async () => {
    const number = freshMobile()
    const { page, mobile, imageCode, send, says } = await openSms()
    let release = () => {}
    const held = new Promise<void>((resolve) => (release = resolve))
    await page.route('**/sendSms', async (route) => {
      await held
      await route.continue()
    })
    await mobile.fill(number)
    await imageCode.fill(answer())
    await send.click()
    expect(await send.isDisabled()).toBe(true)
    expect(await send.innerText(), 'nothing counts down yet').toBe('获取验证码')
    release()
    await says('发送成功')
    await page.unroute('**/sendSms')
    await page.clock.install()
    await page.reload()
    await page.context().setOffline(true)
    await mobile.fill(freshMobile())
    await imageCode.fill('abcd')
    await send.click()
    await says('网络不可用')
    expect(await imageCode.inputValue()).toBe('abcd')
  })

  test('refuses a swapped mobile beside the ticket, and the ticket is spent', async () => {
    const [number, other] = [freshMobile(), freshMobile()]
    const { page, receive } = await openSms()
    const code = await receive(number)
    const answers = await page.evaluate(
      async ([mobile, typed, swapped]) => {
        const post = async (path: string, fields: object) => {
          const headers = { 'content-type': 'application/json' }
          const response = await fetch(`/http/${path}`, { method: 'POST', headers, body: JSON.stringify(fields) })
          return (await response.json()) as Record<string, unknown>
        }
        const { ticket } = await post('uni-sms-code-co/verifySms', { mobile, code: typed })
        return [
          await post('uni-sms-code-demo/registerByUrl', { ticket, mobile: swapped }),
          await post('uni-sms-code-demo/registerByUrl', { ticket }),
        ]
      },
      [number, code, other] as const,
    )
    expect(answers.map(({ errCode }) => errCode)).toEqual(['demo-refused', 'uni-sms-code-ticket-invalid'])
  })

  test.each(['form', 'fetch'])('cannot be used from another site by a %s', async (way) => {
    const number = freshMobile()
    const { page, source } = await openSms()
    const id = new URL(String(await source()), host.url).searchParams.get('code_id')
    const body = JSON.stringify({ mobile: number, image_code: answer(), image_code_id: id })
    // The same machine by another name is another site to the browser.
    const elsewhere = createServer((_request, response) => response.end('<!doctype html><title>elsewhere</title>'))
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve))
    await page.goto(`http://localhost:${(elsewhere.address() as AddressInfo).port}/`)
    const refused = page.waitForResponse((response) => response.url().endsWith('/sendSms'))
    await page.evaluate(
      ([kind, url, json]) => {
        if (kind === 'fetch') return void fetch(url, { method: 'POST', mode: 'no-cors', body: json })
        const form = Object.assign(document.createElement('form'), {
          method: 'post',
          action: url,
          enctype: 'text/plain',
        })
        const [name, value] = [json.slice(0, -1), '"}']
        form.append(Object.assign(document.createElement('input'), { name: `${name},"x":"`, value }))
        document.body.append(form)
        form.submit()
      },
      [way, `${host.url}/http/uni-sms-code-co/sendSms`, body] as const,
    )
    expect((await refused).status()).toBe(403)
    expect(await messagesTo(host, number)).toEqual([])
    elsewhere.close()
  })

  test.each(['light', 'dark'] as const)('has nothing that axe-core finds wrong, %s', async (colorScheme) => {
    await visitor.page.emulateMedia({ colorScheme })
    const { page, submit, says } = await openSms()
    expect(await axeFindings(page)).toEqual([])
    await submit()
    await says('请输入手机号')
    expect(await axeFindings(page)).toEqual([])
  })
})
