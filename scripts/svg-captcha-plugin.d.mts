import type { Plugin } from 'esbuild'

/** esbuild plugin for bundles that contain svg-captcha: its option-manager no longer touches the disk. */
export declare const svgCaptchaWithoutFont: Plugin
