import { expect, test } from 'vitest'

import { readAnswer, wrongFor } from './support/codes'
import { host, useBrowserAndHost, visitor } from './support/setting'

useBrowserAndHost()

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
