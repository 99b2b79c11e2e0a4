/**
 * Finds a Chromium to run the end-to-end tests in, without downloading anything: the one named by CHROME_PATH, an installed Chrome or Chromium,
 * or one that Playwright downloaded earlier. Its folder also holds SwiftShader, the software Vulkan driver of last resort (see vulkan.mjs).
 */
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';

const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome'];

const places = {
  darwin: ['/Applications/Google Chrome.app/Contents/MacOS/Google Chrome', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  win32: [process.env.PROGRAMFILES, process.env['PROGRAMFILES(X86)'], process.env.LOCALAPPDATA]
    .filter((root) => root !== undefined)
    .map((root) => join(root, 'Google/Chrome/Application/chrome.exe')),
};

/** Path of an executable, or undefined. */
export function findBrowser() {
  const onPath = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name)));
  const candidates = [process.env.CHROME_PATH, ...(places[process.platform] ?? onPath), ...playwrightBrowsers()];
  return candidates.find((path) => path && existsSync(path));
}

/** Browsers that Playwright has downloaded for any of its versions, newest first. */
function playwrightBrowsers() {
  const cache = { darwin: 'Library/Caches', win32: 'AppData/Local' }[process.platform] ?? '.cache';
  const root = process.env.PLAYWRIGHT_BROWSERS_PATH ?? join(homedir(), cache, 'ms-playwright');
  if (!existsSync(root)) return [];
  const inside = ['chrome-linux64/chrome', 'chrome-linux/chrome', 'chrome-win64/chrome.exe', 'chrome-win/chrome.exe'];
  const mac = ['chrome-mac-arm64', 'chrome-mac-x64', 'chrome-mac'].flatMap((folder) => [
    `${folder}/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing`,
    `${folder}/Chromium.app/Contents/MacOS/Chromium`,
  ]);
  return readdirSync(root)
    .filter((folder) => /^chromium-\d+$/.test(folder))
    .sort((a, b) => Number(b.slice(9)) - Number(a.slice(9)))
    .flatMap((folder) => [...inside, ...mac].map((path) => join(root, folder, path)));
}

/** Folders that may hold the files shipped beside the browser; Debian's /usr/bin/chromium is a script that starts /usr/lib/chromium/chromium. */
export function browserFolders() {
  const browser = findBrowser();
  const beside = browser ? [dirname(realpathSync(browser))] : [];
  return [
    ...beside,
    '/usr/lib/chromium',
    '/usr/lib/chromium-browser',
    '/opt/google/chrome',
    ...playwrightBrowsers().map((path) => dirname(path)),
  ];
}

/**
 * Flags for WebGPU without a GPU. Chromium accepts no software adapter but its own SwiftShader: lavapipe, though its GPU process sees it
 * through Vulkan, is passed over whatever the flags (seen with Chromium 156). Robustness off is for tests only: it makes SwiftShader up to twice as fast.
 */
export const webgpuFlags = [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--enable-features=Vulkan',
  '--enable-dawn-features=disable_robustness',
  '--disable-gpu-process-crash-limit', // else the third crash within the hour, of all that tests make, leaves a browser without WebGPU
];
