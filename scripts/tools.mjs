/**
 * What the tests need beyond npm packages: a Chromium, and on Linux a software Vulkan driver for WebGPU under Node. Looks first, installs only
 * what is missing: Playwright's own download, then Debian's packages where this is root. Prints in one sentence what a person must install.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { findBrowser } from './browser.mjs';
import { findLavapipe, findSwiftShader, softwareDrivers } from './vulkan.mjs';

const backportsList = '/etc/apt/sources.list.d/mother-tongue-backports.list';
const debian = process.platform === 'linux' && process.getuid?.() === 0 && succeeds('apt-get', ['--version'], 'ignore');

/** True when there is a browser that starts. */
export function ensureBrowser() {
  if (browserStarts()) return true;
  console.log('No Chrome or Chromium found; asking Playwright for one ...');
  succeeds('npx', ['playwright', 'install', 'chromium']);
  if (browserStarts()) return true;
  if (debian) {
    console.log("Installing Debian's chromium ...");
    aptInstall(['chromium']);
  }
  if (browserStarts()) return true;
  console.error('The tests need a browser: install Google Chrome or Chromium, or set CHROME_PATH to one.');
  return false;
}

/** A downloaded browser may lack system libraries, so it is started once; Windows opens a window for --version and ships all it needs. */
function browserStarts() {
  const browser = findBrowser();
  return browser !== undefined && (process.platform === 'win32' || succeeds(browser, ['--version', '--no-sandbox'], 'ignore'));
}

/** True when Dawn under Node will find an adapter; elsewhere than on Linux it uses the system's own. */
export function ensureVulkan() {
  if (process.platform !== 'linux' || process.env.VK_DRIVER_FILES || process.env.MT_VK || findLavapipe()) return true;
  if (debian) {
    console.log('Installing Mesa for its software Vulkan driver ...');
    if (!aptInstall(['mesa-vulkan-drivers'], backports())) rmSync(backportsList, { force: true });
  }
  if (findLavapipe() || findSwiftShader()) return true;
  console.error(`The GPU tests need a Vulkan driver: install ${softwareDrivers}.`);
  return false;
}

/** Debian 12 itself has Mesa 22, which Dawn refuses; its backports have 25. */
function backports() {
  const codename = /^VERSION_CODENAME=(\w+)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  if (codename !== 'bookworm') return [];
  const source = 'deb http://deb.debian.org/debian bookworm-backports main\n';
  writeFileSync(backportsList, source);
  return ['-t', 'bookworm-backports'];
}

function aptInstall(packages, options = []) {
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  return (
    succeeds('apt-get', ['update', '-q']) &&
    succeeds('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...options, ...packages])
  );
}

function succeeds(command, args, output = 'inherit') {
  const shell = process.platform === 'win32';
  return spawnSync(command, args, { stdio: ['ignore', output, output], shell, timeout: 600_000 }).status === 0;
}
