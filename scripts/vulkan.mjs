/**
 * Chooses the Vulkan driver for Dawn's Node bindings (npm `webgpu`) on Linux, by environment variables that the Vulkan loader reads when the
 * first GPU is asked for. Elsewhere Dawn uses Metal or Direct3D and nothing is set.
 *
 * MT_VK=native | lavapipe | swiftshader | software chooses; software means lavapipe, 4-5 times faster, else SwiftShader, which every Chromium
 * brings along. Unset: the given VK_DRIVER_FILES; else native where there is a render node; else software.
 * Dawn refuses lavapipe before Mesa 25, whose driver file is the first to state Vulkan 1.4.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { browserFolders } from './browser.mjs';

const driverFolders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Driver file of a lavapipe that Dawn accepts, or undefined. */
export function findLavapipe() {
  return driverFolders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((file) => join(folder, file)))
    .filter((file) => /\/lvp_icd.*\.json$/.test(file))
    .find((file) => {
      const [major, minor] = JSON.parse(readFileSync(file, 'utf8')).ICD.api_version.split('.').map(Number);
      return major > 1 || minor >= 4;
    });
}

/** Driver file of the SwiftShader beside a Chromium, or undefined. */
export function findSwiftShader() {
  return browserFolders()
    .map((folder) => join(folder, 'vk_swiftshader_icd.json'))
    .find((file) => existsSync(file));
}

/** What gives a driver where there is none, for error messages. */
export const softwareDrivers =
  'mesa-vulkan-drivers 25 or newer (Debian 12: from bookworm-backports), or chromium, which brings SwiftShader';

/** Why Dawn found no adapter, and what gives one: one sentence. */
export function noAdapter(environment = process.env, platform = process.platform) {
  if (platform !== 'linux') return 'No GPU adapter was found; update the graphics driver.';
  const tried = ['MT_VK', 'VK_DRIVER_FILES'].filter((name) => environment[name]).map((name) => `${name}=${environment[name]}`);
  return `No GPU adapter was found through Vulkan (${tried.join(', ') || 'no driver file'}); install ${softwareDrivers}.`;
}

/** Variables to add to the environment before the GPU is opened. */
export function vulkanEnvironment(choice = process.env.MT_VK) {
  if (process.platform !== 'linux') return {};
  const driver = chooseDriver(choice);
  const environment = process.env.XDG_RUNTIME_DIR ? {} : { XDG_RUNTIME_DIR: runtimeFolder() };
  return driver ? { ...environment, VK_DRIVER_FILES: driver, ...loaderPath(dirname(driver)) } : environment;
}

function chooseDriver(choice) {
  const software = findLavapipe() ?? findSwiftShader();
  if (choice === 'native') return undefined;
  if (choice === 'software') return software ?? missing('a software Vulkan driver', softwareDrivers);
  if (choice === 'lavapipe') return findLavapipe() ?? missing('lavapipe', 'Mesa 25 or newer (mesa-vulkan-drivers)');
  if (choice === 'swiftshader') return findSwiftShader() ?? missing('SwiftShader', 'Chrome or Chromium');
  if (choice) throw new Error(`MT_VK is "${choice}"; it must be native, software, lavapipe or swiftshader.`);
  const renderNode = existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  return process.env.VK_DRIVER_FILES || renderNode ? undefined : software;
}

/** Chromium ships the Vulkan loader too; where the system has none, a process started with this path finds it. */
function loaderPath(folder) {
  if (!existsSync(join(folder, 'libvulkan.so.1'))) return {};
  return { LD_LIBRARY_PATH: [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(':') };
}

function missing(name, mend) {
  throw new Error(`MT_VK asks for ${name}, which was not found; install ${mend}.`);
}

/** Mesa needs a private folder for its sockets and complains on stderr without one. */
function runtimeFolder() {
  const folder = join(tmpdir(), `mother-tongue-runtime-${userInfo().uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}
