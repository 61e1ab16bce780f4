import type { Page, Request } from 'playwright-core'

/** What a person sees of a captcha on a page, and does with it. `within` is a CSS selector of what holds the captcha. */
export function captchaOn(page: Page, within = 'body') {
  const scope = page.locator(within)
  const image = scope.locator('.uni-captcha__image img')
  return {
    picture: scope.locator('.uni-captcha__picture'),
    /** what the keyboard reaches on the picture */
    refresh: scope.locator('.uni-captcha__refresh'),
    image,
    input: scope.locator('.uni-captcha__input input'),
    notice: scope.locator('.uni-captcha__notice'),
    /** the data URI on the screen, once the browser has drawn it */
    source: async () => {
      await image.waitFor({ state: 'attached' })
      await scope.locator('.uni-captcha__spinner').waitFor({ state: 'detached' })
      return (await image.getAttribute('src')) ?? ''
    },
    /** waits until the input has the focus: what is typed before that goes nowhere */
    focused: async () => {
      await page.waitForFunction((selector) => {
        const input = document.querySelector(`${selector} .uni-captcha__input input`)
        return input !== null && input === document.activeElement
      }, within)
    },
    /** waits until another picture than `before` is there */
    renewed: async (before: string) => {
      await page.waitForFunction(
        ([selector, old]) => {
          const root = document.querySelector(selector)
          const src = root?.querySelector('.uni-captcha__image img')?.getAttribute('src')
          return Boolean(src) && src !== old && !root?.querySelector('.uni-captcha__spinner')
        },
        [within, before] as const,
      )
      await inputsReportAtOnce(page)
    },
  }
}

/** uni's input reports at once, unless it has reported within 100 ms: what is typed then comes up to 100 ms late. */
export async function inputsReportAtOnce(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 120)))
}

/** Counts calls of a cloud object's method from now on. */
export function countCalls(page: Page, method: string): () => number {
  let count = 0
  page.on('request', (request: Request) => {
    if (request.postData()?.includes(`\\"method\\":\\"${method}\\"`)) count++
  })
  return () => count
}
